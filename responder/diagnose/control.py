"""The kind `control`: a knob of Hypertool's control API, or the supervisor's word on the process."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal, Self

from responder.clients.hypertool import ControlApi, Knob, Process, Supervisor
from responder.diagnose.clients import Clients, configured
from responder.diagnose.kind import Question, finding
from responder.diagnose.rows import parts
from responder.domain.errors import AdapterError
from responder.domain.report import WHOLE, Finding, Row, Scalar, Subject
from responder.playbook.diagnostic import Diagnostic, ResourcePath, Span, seconds
from responder.playbook.promql import PLACEHOLDER

PROCESS: Final = "process"
"""The one resource that the supervisor has, not the control API."""

SUBJECTS: Final = 20
"""Alerts that a knob is read for, worst first; it is one request each."""


class ControlSpec(Diagnostic):
    """`resource` is a path such as personas/${persona}/budget, or `process` for the supervisor's.

    Times (`…_at`) are seconds since the epoch; `changed_recently` is: within `recent` before now.
    `moved` is where a knob stands from its default: up, down or none, in the order of its choices or numbers.
    """

    FIELDS: ClassVar[frozenset[str]] = frozenset(
        {
            # a knob
            *("value", "default", "at_default", "moved", "minimum", "maximum"),
            *("changed_at", "changed_by", "changed_recently", "reason"),
            *("leased", "lease_before", "lease_expires_at", "lease_incident", "connected"),
            # the process
            *("running", "pid", "started_at", "exit_code", "log"),
        }
    )

    kind: Literal["control"]
    resource: ResourcePath
    """The knob's path, in which ${variable} may be a segment, or process for the supervisor's word."""
    recent: Span = "2h"
    """A change within this time before now is a recent one."""

    def variables(self) -> frozenset[str]:
        return frozenset(PLACEHOLDER.findall(self.resource))


class ControlKind:
    """One request a subject: the control API has no other way to ask."""

    spec: ClassVar = ControlSpec

    def __init__(self, control: ControlApi | None, supervisor: Supervisor | None) -> None:
        self._control = control
        self._supervisor = supervisor

    @classmethod
    def build(cls, clients: Clients) -> Self:
        return cls(clients.control, clients.supervisor)

    async def ask(self, spec: ControlSpec, question: Question) -> Finding:
        if spec.resource == PROCESS:
            supervisor = configured(self._supervisor, "Supervisor", "hypertool.supervisor_url")
            process = await supervisor.process(within=question.within)
            return finding(spec, (_process_row(process, spec, question.now),))
        return await self._knobs(spec, question)

    async def _knobs(self, spec: ControlSpec, question: Question) -> Finding:
        """What some subjects' knobs say even if others' don't; fails if none does."""
        control = configured(self._control, "Hypertool's control API", "hypertool.control_url")
        subjects = parts(question.subjects, spec.variables()) or (WHOLE,)
        asked = subjects[:SUBJECTS]
        answers = await asyncio.gather(
            *(control.resource(_path(spec.resource, subject), within=question.within) for subject in asked),
            return_exceptions=True,
        )
        rows = [
            _knob_row(subject, answer, spec, question.now)
            for subject, answer in zip(asked, answers, strict=True)
            if isinstance(answer, Knob)
        ]
        failures = _failures(asked, answers)
        if not rows:
            raise failures[0][1]
        warnings = tuple(f"{_name(subject)}: {failure}" for subject, failure in failures)
        return finding(spec, tuple(rows), left_out=len(subjects) - len(asked), warnings=warnings)


def _failures(
    subjects: Sequence[Subject], answers: Sequence[Knob | BaseException]
) -> list[tuple[Subject, AdapterError]]:
    """Which subjects' knobs failed and why; what is no adapter's error is a mistake of ours and raised."""
    failed: list[tuple[Subject, AdapterError]] = []
    for subject, answer in zip(subjects, answers, strict=True):
        if isinstance(answer, AdapterError):
            failed.append((subject, answer))
        elif isinstance(answer, BaseException):
            raise answer
    return failed


def _path(resource: str, subject: Subject) -> tuple[str, ...]:
    """The path's segments; a label's value fills exactly one of them."""
    values = dict(subject)
    segments = ((segment, PLACEHOLDER.fullmatch(segment)) for segment in resource.split("/"))
    return tuple(values[found[1]] if found else segment for segment, found in segments)


def _name(subject: Subject) -> str:
    return " ".join(value for _, value in subject) or "it"


def _knob_row(subject: Subject, knob: Knob, spec: ControlSpec, now: datetime) -> Row:
    lease = knob.lease
    values: dict[str, Scalar] = {
        "value": knob.value,
        "default": knob.default,
        "at_default": None if knob.default is None else knob.value == knob.default,
        "moved": _moved(knob),
        "minimum": knob.minimum,
        "maximum": knob.maximum,
        "changed_at": _epoch(knob.changed_at),
        "changed_by": knob.changed_by or None,
        "changed_recently": _recently(knob.changed_at, spec, now),
        "reason": knob.reason or None,
        "leased": lease is not None,
        "lease_before": lease.before if lease else None,
        "lease_expires_at": _epoch(lease.expires_at) if lease else None,
        "lease_incident": lease.incident if lease else None,
        "connected": knob.connected,
    }
    return Row(subject=subject, values=values)


def _moved(knob: Knob) -> str | None:
    """Where a knob stands from its default; None where its values have no order."""
    places = [_place(value, knob) for value in (knob.default, knob.value)]
    if None in places:
        return None
    before, after = (place or 0.0 for place in places)
    return "none" if after == before else "up" if after > before else "down"


def _place(value: Scalar, knob: Knob) -> float | None:
    if isinstance(value, bool):  # yes is not above no, though both may stand among the choices
        return None
    if value in knob.choices:
        return float(knob.choices.index(value))
    return float(value) if isinstance(value, int | float) else None


def _process_row(process: Process, spec: ControlSpec, now: datetime) -> Row:
    values: dict[str, Scalar] = {
        "running": process.running,
        "pid": process.pid,
        "started_at": _epoch(process.started_at),
        "changed_recently": _recently(process.started_at, spec, now),
        "exit_code": process.exit_code,
        "log": "\n".join(process.log) or None,
    }
    return Row(subject=WHOLE, values=values)


def _epoch(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _recently(moment: datetime | None, spec: ControlSpec, now: datetime) -> bool:
    return moment is not None and now - moment <= timedelta(seconds=seconds(spec.recent))


KIND: Final = ControlKind
