"""The stand-in as one application: who asks, how often, what shall go wrong, and then the answer itself."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from responder.testing.langfuse import lists
from responder.testing.langfuse.filters import BadQueryError
from responder.testing.langfuse.project import Edition, Project
from responder.testing.slack.api import PAGE_OF_A_PROXY, LostResponse
from responder.testing.slack.faults import Fault, FaultKind

RETRY_AFTER: Final = 60
NOT_YOURS: Final = "Invalid credentials. Confirm that you've configured the correct host."
ONLY_NEWER: Final = "The observations v2 API is only available in a Langfuse v4 write mode."
KINDS: Final = {"span-create": "SPAN", "generation-create": "GENERATION", "event-create": "EVENT"}

List = Callable[[Project, Mapping[str, str]], dict[str, Any]]


class Event(BaseModel):
    """One thing that happened, as a program sends it."""

    id: str
    type: str
    timestamp: str
    body: dict[str, Any]


class Batch(BaseModel):
    """What a program sends at a time."""

    batch: list[Event]


def create_app(project: Project | None = None) -> FastAPI:
    """Langfuse, as far as we and the reference Hypertool speak with it.

    Args:
        project: its state; a test keeps it to add to and to order faults. A fresh one by default.
    """
    project = Project() if project is None else project
    app = FastAPI(title="Stand-in for Langfuse", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.project = project
    app.include_router(_public(project))
    app.include_router(_pages(project))
    return app


def _public(project: Project) -> APIRouter:
    router = APIRouter(prefix="/api/public")

    @router.get("/v2/observations")
    async def newer(request: Request) -> Response:
        return await _answered(project, request, lists.newer, Edition.CLOUD, Edition.EVENTS_ONLY)

    @router.get("/observations")
    async def older(request: Request) -> Response:
        return await _answered(project, request, lists.older, Edition.CLOUD, Edition.SELF_HOSTED)

    @router.get("/traces")
    async def traces(request: Request) -> Response:
        return await _answered(project, request, lists.traces, Edition.CLOUD, Edition.SELF_HOSTED)

    @router.get("/projects")
    async def projects(request: Request) -> Response:
        return await _answered(project, request, lists.projects, *Edition)

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "OK", "version": "3.110.0"}

    @router.post("/ingestion")
    async def ingest(request: Request, sent: Batch) -> Response:
        refusal = await _suffered(project.faults.take(request.url.path))
        return refusal or _unauthorized(project, request) or _taken_in(project, sent)

    return router


async def _answered(project: Project, request: Request, ask: List, *editions: Edition) -> Response:
    project.asked.append(str(request.url).removeprefix(str(request.base_url)))
    fault = project.faults.take(request.url.path)
    if refusal := await _suffered(fault) or _unauthorized(project, request) or _limited(project):
        return refusal
    if project.edition not in editions:
        return _error(404, "LangfuseNotFoundError", ONLY_NEWER)
    try:
        found = ask(project, request.query_params)
    except BadQueryError as error:
        return _error(400, "InvalidRequestError", str(error))
    lost = fault is not None and fault.kind is FaultKind.LOST_ANSWER
    return LostResponse() if lost else JSONResponse(found)


def _pages(project: Project) -> APIRouter:
    """Where links lead, and what the stand-in holds."""
    router = APIRouter()

    @router.get("/project/{_name}/traces/{trace}")
    async def page(_name: str, trace: str, observation: str = "") -> Response:
        found = project.observations.get(observation)
        if found is None or found.get("traceId") != trace:
            return _error(404, "LangfuseNotFoundError", "Trace not found")
        return JSONResponse(found)

    @router.get("/_stand-in/state")
    async def state() -> dict[str, int]:
        return {
            "observations": len(project.observations),
            "traces": len(project.traces),
            "asked": len(project.asked),
        }

    return router


def _taken_in(project: Project, sent: Batch) -> Response:
    """Each event for itself, as the real one does: 207, with what was taken and what was not."""
    successes, errors = [], []
    for event in sent.batch:
        if event.type == "trace-create":
            project.add_trace({"timestamp": event.timestamp, **event.body})
        elif kind := KINDS.get(event.type):
            project.add_observation({"startTime": event.timestamp, **event.body}, kind)
        else:
            errors.append({"id": event.id, "status": 400, "message": "Invalid request data"})
            continue
        successes.append({"id": event.id, "status": 201})
    return JSONResponse({"successes": successes, "errors": errors}, 207)


async def _suffered(fault: Fault | None) -> Response | None:
    match fault:
        case Fault(kind=FaultKind.HTTP, status=status):
            return _error(status, "InternalServerError", "Internal Server Error")
        case Fault(kind=FaultKind.RATE_LIMIT, retry_after=seconds):
            return _too_many(seconds)
        case Fault(kind=FaultKind.GARBAGE):
            return HTMLResponse(PAGE_OF_A_PROXY)
        case Fault(kind=FaultKind.HANG):
            await fault.hold()
    return None


def _unauthorized(project: Project, request: Request) -> Response | None:
    expected = b64encode(f"{project.public_key}:{project.secret_key}".encode()).decode()
    if request.headers.get("authorization") == f"Basic {expected}":
        return None
    return JSONResponse({"message": NOT_YOURS}, 401)


def _limited(project: Project) -> Response | None:
    if project.allowed is None:
        return None
    project.allowed -= 1
    return _too_many(RETRY_AFTER) if project.allowed < 0 else None


def _too_many(seconds: int) -> Response:
    return Response("429 - rate limit exceeded", 429, {"Retry-After": str(seconds)}, media_type="text/plain")


def _error(status: int, name: str, message: str) -> JSONResponse:
    return JSONResponse({"message": message, "error": name}, status)
