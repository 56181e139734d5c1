"""One query asks for all alerts; its answer is split by what it is about."""

from datetime import UTC, datetime

import pytest

from responder.diagnose.ask import CHARACTERS, VALUES, ask
from responder.diagnose.clients import Clients
from responder.diagnose.kind import Question
from responder.diagnose.promql import PromqlKind, PromqlSpec
from responder.domain.report import WHOLE, FindingState, Subject
from responder.testing.prometheus import Fault, PrometheusStandIn

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
QUERY = 'sum by (persona) (up{persona=~"${persona}"})'


def persona(name: str) -> Subject:
    return (("persona", name),)


def question(*subjects: Subject) -> Question:
    return Question(subjects=subjects, now=NOW, within=5)


def spec(query: str = QUERY, **keys: object) -> PromqlSpec:
    return PromqlSpec.model_validate(
        {"id": "x", "kind": "promql", "title": "X", "query": query, **keys}, strict=False
    )


async def test_rows_are_in_the_order_of_the_alerts_and_the_largest_first(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    prometheus.say(
        "up",
        ({"persona": "b", "chatmode": "m"}, 1),
        ({"persona": "a", "chatmode": "m"}, 2),
        ({"persona": "a", "chatmode": "n"}, 3),
        ({"persona": "nobody's", "chatmode": "n"}, 9),  # matched by the query, none of our alerts
    )
    found = await PromqlKind.build(clients).ask(spec(), question(persona("a"), persona("b")))
    assert [(row.subject, dict(row.labels), row.value) for row in found.rows] == [
        (persona("a"), {"chatmode": "n"}, 3),
        (persona("a"), {"chatmode": "m"}, 2),
        (persona("b"), {"chatmode": "m"}, 1),
    ]
    assert found.left_out == 0


async def test_rows_beyond_the_limit_of_an_alert_are_counted(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    modes = [({"persona": "a", "chatmode": f"m{number}"}, number) for number in range(5)]
    prometheus.say("up", *modes, ({"persona": "b"}, 0))
    kind = PromqlKind.build(clients)
    found = await kind.ask(spec(limit=2), question(persona("a"), persona("b")))
    assert ([row.value for row in found.rows], found.left_out) == ([4, 3, 0], 3)
    least = await kind.ask(spec(limit=2, worst="smallest"), question(persona("a")))
    assert [row.value for row in least.rows] == [0, 1]


async def test_a_query_without_variables_is_about_the_incident(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    prometheus.say("up", ({"persona": "a"}, 1))
    found = await PromqlKind.build(clients).ask(spec("up"), question(persona("b")))
    assert [(row.subject, dict(row.labels)) for row in found.rows] == [(WHOLE, {"persona": "a"})]


async def test_a_query_that_uses_some_of_the_labels_answers_for_all_that_share_them(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    prometheus.say("up", ({"workflow": "bug-fix"}, 7))
    stages = tuple((("workflow", "bug-fix"), ("stage", stage)) for stage in ("plan", "review"))
    found = await PromqlKind.build(clients).ask(
        spec('sum by (workflow) (up{workflow=~"${workflow}"})'), question(*stages)
    )
    assert [len(found.rows), *(found.rows_of(stage)[0].value for stage in stages)] == [1, 7, 7]


@pytest.mark.parametrize("fault", [Fault.NAN, Fault.INFINITE])
async def test_what_is_no_number_is_no_data(
    fault: Fault, clients: Clients, prometheus: PrometheusStandIn
) -> None:
    prometheus.say("up", ({"persona": "a"}, 0))
    prometheus.misbehave(fault)
    found = await PromqlKind.build(clients).ask(spec(), question(persona("a")))
    assert (found.state, found.rows) == (FindingState.NO_DATA, ())
    assert found.detail == "a value is no number"


async def test_a_list_of_changes_without_an_entry_says_that_nothing_changed(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    """It is no missing data; a failure, or a value that is no number, still is what it is."""
    listing = PromqlSpec(
        id="new", kind="promql", title="New chatmodes", query="up", change="chatmode {chatmode} is new"
    )
    kind = PromqlKind.build(clients)
    found = await kind.ask(listing, question(persona("a")))
    assert (found.state, found.rows, found.detail) == (FindingState.MEASURED, (), "none")
    prometheus.say("up", ({"chatmode": "b"}, 0))
    prometheus.misbehave(Fault.NAN)
    assert (await kind.ask(listing, question(persona("a")))).state is FindingState.NO_DATA


async def test_warnings_and_left_out_series_are_passed_on(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    prometheus.misbehave(Fault.WARNINGS)
    found = await PromqlKind.build(clients).ask(spec(), question(persona("a")))
    assert found.warnings == ("a part of the data is missing", "this is no counter")
    prometheus.misbehave(Fault.MANY_SERIES)
    many = await PromqlKind.build(clients).ask(spec("up"), question(persona("a")))
    assert (len(many.rows), many.left_out) == (10, 49_990)


@pytest.mark.parametrize(
    ("values", "queries"),
    [
        ([f"p{number}" for number in range(VALUES)], 1),
        ([f"p{number}" for number in range(VALUES + 1)], 2),
        (["x" * (CHARACTERS - 1), "y"], 1),
        (["x" * CHARACTERS, "y"], 2),
        (["x" * 100_000], 1),  # one that is too long by itself is asked all the same
        ([""], 1),  # an alert that lacks the label
    ],
)
async def test_many_values_are_asked_in_chunks(
    values: list[str], queries: int, clients: Clients, prometheus: PrometheusStandIn
) -> None:
    assert clients.prometheus
    last = values[-1]
    prometheus.say("up", ({"persona": last} if last else {}, 1))
    told = await ask(clients.prometheus, QUERY, question(*map(persona, values)))
    assert len(prometheus.queries) == queries
    assert {part.subject for part in told.parts} == {persona(last)}


async def test_a_link_leads_to_the_query_as_it_was_asked(
    clients: Clients, prometheus: PrometheusStandIn
) -> None:
    found = await PromqlKind.build(clients).ask(spec(range="2h"), question(persona("a.b")))
    assert found.query == r'sum by (persona) (up{persona=~"a\\.b"})'
    assert found.link.startswith(f"{prometheus.url}/graph?g0.expr=sum+by")
    assert found.link.endswith("&g0.range_input=2h")
