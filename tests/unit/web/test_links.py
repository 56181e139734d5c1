"""A link in a message opens one incident's page for seven days, and nothing else."""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from responder.domain.incident import Incident, opened
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import alert_of
from responder.web.links import Links


def parts(url: str) -> tuple[str, str]:
    query = parse_qs(urlsplit(url).query)
    return query["until"][0], query["signature"][0]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def links(clock: ManualClock) -> Links:
    return Links("https://responder.example.org", b"key", clock)


def incident(changed_at: datetime = NOON) -> Incident:
    return replace(opened("k7m2wq9p", [alert_of()], NOON).incident, changed_at=changed_at)


def test_a_link_opens_its_incident_for_seven_days(links: Links, clock: ManualClock) -> None:
    until, signature = parts(links.incident(incident()))
    clock.forward(days=7, seconds=-1)
    assert links.allows("k7m2wq9p", until, signature)
    clock.forward(seconds=1)
    assert not links.allows("k7m2wq9p", until, signature)


def test_a_link_changes_only_with_its_incident_so_that_no_message_is_edited_for_it(
    links: Links, clock: ManualClock
) -> None:
    first = links.incident(incident())
    assert links.incident(incident(clock.forward(hours=11))) != first
    assert links.incident(incident()) == first


@pytest.mark.parametrize(
    ("name", "change"),
    [
        # another incident
        ("otherone", lambda until, signature: (until, signature)),
        # a later end
        ("k7m2wq9p", lambda until, signature: (str(int(until) + 1), signature)),
        # no signature, half of one, letters that are none
        ("k7m2wq9p", lambda until, _: (until, "")),
        ("k7m2wq9p", lambda until, signature: (until, signature[:-1])),
        ("k7m2wq9p", lambda until, _: (until, "\udcff")),
        # times that are none
        ("k7m2wq9p", lambda _, signature: ("", signature)),
        ("k7m2wq9p", lambda _, signature: ("²", signature)),
        ("k7m2wq9p", lambda _, signature: ("9" * 5000, signature)),
    ],
)
def test_a_changed_link_opens_nothing(links: Links, name: str, change: object) -> None:
    assert callable(change)
    until, signature = change(*parts(links.incident(incident())))
    assert not links.allows(name, until, signature)


def test_another_key_opens_nothing(links: Links, clock: ManualClock) -> None:
    until, signature = parts(Links("https://x", b"other", clock).incident(incident()))
    assert not links.allows("k7m2wq9p", until, signature)


def test_without_a_public_address_there_are_no_links(clock: ManualClock) -> None:
    assert Links("", b"key", clock).incident(incident()) == ""


def test_the_key_is_not_in_the_link(links: Links) -> None:
    assert not re.search("key", links.incident(incident()))


def test_the_runbook_s_link_lives_seven_days_at_least_and_changes_once_a_day(
    links: Links, clock: ManualClock
) -> None:
    first = links.runbook()
    clock.forward(hours=11, minutes=59, seconds=59)  # from noon to midnight
    assert links.runbook() == first
    clock.forward(seconds=1)
    assert links.runbook() != first
    clock.forward(days=7, seconds=-1)
    assert links.allows_runbook(*parts(first))
    clock.forward(seconds=1)
    assert not links.allows_runbook(*parts(first))


def test_the_runbook_s_link_opens_no_incident_and_an_incident_s_no_runbook(links: Links) -> None:
    assert not links.allows("", *parts(links.runbook()))
    assert not links.allows("runbook", *parts(links.runbook()))
    assert not links.allows_runbook(*parts(links.incident(incident())))


def test_without_a_public_address_there_is_no_runbook_to_link(clock: ManualClock) -> None:
    assert Links("", b"key", clock).runbook() == ""


def test_a_link_to_the_list_opens_the_list_and_nothing_else(links: Links, clock: ManualClock) -> None:
    until, signature = parts(links.incidents())
    assert links.allows_list(until, signature)
    assert not links.allows_runbook(until, signature)
    assert not links.allows("list", until, signature)
    clock.forward(days=8)
    assert not links.allows_list(until, signature)
