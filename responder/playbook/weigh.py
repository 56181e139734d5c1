"""Answers the tests of a cause for one alert, out of what the investigation found. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from responder.domain.report import Answer, Evidence, Finding, FindingState, Row, Scalar, Subject
from responder.domain.units import quantity, unit_of
from responder.playbook.answers import Found
from responder.playbook.diagnostic import seconds
from responder.playbook.model import Cause, FieldTest, Op, Plain, QueryTest

Outcome = tuple[Answer, str]
"""A test's answer, and why it was not measured."""


def weigh(cause: Cause, subject: Subject, found: Found) -> tuple[Evidence, ...]:
    """Every test of a cause, answered for one alert."""
    speaks_for = (_evidence(test, subject, found, supports=True) for test in cause.for_)
    speaks_against = (_evidence(test, subject, found, supports=False) for test in cause.against)
    return (*speaks_for, *speaks_against)


def _evidence(test: QueryTest | FieldTest, subject: Subject, found: Found, *, supports: bool) -> Evidence:
    answer, reason = _answered(test, subject, found)
    says = test.says + _measured_words(test, subject, found)
    return Evidence(statement=says, supports=supports, weight=test.weight, answer=answer, reason=reason)


def _measured_words(test: QueryTest | FieldTest, subject: Subject, found: Found) -> str:
    """What was measured, where a test compares a quantity: ": 3.2 times"."""
    if isinstance(test, QueryTest) or test.op not in _ORDER:
        return ""
    finding = found.finding(test.finding)
    if finding is None:
        return ""
    unit = finding.unit if test.field == "value" else unit_of(test.field)
    if unit is None:
        return ""
    numbers = [value for value in _values(found.rows(finding, subject), test.field) if _is_number(value)]
    telling = [value for value in numbers if compare(test, value, found.now)] or numbers
    return f": {quantity(float(telling[0]), unit)}" if telling else ""


def _answered(test: QueryTest | FieldTest, subject: Subject, found: Found) -> Outcome:
    """A yes if any row about the alert says so; rows without the field say nothing."""
    if isinstance(test, QueryTest):
        finding, field = found.evidence(test.query), "value"
    else:
        finding, field = found.finding(test.finding), test.field
    if finding is None:
        return Answer.NOT_MEASURED, "not asked"
    if finding.state is not FindingState.MEASURED:
        return Answer.NOT_MEASURED, why_not(finding)
    values = list(_values(found.rows(finding, subject), field))
    if not values:
        return Answer.NOT_MEASURED, _nothing_about(subject)
    return (Answer.YES if any(_says_yes(test, value, found.now) for value in values) else Answer.NO), ""


def _says_yes(test: QueryTest | FieldTest, value: Plain, now: datetime) -> bool:
    return value != 0 if isinstance(test, QueryTest) else compare(test, value, now)


def why_not(finding: Finding) -> str:
    """Why a finding has no answer, in words."""
    match finding.state:
        case FindingState.PENDING:
            return "no answer yet"
        case FindingState.FAILED:
            words = finding.reason.replace("_", " ") if finding.reason else "failed"
            return f"{words}: {finding.detail}" if finding.detail else words
        case _:
            return finding.detail or "no data"


def _nothing_about(subject: Subject) -> str:
    missing = [name for name, value in subject if not value]
    return f"the alert has no label {missing[0]}" if missing else "no data"


def _values(rows: Iterable[Row], field: str) -> Iterable[Plain]:
    for row in rows:
        value: Scalar = row.values.get(field)
        if value is not None and not (isinstance(value, float) and math.isnan(value)):
            yield value


def compare(test: FieldTest, value: Plain, now: datetime) -> bool:
    """Whether a field's value is as the test says; values that can't be compared are not."""
    wanted = test.value
    match test.op:
        case Op.CONTAINS:
            return str(wanted).lower() in str(value).lower()
        case Op.CHANGED_WITHIN:
            return _is_number(value) and 0 <= now.timestamp() - float(value) <= seconds(str(wanted))
        case Op.IN | Op.NOT_IN | Op.EQ | Op.NE:
            among = value in (wanted if isinstance(wanted, tuple) else (wanted,))
            return among is (test.op in (Op.IN, Op.EQ))
        case _:
            limits = wanted if isinstance(wanted, tuple) else (wanted,)
            return _is_number(value) and _ORDER[test.op](float(value), *map(float, limits))


_ORDER: Final[Mapping[Op, Callable[..., bool]]] = {
    Op.LT: lambda value, limit: value < limit,
    Op.LE: lambda value, limit: value <= limit,
    Op.GT: lambda value, limit: value > limit,
    Op.GE: lambda value, limit: value >= limit,
    Op.BETWEEN: lambda value, lowest, highest: lowest <= value <= highest,
}


def _is_number(value: Plain) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
