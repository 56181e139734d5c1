"""What Hypertool's control API and its supervisor answer, as values of ours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from responder.clients.http import Answer
from responder.domain.report import Lease, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLease(Lease):
    """A value that was set for a time, by whose order, and what is there again when it ends."""

    id: str
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """What a resource of the control API says of itself; `unit` None where the value is no quantity.

    `etag` is the precondition for setting it. `connected` is for a connection's state only.
    """

    resource: str
    value: Scalar
    default: Scalar = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Scalar, ...] = ()
    changed_at: datetime | None = None
    changed_by: str = ""
    reason: str = ""
    lease: HeldLease | None = None
    connected: bool | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The last restart that was ordered; `state` is `under_way`, `done` or `failed`."""

    requested_at: datetime
    requested_by: str
    reason: str
    incident: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What the supervisor says of Hypertool's process; `log` are its last lines, oldest first."""

    running: bool
    pid: int | None = None
    started_at: datetime | None = None
    exit_code: int | None = None
    log: tuple[str, ...] = ()
    restart: Restart | None = None


class _Lease(BaseModel):
    id: str
    before: Scalar
    expires_at: AwareDatetime
    incident: str | None = None


class _Resource(BaseModel):
    resource: str
    value: Scalar
    default: Scalar = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Scalar, ...] = ()
    changed_at: AwareDatetime | None = None
    changed_by: str | None = None
    reason: str | None = None
    lease: _Lease | None = None
    connected: bool | None = None


class _Resources(BaseModel):
    resources: tuple[str, ...]


class _Restart(BaseModel):
    requested_at: AwareDatetime
    requested_by: str = ""
    reason: str = ""
    incident: str | None = None
    state: str


class _Process(BaseModel):
    running: bool
    pid: int | None = None
    started_at: AwareDatetime | None = None
    exit_code: int | None = None
    log: tuple[str, ...] = ()
    restart: _Restart | None = None


class Problem(BaseModel):
    """What a problem+json says; bounds where a value was outside them, `current` where it had changed."""

    title: str = ""
    detail: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Scalar, ...] = ()
    current: _Resource | None = None

    @property
    def words(self) -> str:
        return self.detail or self.title

    @property
    def names_bounds(self) -> bool:
        return bool(self.choices) or self.minimum is not None


_RESOURCE: Final = TypeAdapter(_Resource)
_LIST: Final = TypeAdapter(_Resources)
_PROCESS: Final = TypeAdapter(_Process)
_PROBLEM: Final = TypeAdapter(Problem)


def read_resources(answer: Answer) -> tuple[str, ...]:
    """The resources of a list. Raises `Refused`, as all readers here, for an answer of another shape."""
    return answer.read(_LIST).resources


def read_knob(answer: Answer) -> Knob:
    """A resource, with the ETag of the answer."""
    return _knob(answer.read(_RESOURCE), answer)


def read_process(answer: Answer) -> Process:
    """The state of the process."""
    found = answer.read(_PROCESS)
    return Process(
        running=found.running,
        pid=found.pid,
        started_at=found.started_at,
        exit_code=found.exit_code,
        log=found.log,
        restart=_restart(found.restart) if found.restart else None,
    )


def read_problem(answer: Answer) -> Problem:
    """What an error says of itself; an empty one where it is no JSON."""
    return answer.read(_PROBLEM) if answer.is_json else Problem()


def current(problem: Problem, answer: Answer) -> Knob | None:
    """What holds now, where a failed precondition says so."""
    return _knob(problem.current, answer) if problem.current else None


def _knob(found: _Resource, answer: Answer) -> Knob:
    return Knob(
        resource=found.resource,
        value=found.value,
        default=found.default,
        unit=found.unit,
        minimum=found.minimum,
        maximum=found.maximum,
        choices=found.choices,
        changed_at=found.changed_at,
        changed_by=found.changed_by or "",
        reason=found.reason or "",
        lease=_lease(found, found.lease) if found.lease else None,
        connected=found.connected,
        etag=str(answer.headers.get("etag", "")),
    )


def _lease(found: _Resource, lease: _Lease) -> HeldLease:
    return HeldLease(
        id=lease.id,
        incident=lease.incident or "",
        resource=found.resource,
        value=found.value,
        before=lease.before,
        expires_at=lease.expires_at,
    )


def _restart(found: _Restart) -> Restart:
    return Restart(
        requested_at=found.requested_at,
        requested_by=found.requested_by,
        reason=found.reason,
        incident=found.incident or "",
        state=found.state,
    )
