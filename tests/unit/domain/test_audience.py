"""Where an incident is told and who is mentioned."""

from dataclasses import replace

import pytest

from responder.domain.alert import Severity
from responder.domain.audience import ChannelRule, Condition, MentionRule, channel_for, mentioned
from responder.domain.incident import opened
from responder.domain.notice import Notice
from responder.testing.clock import NOON
from responder.testing.engine import alert_of, report_of

CRITICAL = Condition(severity=Severity.CRITICAL)
COST = Condition(category="cost")
DATA = Condition(labels={"team": "data"})


def notice(*, category: str | None = None, **labels: str) -> Notice:
    other = alert_of("b")
    alerts = [alert_of("a"), replace(other, labels={**other.labels, **labels})]
    incident = opened("i", alerts, NOON).incident
    report = None if category is None else replace(report_of(incident), category=category)
    return Notice(incident=incident, report=report)


@pytest.mark.parametrize(
    ("when", "told", "fits"),
    [
        (CRITICAL, notice(severity="critical"), True),
        (CRITICAL, notice(severity="warning"), False),
        (COST, notice(category="cost"), True),
        (COST, notice(category="quality"), False),
        (DATA, notice(team="data"), True),  # one of its alerts has it
        (DATA, notice(team="database"), False),
        (DATA, notice(), False),
        (Condition(labels={"team": "data", "zone": "a"}), notice(team="data"), False),  # all of them
        (Condition(category="cost", labels={"team": "data"}), notice(category="cost", team="data"), True),
        (Condition(category="cost", labels={"team": "data"}), notice(category="cost"), False),
    ],
)
def test_all_that_is_given_must_be_so(when: Condition, told: Notice, *, fits: bool) -> None:
    assert when.fits(told) is fits


def test_without_a_playbook_the_category_is_the_label() -> None:
    alert = alert_of("a")
    labelled = replace(alert, labels={**alert.labels, "category": "cost"})
    incident = opened("i", [labelled], NOON).incident
    assert COST.fits(Notice(incident=incident, report=None))
    assert not COST.fits(Notice(incident=incident, report=replace(report_of(incident), category="quality")))


def test_the_first_channel_that_fits_wins_and_all_are_mentioned_that_fit() -> None:
    told = notice(category="cost", team="data")
    rules = [ChannelRule(CRITICAL, "C1"), ChannelRule(DATA, "C2"), ChannelRule(COST, "C3")]
    assert channel_for(told, rules, "C0") == "C2"
    assert channel_for(notice(), rules, "C0") == "C0"
    people = [
        MentionRule(DATA, ("S1", "U1")),
        MentionRule(CRITICAL, ("U9",)),
        MentionRule(COST, ("U1", "U2")),
    ]
    assert mentioned(told, people) == ("S1", "U1", "U2")
    assert mentioned(notice(), people) == ()
