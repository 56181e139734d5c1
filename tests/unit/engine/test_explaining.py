"""An investigation, from what Prometheus answers to what people read."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.diagnose.clients import Clients
from responder.diagnose.registry import specs
from responder.domain.alert import Alert
from responder.domain.incident import Incident, opened
from responder.domain.notice import Notice
from responder.domain.report import FindingState, Report
from responder.engine.explaining import PlaybookInvestigator
from responder.engine.surroundings import Surroundings
from responder.playbook.context import Context
from responder.playbook.load import load
from responder.render.slack import message
from responder.render.text import message_text
from responder.resources import resource_dir
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import alert_of
from responder.testing.prometheus import PrometheusStandIn, prometheus_stand_in

NAME = "TokenBudgetExceeded"


@pytest.fixture
async def prometheus() -> AsyncIterator[PrometheusStandIn]:
    async with prometheus_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def investigator(prometheus: PrometheusStandIn) -> AsyncIterator[PlaybookInvestigator]:
    """With Prometheus alone."""
    clock, playbooks = ManualClock(), load(resource_dir("playbooks"), specs())
    async with Http() as http:
        clients = Clients(prometheus=Prometheus(http, prometheus.url))
        around = Surroundings(Context(), None, None, clock)
        yield PlaybookInvestigator(lambda: playbooks, clients, around, clock)


async def investigated(investigator: PlaybookInvestigator, *alerts: Alert) -> tuple[Incident, Report]:
    async def nobody(_: Report) -> None:
        return None

    incident = opened("k7m2wq9p", alerts, NOON).incident
    return incident, await investigator.investigate(incident, nobody)


async def test_of_an_alert_that_is_over_nothing_is_asked_and_no_cause_is_there(
    investigator: PlaybookInvestigator, prometheus: PrometheusStandIn
) -> None:
    """Prometheus would have told of it: its series are still there."""
    there = alert_of("there", name=NAME, persona="there")
    over = alert_of("over", name=NAME, persona="over", end=NOON + timedelta(minutes=1))
    for persona in ("there", "over"):
        prometheus.say(persona, ({"persona": persona}, 5))
    incident, report = await investigated(investigator, over, there)
    assert [alert.fingerprint for alert in incident.active] == ["there"]
    assert any("there" in query for query in prometheus.queries)
    assert [query for query in prometheus.queries if "over" in query.replace("_over_time", "")] == []
    first, last = report.alerts
    assert (first.fingerprint, last.fingerprint) == ("there", "over")
    assert any(one.counts for cause in first.ranking.causes for one in cause.evidence)
    assert [one for cause in last.ranking.causes for one in cause.evidence if one.counts] == []
    assert last.ranking.leading == 0
    assert last.reading is None


@pytest.mark.parametrize("there_is", [True, False])
async def test_no_data_is_shown_as_not_measured_and_a_measured_0_as_0(
    investigator: PlaybookInvestigator, prometheus: PrometheusStandIn, *, there_is: bool
) -> None:
    """An empty vector is what Prometheus answers where there is no series."""
    if there_is:
        prometheus.say("", ({"persona": "be"}, 0))
    incident, report = await investigated(investigator, alert_of(name=NAME, persona="be"))
    asked = [one for one in report.findings if one.kind == "promql" and one.diagnostic in {"burn", "use_up"}]
    assert {one.state for one in asked} == {FindingState.MEASURED if there_is else FindingState.NO_DATA}
    notice = Notice(incident=incident, report=report, at=NOON)
    for shown in (message_text(notice), message(notice).text):
        assert ("0 tokens left" in shown) is there_is
    said = message_text(notice)
    assert ("How bad: not measured (no data)" in said) is not there_is
    assert ("How bad: 0 tokens" in said) is there_is
    assert ("Tokens used, last 10 minutes (no data)" in said) is not there_is


async def test_a_label_that_an_alert_lacks_is_named_to_people(investigator: PlaybookInvestigator) -> None:
    incident, report = await investigated(investigator, alert_of(name=NAME))
    said = message_text(Notice(incident=incident, report=report, at=NOON))
    assert "How bad: not measured (no data; the alert has no label persona)" in said
