"""The API that reads incidents, list and one; the doctor's round trip; how it stands with the watchdog."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from responder.domain.access import May
from responder.domain.incident import Incident, IncidentState
from responder.engine.reading import Reading
from responder.web.access import Access
from responder.web.cursors import cursor_of, place_of
from responder.web.named import IncidentId
from responder.web.problem import not_found
from responder.web.views import details, moment, summary

Limit = Annotated[int, Query(ge=1, le=200)]


def router(reading: Reading, access: Access) -> APIRouter:
    """The routes under `/api/v1`."""
    routes = APIRouter(prefix="/api/v1", dependencies=[Depends(access.needs(May.READ))])

    @routes.get("/incidents")
    async def incidents(
        status: IncidentState | None = None,
        alert: str | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> JSONResponse:
        after = place_of(cursor) if cursor else None
        page = await reading.page(state=status, alert_name=alert, after=after, limit=limit)
        return JSONResponse(_page(page.incidents, page.after))

    @routes.get("/incidents/{incident}")
    async def one(incident: IncidentId) -> JSONResponse:
        found = await reading.one(incident)
        if found is None:
            raise not_found(f"incident {incident[:40]}")
        return JSONResponse(details(found))

    @routes.get("/round-trips/{nonce}")
    async def round_trip(nonce: str) -> JSONResponse:
        arrived = await reading.round_trip(nonce)
        if arrived is None:
            raise not_found("round trip of this nonce yet")
        return JSONResponse({"received_at": moment(arrived.received_at), "status": arrived.status})

    @routes.get("/watchdog")
    async def watchdog() -> JSONResponse:
        watch = await reading.watchdog()
        heard, lost = watch.heard_at, watch.lost_at
        return JSONResponse(
            {
                "expected": watch.expected,
                "heard_at": moment(heard) if heard else None,
                "lost_at": moment(lost) if lost else None,
            }
        )

    return routes


def _page(incidents: Sequence[Incident], after: tuple[datetime, str] | None) -> dict[str, Any]:
    return {
        "incidents": [summary(incident) for incident in incidents],
        "cursor": cursor_of(after) if after else None,
    }
