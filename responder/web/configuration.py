"""The configuration in use: which playbooks, and `POST /-/reload` as Prometheus has it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from responder.domain.access import May
from responder.domain.errors import ConfigError
from responder.domain.marks import Tally
from responder.engine.reading import Reading
from responder.engine.reloading import Configuration, InUse
from responder.playbook.model import Playbook
from responder.web.access import Access
from responder.web.problem import Problem
from responder.web.views import moment


def router(configuration: Configuration, reading: Reading, access: Access) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    admin = Annotated[str, Depends(access.needs(May.ADMIN))]

    @routes.post("/-/reload")
    async def reload(who: admin) -> JSONResponse:
        try:
            loaded = await configuration.reload(who)
        except ConfigError as error:
            raise _refused(error, configuration.in_use) from error
        return JSONResponse(
            {
                "playbooks": len(loaded.playbooks),
                "loaded_at": moment(loaded.loaded_at),
                "waits_for_restart": list(loaded.waits_for_restart),
            }
        )

    @routes.get("/api/v1/playbooks", dependencies=[Depends(access.needs(May.READ))])
    async def loaded() -> JSONResponse:
        return JSONResponse(dict(_listed(configuration.in_use, await reading.tallies())))

    return routes


def _refused(error: ConfigError, in_use: InUse) -> Problem:
    """Every mistake, for people in `detail` and for machines in `problems`."""
    detail = f"{error}\nstill in use: the set loaded at {moment(in_use.loaded_at)}"
    problems = [asdict(problem) for problem in error.problems]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, "configuration", more={"problems": problems})


def _listed(in_use: InUse, tallies: Mapping[str, Tally]) -> Iterator[tuple[str, Any]]:
    yield "loaded_at", moment(in_use.loaded_at)
    yield "playbooks", [_view(one, tallies.get(one.alert, Tally())) for one in in_use.playbooks.values()]


def _view(playbook: Playbook, tally: Tally) -> dict[str, Any]:
    return {
        "alert": playbook.alert,
        "title": playbook.title,
        "severity": playbook.severity,
        "category": playbook.category,
        "variables": list(playbook.variables),
        "version": playbook.version,
        "incidents": tally.incidents,
        "false_alarms": tally.false_alarms,
        "causes": [
            {"id": one.id, "title": one.title, "likelihood": one.likelihood} for one in playbook.causes
        ],
        "fixes": [{"id": one.id, "title": one.title, "answers": list(one.answers)} for one in playbook.fixes],
    }
