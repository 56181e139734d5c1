"""`GET /api/v1/openapi.json`: what there is, what it takes, and what it answers."""

from importlib.metadata import version

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from responder.domain.access import May
from responder.web.access import Access


def router(access: Access) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/api/v1", dependencies=[Depends(access.needs(May.READ))])

    @routes.get("/openapi.json")
    async def described() -> JSONResponse:
        from responder.web.openapi.description import description  # noqa: PLC0415 - large, and seldom asked for

        return JSONResponse(description(version("hypertool-responder")))

    return routes
