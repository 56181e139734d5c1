"""Run a playbook now, by request: answers the report, changes nothing."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from responder.domain.access import May
from responder.domain.notice import Notice
from responder.playbook.codec import report_to_json
from responder.playbook.model import Playbooks
from responder.web.access import Access

Diagnose = Callable[[str, Mapping[str, str]], Awaitable[Notice]]


class Ask(BaseModel):
    """Which alert's playbook, and for which labels."""

    model_config = ConfigDict(extra="forbid")

    alert: Annotated[str, Field(min_length=1, max_length=200)]
    labels: Annotated[dict[str, Annotated[str, Field(max_length=1000)]], Field(max_length=50)] = {}


def router(diagnose: Diagnose, playbooks: Callable[[], Playbooks], access: Access) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", dependencies=[Depends(access.needs(May.READ))])

    @routes.post("/diagnose")
    async def run(ask: Ask) -> JSONResponse:
        notice = await diagnose(ask.alert, ask.labels)
        return JSONResponse(json.loads(report_to_json(notice.report)) if notice.report else None)

    @routes.get("/playbooks")
    async def loaded() -> JSONResponse:
        found = [
            {
                "alert": one.alert,
                "title": one.title,
                "severity": one.severity,
                "category": one.category,
                "variables": list(one.variables),
                "version": one.version,
            }
            for one in playbooks().values()
        ]
        return JSONResponse({"playbooks": found})

    return routes
