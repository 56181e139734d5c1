"""Tests of a cause, answered: yes, no, or not measured with the reason."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from responder.domain.errors import Reason
from responder.domain.report import Answer, Finding, FindingState, Likelihood, Row, Scalar, Subject, Weight
from responder.domain.units import Unit
from responder.playbook.answers import Answers, Found
from responder.playbook.model import Cause, FieldTest, Op, Plain, QueryTest
from responder.playbook.weigh import compare, weigh

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ONE: Subject = (("persona", "backend-engineer"),)
OTHER: Subject = (("persona", "data-scientist"),)

CAUSE = Cause(id="a", title="A", likelihood=Likelihood.HIGH, indicator="seen")

YES, NO, NOT_MEASURED = Answer


def row(value: Scalar, subject: Subject = ONE) -> Row:
    return Row(subject=subject, values={"value": value})


def finding(*rows: Row, state: FindingState = FindingState.MEASURED, detail: str = "") -> Finding:
    return Finding(
        diagnostic="f",
        title="F",
        kind="promql",
        state=state,
        rows=rows,
        detail=detail,
        reason=Reason.TIMEOUT if state is FindingState.FAILED else None,
    )


def answered(found: Finding, subject: Subject = ONE) -> tuple[tuple[Answer, str], tuple[Answer, str]]:
    """How a test by a query, and one by a field that must be above 0, come out."""
    by_query_test = QueryTest(says="a", weight=Weight.STRONG, query="q")
    by_field_test = FieldTest(says="b", weight=Weight.WEAK, finding="f", field="value", op=Op.GT, value=0)
    cause = CAUSE.model_copy(update={"for_": (by_query_test, by_field_test)})
    answers = Answers(findings=(found,), evidence={"q": found}, made_at=NOW)
    by_query, by_field = weigh(cause, subject, Found(answers))
    return (by_query.answer, by_query.reason), (by_field.answer, by_field.reason)


@pytest.mark.parametrize(
    ("found", "answer", "reason"),
    [
        (finding(row(1.0)), YES, ""),
        (finding(row(0.0)), NO, ""),
        (finding(row(0.0), row(1.0)), YES, ""),  # any row is enough
        (finding(row(math.nan)), NOT_MEASURED, "no data"),  # 0/0 says nothing
        (finding(row(math.nan), row(0.0)), NO, ""),
        (finding(row(1.0, OTHER)), NOT_MEASURED, "no data"),  # about somebody else
        (finding(row(1.0, ())), YES, ""),  # about the incident as a whole
        (finding(state=FindingState.NO_DATA), NOT_MEASURED, "no data"),
        (finding(state=FindingState.PENDING), NOT_MEASURED, "no answer yet"),
        (finding(state=FindingState.FAILED, detail="after 5 s"), NOT_MEASURED, "timeout: after 5 s"),
        (finding(state=FindingState.FAILED), NOT_MEASURED, "timeout"),
    ],
)
def test_what_a_finding_says_is_yes_no_or_not_measured(found: Finding, answer: Answer, reason: str) -> None:
    assert answered(found) == ((answer, reason), (answer, reason))


def test_an_alert_without_the_label_it_is_asked_by_says_so() -> None:
    found = answered(finding(row(1.0)), (("persona", ""),))
    assert found == ((NOT_MEASURED, "the alert has no label persona"),) * 2


def test_a_test_against_a_cause_does_not_support_it() -> None:
    against = (QueryTest(says="a", weight=Weight.STRONG, query="q"),)
    cause = CAUSE.model_copy(update={"against": against})
    (evidence,) = weigh(cause, ONE, Found(Answers(findings=(), made_at=NOW)))
    assert (evidence.supports, evidence.answer, evidence.reason) == (False, NOT_MEASURED, "not asked")


HOUR_AGO = NOW.timestamp() - 3600


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("tokens_in_factor", "b: 0.75 times"),
        ("repeated_share", "b: 75 %"),
        ("cached_share_lost", "b: 75 %"),
        ("calls", "b"),  # a number without a unit says nothing by itself
    ],
)
def test_a_field_whose_name_tells_its_unit_is_said_with_the_test(field: str, words: str) -> None:
    by_field = FieldTest(says="b", weight=Weight.WEAK, finding="f", field=field, op=Op.GT, value=0)
    cause = CAUSE.model_copy(update={"for_": (by_field,)})
    answers = Answers(findings=(finding(Row(subject=ONE, values={field: 0.75})),), made_at=NOW)
    (evidence,) = weigh(cause, ONE, Found(answers))
    assert evidence.statement == words


@pytest.mark.parametrize(
    ("op", "wanted", "value", "says"),
    [
        (Op.EQ, True, True, True),
        (Op.EQ, True, False, False),
        (Op.EQ, "refused", "refused", True),
        (Op.NE, 0, 137.0, True),
        (Op.LT, 1, 0.5, True),
        (Op.LT, 1, 1.0, False),
        (Op.LE, 1, 1.0, True),
        (Op.GT, 1, 1.0, False),
        (Op.GE, 1, 1.0, True),
        (Op.GT, 1, "2", False),  # a text is no number
        (Op.GT, 0, True, False),  # nor is a yes
        (Op.BETWEEN, (0.9, 1.1), 0.9, True),
        (Op.BETWEEN, (0.9, 1.1), 1.1, True),
        (Op.BETWEEN, (0.9, 1.1), 1.11, False),
        (Op.IN, (401, 403), 403.0, True),
        (Op.IN, (401, 403), 404.0, False),
        (Op.NOT_IN, ("a", "b"), "c", True),
        (Op.CONTAINS, "Killed", "the process was killed", True),
        (Op.CONTAINS, "killed", "fine", False),
        (Op.CHANGED_WITHIN, "2h", HOUR_AGO, True),
        (Op.CHANGED_WITHIN, "30m", HOUR_AGO, False),
        (Op.CHANGED_WITHIN, "1h", HOUR_AGO, True),  # the boundary belongs to it
        (Op.CHANGED_WITHIN, "2h", HOUR_AGO + 7200, False),  # the future is no change
    ],
)
def test_a_field_is_compared(op: Op, wanted: Plain | tuple[Plain, ...], value: Plain, says: bool) -> None:  # noqa: FBT001 - a column of the table
    test = FieldTest(says="a", weight=Weight.WEAK, finding="f", field="value", op=op, value=wanted)
    assert compare(test, value, NOW) is says


@pytest.mark.parametrize(
    ("rows", "unit", "op", "said"),
    [
        ([3.2], Unit.FACTOR, Op.GT, "b: 3.2 times"),
        ([0.46], Unit.RATIO, Op.GT, "b: 46 %"),
        ([-1.0, 3.2], Unit.FACTOR, Op.GT, "b: 3.2 times"),  # the row that says so
        ([-1.0], Unit.FACTOR, Op.GT, "b: -1 times"),  # none says so: what was measured all the same
        ([], Unit.FACTOR, Op.GT, "b"),  # nothing was measured
        ([3.2], None, Op.GT, "b"),  # a number without a unit tells a reader nothing
        ([3.2], Unit.FACTOR, Op.EQ, "b"),  # no comparison of quantities
    ],
)
def test_what_was_measured_is_said_with_the_test(
    rows: list[float], unit: Unit | None, op: Op, said: str
) -> None:
    test = FieldTest(says="b", weight=Weight.WEAK, finding="f", field="value", op=op, value=0)
    found = replace(finding(*map(row, rows)), unit=unit)
    cause = CAUSE.model_copy(update={"for_": (test,)})
    (evidence,) = weigh(cause, ONE, Found(Answers(findings=(found,), made_at=NOW)))
    assert evidence.statement == said
