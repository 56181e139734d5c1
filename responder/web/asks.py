"""What people ask of an incident by the API: investigate again, take, silence or no longer, false alarm."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final, Self

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator

from responder.domain.access import May
from responder.domain.asked import LONGEST_SILENCE, SHORTEST_SILENCE
from responder.domain.durations import parse_duration
from responder.engine.asking import Asking, Heard, Reply
from responder.web.access import Access
from responder.web.named import IncidentId
from responder.web.problem import Problem
from responder.web.said import MOST_TEXT, Body, said
from responder.web.views import summary

MINUTE: Final = 60_000
LONGEST_WRITTEN: Final = 40
"""Characters of a duration."""
LONGER: Final = (LONGEST_SILENCE + SHORTEST_SILENCE).total_seconds() * 1000
"""Milliseconds of a silence that is too long: as good as any longer one."""


class Muted(Body):
    """For how long, and why: so many minutes, or a duration such as `2h` or `1h30m`."""

    minutes: Annotated[float, Field(allow_inf_nan=False)] | None = None
    duration: Annotated[str, Field(max_length=LONGEST_WRITTEN)] | None = None
    reason: Annotated[str, Field(max_length=MOST_TEXT)] = ""

    @model_validator(mode="after")
    def _lasts_well(self) -> Self:
        if (self.minutes is None) == (self.duration is None):
            raise ValueError("give either minutes or duration")
        if not SHORTEST_SILENCE <= self.lasts <= LONGEST_SILENCE:
            raise ValueError(f"a silence lasts from 1 minute to {LONGEST_SILENCE.days} days")
        return self

    @property
    def lasts(self) -> timedelta:
        asked = self.minutes * MINUTE if self.minutes is not None else parse_duration(self.duration or "")
        return timedelta(milliseconds=min(max(asked, 0), LONGER))


class Wrong(Body):
    """Why nothing was wrong."""

    reason: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


def router(asking: Asking, access: Access) -> APIRouter:
    """The routes under `/api/v1/incidents`; each answers the incident as it is then."""
    routes = APIRouter(prefix="/api/v1/incidents/{incident}")
    approver = Annotated[str, Depends(access.needs(May.APPROVE))]

    @routes.post("/investigate")
    async def investigate(incident: IncidentId, who: approver) -> JSONResponse:
        return _answer(incident, await asking.investigate(incident, who))

    @routes.post("/take")
    async def take(incident: IncidentId, who: approver) -> JSONResponse:
        return _answer(incident, await asking.take(incident, who))

    @routes.post("/silence")
    async def silence(request: Request, incident: IncidentId, who: approver) -> JSONResponse:
        muted = await said(request, Muted)
        return _answer(incident, await asking.silence(incident, who, muted.lasts, muted.reason))

    @routes.delete("/silence")
    async def unsilence(incident: IncidentId, who: approver) -> JSONResponse:
        return _answer(incident, await asking.unsilence(incident, who))

    @routes.post("/false-alarm")
    async def false_alarm(request: Request, incident: IncidentId, who: approver) -> JSONResponse:
        wrong = await said(request, Wrong)
        return _answer(incident, await asking.false_alarm(incident, who, wrong.reason))

    return routes


_STATUS: Final[Mapping[Heard, HTTPStatus]] = MappingProxyType(
    {
        Heard.NO_SUCH_INCIDENT: HTTPStatus.NOT_FOUND,
        Heard.TOO_LATE: HTTPStatus.CONFLICT,
        Heard.REFUSED: HTTPStatus.CONFLICT,
    }
)


def _answer(wanted: str, reply: Reply) -> JSONResponse:
    """The incident as it is then; a problem where nothing was done."""
    if reply.heard is not Heard.DONE or reply.incident is None:
        now_it_is = {"incident": summary(reply.incident)} if reply.incident else {}
        words = f"incident {wanted}: {reply.words}"
        raise Problem(_STATUS[reply.heard], words, reply.heard, more=now_it_is)
    return JSONResponse(summary(reply.incident), HTTPStatus.ACCEPTED)
