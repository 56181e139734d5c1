"""Reads and sets Hypertool's knobs by its control API, and restarts it by its supervisor.

The contract is that of `responder.hypertool.control` and in docs/control-api.md. Whoever orders something
and gets an error looks at its `effect`: nothing happened, or it is unknown and must be settled by reading.
Nothing is ever sent twice from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from responder.clients.http import MIB, Answer, Http, bearer, segment
from responder.clients.hypertool_answers import (
    HeldLease,
    Knob,
    Process,
    Restart,
    current,
    read_knob,
    read_problem,
    read_process,
    read_resources,
)
from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable
from responder.domain.report import Scalar

__all__ = ["Changed", "ControlApi", "HeldLease", "Knob", "Process", "Restart", "Supervisor"]

CONTROL: Final = "Hypertool's control API"
SUPERVISOR: Final = "Hypertool's supervisor"
PREFIX: Final = "/control/v1"
LIMIT: Final = MIB


class Changed(Refused):
    """The precondition does not hold: it was changed since it was read. Nothing was set.

    Args:
        current: what holds now, with its ETag; None if the answer didn't tell.
    """

    def __init__(self, detail: str, current: Knob | None) -> None:
        super().__init__(CONTROL, Reason.CHANGED, detail, effect=Effect.NONE)
        self.current = current


@dataclass(frozen=True, slots=True)
class ControlApi:
    """The control API of one Hypertool.

    Every method raises `Unreachable` (no answer, not in time, its fault) or `Refused`; `within` is
    in seconds. A `path` has the segments of a resource's path, which may be untrusted names: one that
    would lead to another resource is refused.
    """

    http: Http
    url: str
    token: str | None = None

    async def resources(self, *, within: float) -> tuple[str, ...]:
        """The resources that work there."""
        return read_resources(await self._ask("GET", "", within))

    async def resource(self, path: Sequence[str], *, within: float) -> Knob:
        """One resource."""
        return read_knob(await self._ask("GET", _path(path), within))

    async def set(  # noqa: PLR0913 - all but the first two by name, each of them a part of the contract
        self,
        path: Sequence[str],
        value: Scalar,
        *,
        reason: str,
        idempotency_key: str,
        within: float,
        incident: str | None = None,
        expires_at: datetime | None = None,
        if_match: str | None = None,
    ) -> Knob:
        """Set it, with `expires_at` for a time; answer what holds then, or what held at the first try.

        Args:
            path: of the resource.
            value: an absolute one.
            reason: for whoever reads the knob later.
            idempotency_key: the same for every try of one order: a repeat does nothing, and gets the
                first answer.
            within: seconds.
            incident: whose lease it is; needed with `expires_at`.
            expires_at: until when; Hypertool falls back by itself 60 s later. None ends any lease.
            if_match: the ETag that was read; None sets it whatever holds.

        Raises:
            Changed: `if_match` is no longer what holds.
        """
        body = {
            "value": value,
            "reason": reason,
            "incident": incident,
            "expires_at": expires_at.isoformat() if expires_at else None,
        }
        headers = {"if-match": if_match} if if_match else {}
        return read_knob(await self._order("PUT", _path(path), body, idempotency_key, within, headers))

    async def reconnect(
        self, *, reason: str, idempotency_key: str, within: float, incident: str | None = None
    ) -> Knob:
        """Have it connect to Langfuse anew with the credentials of now; answer how that ended."""
        body = {"reason": reason, "incident": incident}
        return read_knob(await self._order("POST", "/langfuse/reconnect", body, idempotency_key, within))

    async def _order(  # noqa: PLR0913, PLR0917 - the parts of one request
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        key: str,
        within: float,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"idempotency-key": key, **(headers or {})}
        return await self._ask(method, path, within, headers, body)

    async def _ask(
        self,
        method: str,
        path: str,
        within: float,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        answer = await self.http.ask(
            CONTROL,
            method,
            _base(self.url) + path,
            within=within,
            limit=LIMIT,
            headers={**bearer(self.token), **(headers or {})},
            json=body,
        )
        if not answer.good:
            raise _failure(answer)
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
        return read_process(answer.checked())

    async def restart(
        self, *, reason: str, idempotency_key: str, within: float, incident: str | None = None
    ) -> Process:
        """Order a restart; answer the process as it was before.

        It is done once `process` tells of a running process with a later `started_at`. While a restart is
        under way another order is the same restart.
        """
        answer = await self.http.ask(
            SUPERVISOR,
            "POST",
            f"{_base(self.url)}/restart",
            within=within,
            limit=LIMIT,
            headers={**bearer(self.token), "idempotency-key": idempotency_key},
            json={"reason": reason, "incident": incident},
        )
        return read_process(answer.checked())


def _base(url: str) -> str:
    return url.rstrip("/").removesuffix(PREFIX) + PREFIX


def _path(path: Sequence[str]) -> str:
    return "".join(f"/{segment(CONTROL, name)}" for name in path)


def _failure(answer: Answer) -> AdapterError:
    """What an answer that isn't 2xx means here."""
    problem = read_problem(answer)
    match answer.status:
        case httpx.codes.NOT_IMPLEMENTED:
            said = problem.words or "it has no such knob"
            return Refused(CONTROL, Reason.UNSUPPORTED, said, effect=Effect.NONE)
        case httpx.codes.PRECONDITION_FAILED:
            return Changed(problem.words, current(problem, answer))
        case httpx.codes.UNPROCESSABLE_ENTITY if problem.names_bounds:
            return Refused(CONTROL, Reason.OUT_OF_BOUNDS, problem.words, effect=Effect.NONE)
        case httpx.codes.CONFLICT:  # the same order is being carried out at this moment
            return Unreachable(CONTROL, Reason.OVERLOADED, problem.words, answer.retry_after)
        case _:
            return answer.failure(problem.words)
