"""Run a playbook now, by request: answers the report, changes nothing."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from responder.domain.access import May
from responder.domain.errors import BadInput
from responder.domain.notice import Notice
from responder.playbook.codec import report_to_json
from responder.web.access import Access
from responder.web.body import read_body
from responder.web.payload import mistakes

Diagnose = Callable[[str, Mapping[str, str]], Awaitable[Notice]]


class Ask(BaseModel):
    """Which alert's playbook, and for which labels."""

    model_config = ConfigDict(extra="forbid")

    alert: Annotated[str, Field(min_length=1, max_length=200)]
    labels: Annotated[dict[str, Annotated[str, Field(max_length=1000)]], Field(max_length=50)] = {}


async def _asked(request: Request) -> Ask:
    """What the body asks.

    Raises:
        Problem: 413.
        BadInput: it asks for nothing that we know.
    """
    body = await read_body(request)
    try:
        return Ask.model_validate_json(body)
    except ValidationError as error:
        raise BadInput("wrong_shape", mistakes(error)) from error


def router(diagnose: Diagnose, access: Access) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", dependencies=[Depends(access.needs(May.READ))])

    @routes.post("/diagnose")
    async def run(request: Request) -> JSONResponse:
        ask = await _asked(request)
        notice = await diagnose(ask.alert, ask.labels)
        return JSONResponse(json.loads(report_to_json(notice.report)) if notice.report else None)

    return routes
