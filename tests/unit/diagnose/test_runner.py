"""A playbook's questions run side by side: what fails is shown in its place, and nothing waits for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.diagnose.attempt import Deadlines
from responder.diagnose.clients import Clients
from responder.diagnose.registry import specs
from responder.diagnose.runner import Investigation, investigate, run
from responder.domain.errors import Reason
from responder.domain.report import FindingState, Subject, Trend
from responder.playbook.model import Playbook, PlaybookHead, whole
from responder.testing.prometheus import Fault, PrometheusStandIn

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
A: Subject = (("persona", "a"),)
B: Subject = (("persona", "b"),)

BY_PERSONA = '(%s{persona=~"${persona}"})'
BURN = "sum by (persona) " + BY_PERSONA % "burn"
LEFT = "min by (persona) " + BY_PERSONA % "left"
IS_NEW = "max by (persona) " + BY_PERSONA % "new" + " > bool 0"


def playbook(*diagnostics: dict[str, Any], tests: tuple[str, ...] = (IS_NEW,)) -> Playbook:
    """One with these diagnostics, and a cause with a test for each of these queries."""
    kinds = specs()
    head = PlaybookHead.model_validate(
        {
            "alert": "TokenBudgetExceeded",
            "title": "Token budget exceeded",
            "severity": "critical",
            "category": "cost",
            "variables": ["persona"],
            "description": "…",
            "impact": "…",
            "headline": ["{persona}"],
            "measure": {"query": LEFT, "unit": "tokens", "threshold": 0, "direction": "below"},
            "causes": [
                {
                    "id": "new",
                    "title": "New",
                    "likelihood": "high",
                    "indicator": "…",
                    "for": [{"says": "…", "weight": "strong", "query": query} for query in tests],
                }
            ],
        },
        strict=False,
    )
    shaped = (kinds[one["kind"]].model_validate({"title": "…", **one}, strict=False) for one in diagnostics)
    return whole(head, tuple(shaped), "version")


BURNING = {"id": "burn", "kind": "promql", "query": BURN}


@pytest.fixture
def answering(prometheus: PrometheusStandIn) -> PrometheusStandIn:
    prometheus.say("burn", ({"persona": "a"}, 30), ({"persona": "b"}, 10))
    prometheus.say("left", ({"persona": "a"}, [100.0 - 10 * minute for minute in range(60)]))
    prometheus.say("new", ({"persona": "a"}, 1), ({"persona": "b"}, 0))
    return prometheus


async def test_findings_readings_and_evidence_come_together(
    clients: Clients, answering: PrometheusStandIn
) -> None:
    answers = await run(playbook(BURNING), [A, B], clients, now=NOW)
    assert (answers.complete, answers.made_at) == (True, NOW)
    (burn,) = answers.findings
    assert [(row.subject, row.value) for row in burn.rows] == [(A, 30), (B, 10)]
    new = answers.evidence[IS_NEW]
    assert [(row.subject, row.value) for row in new.rows] == [(A, 1), (B, 0)]

    reading = answers.readings[A]
    assert (reading.value, reading.as_of, reading.trend) == (-490, NOW, Trend.FALLING)
    assert (len(reading.points), reading.points[-1]) == (60, (NOW.timestamp(), -490))
    assert reading.worsening
    nothing = answers.readings[B]
    assert (nothing.value, nothing.as_of, nothing.reason) == (None, None, "no data")


async def test_a_hundred_alerts_cost_no_more_queries_than_one(
    clients: Clients, answering: PrometheusStandIn
) -> None:
    many = [(("persona", f"persona-{number}"),) for number in range(100)]
    await run(playbook(BURNING), many[:1], clients, now=NOW)
    one = len(answering.queries)
    answers = await run(playbook(BURNING), many, clients, now=NOW)
    assert (one, len(answering.queries) - one) == (4, 4)  # a diagnostic, a test, the measure and its course
    assert set(answers.readings) == set(many)


async def test_the_same_query_is_asked_once(clients: Clients, answering: PrometheusStandIn) -> None:
    """A diagnostic, a test and the measure may well ask the same."""
    again = [{"id": f"left-{number}", "kind": "promql", "query": LEFT} for number in range(3)]
    answers = await run(playbook(*again, tests=(LEFT + " > bool 0",)), [A], clients, now=NOW)
    assert len(answering.queries) == 3
    assert [finding.rows[0].value for finding in answers.findings] == [-490] * 3


async def test_what_fails_is_shown_in_its_place_and_costs_the_others_nothing(
    clients: Clients, answering: PrometheusStandIn
) -> None:
    answering.misbehave(Fault.BAD_QUERY, "burn")
    answers = await run(
        playbook(
            BURNING,
            {"id": "budget", "kind": "control", "resource": "personas/${persona}/budget"},
            {"id": "process", "kind": "control", "resource": "process"},
            {"id": "related", "kind": "alerts", "names": ["Other"]},
            {"id": "probe", "kind": "http", "endpoint": "metrics"},
            {"id": "left", "kind": "promql", "query": LEFT},
        ),
        [A],
        clients,
        now=NOW,
    )
    assert [(found.diagnostic, found.state, found.reason, found.detail) for found in answers.findings] == [
        ("burn", "failed", Reason.BAD_QUERY, "parse error: unexpected end of input"),
        ("budget", "failed", Reason.NOT_CONFIGURED, "set hypertool.control_url"),
        ("process", "failed", Reason.NOT_CONFIGURED, "set hypertool.supervisor_url"),
        ("related", "failed", Reason.NOT_CONFIGURED, "set alertmanager.url"),
        ("probe", "failed", Reason.NOT_CONFIGURED, "set hypertool.metrics_url"),
        ("left", "measured", None, ""),
    ]
    assert answers.evidence[IS_NEW].state is FindingState.MEASURED


async def test_without_prometheus_everything_says_why(clients: Clients) -> None:
    answers = await run(playbook(BURNING), [A], replace(clients, prometheus=None), now=NOW)
    assert answers.complete
    assert answers.findings[0].reason is Reason.NOT_CONFIGURED
    assert answers.evidence[IS_NEW].reason is Reason.NOT_CONFIGURED
    assert answers.readings[A].reason == "set prometheus.url"


async def test_what_is_there_can_be_taken_before_the_rest_has_come(
    clients: Clients, answering: PrometheusStandIn
) -> None:
    answering.misbehave(Fault.SLOW, "burn")
    answering.misbehave(Fault.SLOW, "new")
    async with investigate(playbook(BURNING), [A], clients, now=NOW) as investigation:
        await both_measured(investigation)
        assert not await investigation.wait(0)
        partial = investigation.answers()
    assert (partial.complete, partial.findings[0].state) == (False, FindingState.PENDING)
    assert partial.evidence[IS_NEW].state is FindingState.PENDING
    assert partial.readings[A].value == -490


async def test_each_question_has_its_deadline_and_all_of_them_one(
    clients: Clients, answering: PrometheusStandIn
) -> None:
    answering.misbehave(Fault.SLOW)
    for deadlines in (Deadlines(total=60, each=0.1), Deadlines(total=0.1, each=60)):
        async with investigate(
            playbook(BURNING), [A], clients, now=NOW, deadlines=deadlines
        ) as investigation:
            assert await investigation.wait(10)
            answers = investigation.answers()
        assert [found.reason for found in answers.findings] == [Reason.TIMEOUT]
        assert "no answer" in answers.readings[A].reason
        assert answers.took < 5


async def test_the_value_is_read_even_if_its_course_is_not(
    clients: Clients, http: Http, answering: PrometheusStandIn
) -> None:
    class NoCourses(Prometheus):
        """One that breaks on a range query."""

        async def query_range(self, *_: Any, **__: Any) -> Any:
            raise KeyError("a mistake of ours")

    without = replace(clients, prometheus=NoCourses(http, answering.url))
    answers = await run(playbook(), [A], without, now=NOW)
    reading = answers.readings[A]
    assert (reading.value, reading.trend, reading.points) == (-490, Trend.UNKNOWN, ())


async def test_an_observer_is_told_how_each_question_ended(
    clients: Clients, answering: PrometheusStandIn
) -> None:
    seen: list[tuple[str, str]] = []
    answering.misbehave(Fault.HTML_502, "burn")
    answering.misbehave(Fault.NAN, "new")
    async with investigate(
        playbook(BURNING), [A], clients, now=NOW, observe=lambda kind, result, _: seen.append((kind, result))
    ) as investigation:
        await investigation.wait()
    assert sorted(seen) == [
        ("evidence", "no_data"),
        ("measure", "measured"),
        ("measure", "measured"),
        ("promql", "server_error"),
    ]


async def both_measured(investigation: Investigation) -> None:
    """Waits until the measure's two answers are there."""
    async for _ in turns(investigation):
        if (reading := investigation.answers().readings.get(A)) and reading.points:
            return


async def turns(investigation: Investigation) -> AsyncIterator[None]:
    """Lets the others work for a moment, again and again, for at most some seconds."""
    for _ in range(500):
        yield
        await investigation.wait(0.01)
    pytest.fail("it took too long")
