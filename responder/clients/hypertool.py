"""Reads Hypertool's control API and its supervisor. The contract is that of `responder.hypertool.control`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx
from pydantic import AwareDatetime, BaseModel, TypeAdapter

from responder.clients.http import MIB, Answer, Http, bearer, segment
from responder.domain.errors import Reason, Refused
from responder.domain.report import Lease, Scalar

CONTROL: Final = "Hypertool's control API"
SUPERVISOR: Final = "Hypertool's supervisor"
PREFIX: Final = "/control/v1"
LIMIT: Final = MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLease(Lease):
    """A value that was set for a time, by whose order, and what was there before."""

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
class Process:
    """What the supervisor says of Hypertool's process; `log` are its last lines, oldest first."""

    running: bool
    pid: int | None = None
    started_at: datetime | None = None
    exit_code: int | None = None
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ControlApi:
    """The control API of one Hypertool.

    Every method raises `Unreachable` (no answer, not in time, its fault) or `Refused`; `within` is
    in seconds.
    """

    http: Http
    url: str
    token: str | None = None

    async def resources(self, *, within: float) -> tuple[str, ...]:
        """The resources that work there."""
        return tuple((await self._get("", within)).read(_LIST).resources)

    async def resource(self, path: Sequence[str], *, within: float) -> Knob:
        """One resource by the segments of its path, which may be untrusted names.

        Raises:
            Refused: besides the usual, for a segment that would lead to another resource.
        """
        answer = await self._get("".join(f"/{segment(CONTROL, name)}" for name in path), within)
        return _knob(answer.read(_RESOURCE), answer)

    async def _get(self, path: str, within: float) -> Answer:
        url = _base(self.url) + path
        answer = await self.http.ask(
            CONTROL, "GET", url, within=within, limit=LIMIT, headers=bearer(self.token)
        )
        if answer.status == httpx.codes.NOT_IMPLEMENTED:
            raise Refused(CONTROL, Reason.UNSUPPORTED, _problem(answer) or "it has no such knob")
        if not answer.good:
            raise answer.failure(_problem(answer))
        return answer


@dataclass(frozen=True, slots=True)
class Supervisor:
    """What keeps Hypertool's process running, on a port of its own. Raises as `ControlApi`."""

    http: Http
    url: str
    token: str | None = None

    async def process(self, *, within: float) -> Process:
        """The state of the process."""
        url = f"{_base(self.url)}/process"
        answer = await self.http.ask(
            SUPERVISOR, "GET", url, within=within, limit=LIMIT, headers=bearer(self.token)
        )
        found = answer.checked().read(_PROCESS)
        return Process(
            running=found.running,
            pid=found.pid,
            started_at=found.started_at,
            exit_code=found.exit_code,
            log=tuple(found.log),
        )


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
    resources: list[str]


class _Process(BaseModel):
    running: bool
    pid: int | None = None
    started_at: AwareDatetime | None = None
    exit_code: int | None = None
    log: list[str] = []


class _Problem(BaseModel):
    title: str = ""
    detail: str = ""


_RESOURCE: Final = TypeAdapter(_Resource)
_LIST: Final = TypeAdapter(_Resources)
_PROCESS: Final = TypeAdapter(_Process)
_PROBLEM: Final = TypeAdapter(_Problem)


def _base(url: str) -> str:
    return url.rstrip("/").removesuffix(PREFIX) + PREFIX


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


def _problem(answer: Answer) -> str:
    """What a problem+json says is wrong."""
    if not answer.is_json:
        return ""
    found = answer.read(_PROBLEM)
    return found.detail or found.title
