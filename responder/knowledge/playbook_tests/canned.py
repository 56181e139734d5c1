"""The answers of far sides that a case gives itself: by diagnostic, whatever its kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from responder.diagnose.clients import Clients
from responder.diagnose.kind import Asks, Question, finding
from responder.diagnose.registry import build
from responder.diagnose.rows import parts
from responder.diagnose.runner import Build
from responder.domain.errors import Reason, Refused
from responder.domain.report import WHOLE, Finding, FindingState, Row, Scalar, Subject
from responder.knowledge.playbook_tests.model import NO_DATA, NOT_MEASURED, NOTHING
from responder.playbook.diagnostic import Diagnostic, seconds

WORDS: Final = (NOT_MEASURED, NO_DATA, NOTHING, *Reason)
"""What may be answered instead of rows: a reason is how asking failed."""

AGO: Final = re.compile(r"((?:[0-9]+(?:ms|[smhdw]))+) ago")
LABELS: Final = "labels"


def canned(answers: Mapping[str, Any]) -> Build:
    """The kinds of an investigation that get these answers, by diagnostic.

    What has none is asked of Prometheus if it is a query, and else was never configured.
    """

    def build_canned(clients: Clients) -> Mapping[str, Asks[Any]]:
        return {name: _Canned(kind, answers) for name, kind in build(clients).items()}

    return build_canned


@dataclass(frozen=True, slots=True)
class _Canned:
    """A kind that looks for an answer of the case's first."""

    kind: Asks[Any]
    answers: Mapping[str, Any]

    async def ask(self, spec: Diagnostic, question: Question) -> Finding:
        answer = self.answers.get(spec.id)
        if answer is None and spec.queries():
            return await self.kind.ask(spec, question)
        if answer is None or isinstance(answer, str):
            return _in_a_word(spec, answer or NOT_MEASURED)
        rows = [answer] if isinstance(answer, Mapping) else answer
        return finding(spec, tuple(row for one in rows for row in _rows(spec, one, question)))


def _in_a_word(spec: Diagnostic, word: str) -> Finding:
    match word:
        case "none":
            return finding(spec, (), state=FindingState.MEASURED, detail=NOTHING)
        case "no data":
            return finding(spec, ())
        case "not measured":
            raise Refused(spec.title, Reason.NOT_CONFIGURED, "the case has no answer for it")
        case reason:
            raise Refused(spec.title, Reason(reason), "as the case says")


def _rows(spec: Diagnostic, row: Mapping[str, Any], question: Question) -> tuple[Row, ...]:
    """One row about whom it names; a row that names nobody is about every alert that was asked about."""
    values = {name: _value(row[name], question.now) for name in row if name in spec.FIELDS}
    labels = row.get(LABELS) or {}
    about = tuple((name, str(row[name])) for name, _ in _variables(question) if name in row)
    whom = [about] if about else parts(question.subjects, spec.variables()) or (WHOLE,)
    return tuple(Row(subject=subject, labels=labels, values=values) for subject in whom)


def _variables(question: Question) -> Subject:
    return question.subjects[0] if question.subjects else WHOLE


def _value(value: Scalar, now: datetime) -> Scalar:
    """A value as written; "30m ago" is that moment in seconds since the epoch."""
    if isinstance(value, str) and (found := AGO.fullmatch(value)):
        return now.timestamp() - seconds(found[1])
    return value
