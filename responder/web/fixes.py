"""The API on quick fixes: what there is, what people decide, and the audit log."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from responder.domain.access import May
from responder.domain.fix import FixState
from responder.domain.ids import ALPHABET, INCIDENT_LETTERS
from responder.engine.fixing.people import Decided, Decision, People
from responder.engine.fixing.reading import FixReading
from responder.policy.gates import Refusal
from responder.storage.breaker import Breaker
from responder.web.access import Access
from responder.web.named import FixId
from responder.web.problem import Problem, not_found
from responder.web.said import MOST_TEXT, Body, said
from responder.web.views import fix_view, line_view, moment

MOST_MINUTES: Final = 24 * 60
NEWEST: Final = 2**53
"""Larger numbers are none of the audit log's."""
NOT_HERE: Final = (
    "nothing here can apply a fix: set fixes.mode to approve, and hypertool.control_url or alertmanager.url"
)

Limit = Annotated[int, Query(ge=1, le=200)]
Id = Annotated[str, Query(pattern=f"^([{ALPHABET}]{{{INCIDENT_LETTERS}}})?$")]
Before = Annotated[int | None, Query(ge=1, le=NEWEST)]


class Shown(Body):
    """What an approval is bound to; without a digest it is what there is now."""

    digest: Annotated[str, Field(max_length=64)] | None = None


class Why(Body):
    """Why, in words for the audit log."""

    why: Annotated[str, Field(max_length=MOST_TEXT)] = ""


class Longer(Body):
    """By how much a lease is to end later."""

    minutes: Annotated[float, Field(ge=1, le=MOST_MINUTES, allow_inf_nan=False)]
    extended: Annotated[int, Field(ge=0, le=NEWEST)] | None = None
    """How often it had been extended when it was looked at: if it was since, nothing is done again."""


def router(reading: FixReading, people: People | None, access: Access) -> APIRouter:
    """The routes; without `people` nothing can be decided, for nothing can be applied."""
    routes = APIRouter(prefix="/api/v1", dependencies=[Depends(access.needs(May.READ))])
    _add_reads(routes, reading, people)
    _add_all_together(routes, people, access.named(May.APPROVE))
    _add_decisions(routes, people, access.named(May.APPROVE))
    return routes


def _add_reads(routes: APIRouter, reading: FixReading, people: People | None) -> None:
    @routes.get("/fixes")
    async def listed(state: FixState | None = None, incident: Id = "", limit: Limit = 50) -> JSONResponse:
        found = await reading.newest(state=state, incident=incident, limit=limit)
        views = [fix_view(fix) for fix in found.fixes]
        return JSONResponse({"fixes": views, "mode": _mode(people), "breaker": _breaker(found.breaker)})

    @routes.get("/fixes/{fix}")
    async def one(fix: FixId) -> JSONResponse:
        found = await reading.one(fix)
        if found is None:
            raise not_found(f"fix {fix}")
        return JSONResponse({**fix_view(found.fix), "audit": [line_view(line) for line in found.lines]})

    @routes.get("/audit")
    async def audit(
        fix: Id = "", incident: Id = "", before: Before = None, limit: Limit = 50
    ) -> JSONResponse:
        lines = await reading.audit(fix=fix, incident=incident, before=before, limit=limit)
        rest = lines[-1].seq if len(lines) == limit else None
        return JSONResponse({"lines": [line_view(line) for line in lines], "before": rest})


def _add_all_together(routes: APIRouter, people: People | None, named: Callable[[Request], str]) -> None:
    approver = Annotated[str, Depends(named)]

    @routes.post("/fixes/pause")
    async def pause(request: Request, who: approver) -> JSONResponse:
        body = await said(request, Why)
        return JSONResponse(_breaker(await _who_decides(people).pause(who, body.why)))

    @routes.post("/fixes/resume")
    async def resume(who: approver) -> JSONResponse:
        return JSONResponse(_breaker(await _who_decides(people).resume(who)))


def _add_decisions(routes: APIRouter, people: People | None, named: Callable[[Request], str]) -> None:
    approver = Annotated[str, Depends(named)]

    @routes.post("/fixes/{fix}/approve")
    async def approve(request: Request, fix: FixId, who: approver) -> JSONResponse:
        body = await said(request, Shown)
        return _answer(await _who_decides(people).approve(fix, who, body.digest))

    @routes.post("/fixes/{fix}/reject")
    async def reject(request: Request, fix: FixId, who: approver) -> JSONResponse:
        body = await said(request, Why)
        return _answer(await _who_decides(people).reject(fix, who, body.why))

    @routes.post("/fixes/{fix}/revert")
    async def revert(request: Request, fix: FixId, who: approver) -> JSONResponse:
        body = await said(request, Why)
        return _answer(await _who_decides(people).revert(fix, who, body.why))

    @routes.post("/fixes/{fix}/extend")
    async def extend(request: Request, fix: FixId, who: approver) -> JSONResponse:
        body = await said(request, Longer)
        longer = timedelta(minutes=body.minutes)
        return _answer(await _who_decides(people).extend(fix, who, longer, body.extended))


def _who_decides(people: People | None) -> People:
    if people is None:
        raise Problem(HTTPStatus.CONFLICT, NOT_HERE, Refusal.MODE)
    return people


_STATUS: Final[Mapping[Decided, HTTPStatus]] = MappingProxyType(
    {
        Decided.NO_SUCH_FIX: HTTPStatus.NOT_FOUND,
        Decided.TOO_LATE: HTTPStatus.CONFLICT,
        Decided.CHANGED: HTTPStatus.CONFLICT,
        Decided.REFUSED: HTTPStatus.CONFLICT,
    }
)


def _answer(decision: Decision) -> JSONResponse:
    """The fix as it is now; a problem, with the fix in it, where the decision changed nothing."""
    now_it_is = {"fix": fix_view(decision.fix)} if decision.fix else {}
    if decision.decided is not Decided.DONE:
        raise Problem(_STATUS[decision.decided], decision.words, decision.decided, more=now_it_is)
    return JSONResponse(now_it_is)


def _mode(people: People | None) -> str | None:
    return people.parts.limits().mode if people else None


def _breaker(stands: Breaker) -> dict[str, Any]:
    decided = stands.by != ""
    return {
        "paused": stands.open,
        "why": stands.why,
        "by": stands.by,
        "since": moment(stands.changed_at) if decided else None,
    }
