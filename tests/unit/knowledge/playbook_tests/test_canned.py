"""What a case answers is what its kind would have answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from responder.diagnose.clients import Clients
from responder.diagnose.kind import Question
from responder.diagnose.registry import specs
from responder.domain.errors import AdapterError, Reason
from responder.domain.report import Finding, FindingState, Row, Subject
from responder.knowledge.playbook_tests.canned import canned
from responder.playbook.diagnostic import Diagnostic

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
TWO_HOURS_AGO = NOW.timestamp() - 7200
ALICE: Subject = (("persona", "alice"),)
BOB: Subject = (("persona", "bob"),)
SPECS: Mapping[str, Mapping[str, Any]] = {
    "budget": {"kind": "control", "resource": "personas/${persona}/budget"},
    "process": {"kind": "control", "resource": "process"},
    "probe": {"kind": "http", "endpoint": "metrics"},
    "related": {"kind": "alerts", "names": ("A",)},
    "query": {"kind": "promql", "query": "up"},
}


def spec_of(name: str) -> Diagnostic:
    keys = SPECS[name]
    return specs()[keys["kind"]](id=name, title=name, **keys)


async def ask(name: str, answers: Mapping[str, Any]) -> Finding:
    spec = spec_of(name)
    kinds = canned(answers)(Clients())
    return await kinds[spec.kind].ask(spec, Question(subjects=(ALICE, BOB), now=NOW, within=1))


@pytest.mark.parametrize(
    ("name", "answer", "rows"),
    [
        # a row that names nobody is about every alert that the diagnostic is asked for
        ("budget", {"value": 1}, [Row(subject=each, values={"value": 1}) for each in (ALICE, BOB)]),
        ("budget", [{"persona": "bob", "value": 2}], [Row(subject=BOB, values={"value": 2})]),
        # a diagnostic that is asked without variables is about the whole
        ("process", {"running": False}, [Row(subject=(), values={"running": False})]),
        ("probe", {"failure": "refused"}, [Row(subject=(), values={"failure": "refused"})]),
        ("process", {"started_at": "2h ago"}, [Row(subject=(), values={"started_at": TWO_HOURS_AGO})]),
        (
            "related",
            {"status": "firing", "labels": {"alertname": "A"}},
            [Row(subject=(), labels={"alertname": "A"}, values={"status": "firing"})],
        ),
        ("query", {"value": 3}, [Row(subject=(), values={"value": 3})]),
    ],
)
async def test_a_row_is_about_whom_it_names(name: str, answer: object, rows: list[Row]) -> None:
    found = await ask(name, {name: answer})
    assert (found.state, list(found.rows)) == (FindingState.MEASURED, rows)


@pytest.mark.parametrize(
    ("word", "state"), [("none", FindingState.MEASURED), ("no data", FindingState.NO_DATA)]
)
async def test_a_word_may_say_that_there_is_nothing(word: str, state: FindingState) -> None:
    found = await ask("related", {"related": word})
    assert (found.state, found.rows) == (state, ())


@pytest.mark.parametrize(
    ("name", "answers", "reason"),
    [
        ("budget", {}, Reason.NOT_CONFIGURED),  # no answer: nobody has configured it
        ("budget", {"budget": "not measured"}, Reason.NOT_CONFIGURED),
        ("probe", {"probe": "timeout"}, Reason.TIMEOUT),
        ("query", {"query": "overloaded"}, Reason.OVERLOADED),  # a query may fail too
        ("query", {}, Reason.NOT_CONFIGURED),  # and is else asked of Prometheus, which isn't there
    ],
)
async def test_what_is_not_answered_fails_as_it_would(
    name: str, answers: Mapping[str, Any], reason: Reason
) -> None:
    with pytest.raises(AdapterError) as caught:
        await ask(name, answers)
    assert caught.value.reason is reason
