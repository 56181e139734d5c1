"""Whether it lives, whether it can take anything in, and its metrics; open to all, as Prometheus's own."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from responder.metrics import REGISTRY

BOTH: Final = ["GET", "HEAD"]
WaitingFor = Callable[[], str]
"""What is still waited for; empty when it can take things in."""


def router(waiting_for: WaitingFor, before_metrics: Callable[[], Awaitable[None]]) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.api_route("/-/healthy", methods=BOTH)
    async def healthy() -> PlainTextResponse:
        return PlainTextResponse("healthy\n")

    @routes.api_route("/-/ready", methods=BOTH)
    async def ready() -> PlainTextResponse:
        missing = waiting_for()
        if missing:
            return PlainTextResponse(f"waiting for {missing}\n", HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("ready\n")

    @routes.get("/metrics")
    async def metrics() -> Response:
        await before_metrics()
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return routes
