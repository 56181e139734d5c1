"""`/api/<method>`: who calls, how often, what shall go wrong, and then the method itself."""

import json
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.types import Receive, Scope, Send

from responder.testing.slack.arguments import Arguments, read_arguments
from responder.testing.slack.faults import Fault, FaultKind
from responder.testing.slack.methods import METHODS, Answer, Call
from responder.testing.slack.model import SlackError
from responder.testing.slack.more_methods import MORE_METHODS
from responder.testing.slack.workspace import Workspace

APP_METHODS: Final = frozenset({"apps.connections.open"})
"""What takes the app's own token, not its bot's."""
PAGE_OF_A_PROXY: Final = "<html><body><h1>Sign in to continue</h1></body></html>"


class LostResponse(Response):
    """Begins an answer and never ends it: the server drops the connection."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"999")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def api_router(workspace: Workspace) -> APIRouter:
    """The Web API of a workspace."""
    router = APIRouter(prefix="/api")

    @router.api_route("/{method}", methods=["GET", "POST"])
    async def call(method: str, request: Request) -> Response:
        fault = workspace.faults.take(method)
        response, outcome = await _answer(workspace, method, request, fault)
        workspace.note(method, outcome)
        return response

    return router


async def _answer(
    workspace: Workspace, method: str, request: Request, fault: Fault | None
) -> tuple[Response, str]:
    match fault:
        case Fault(kind=FaultKind.HTTP, status=status):
            return Response(status_code=status), f"http_{status}"
        case Fault(kind=FaultKind.REFUSE, error=error):
            return refusal(SlackError(error)), error
        case Fault(kind=FaultKind.RATE_LIMIT, retry_after=seconds):
            return rate_limited(seconds), "ratelimited"
        case Fault(kind=FaultKind.GARBAGE):
            return HTMLResponse(PAGE_OF_A_PROXY), "garbage"
        case Fault(kind=FaultKind.HANG):
            await fault.hold()
    response, outcome = await _obey(workspace, method, request)
    if fault is not None and fault.kind is FaultKind.LOST_ANSWER:
        return LostResponse(), "lost_answer"
    return response, outcome


async def _obey(workspace: Workspace, method: str, request: Request) -> tuple[Response, str]:
    try:
        arguments = await read_arguments(request)
        wait = workspace.pace.too_early(method, arguments.text("channel") or "")
        if wait is not None:
            return rate_limited(wait), "ratelimited"
        answer = perform(workspace, method, arguments, str(request.base_url).rstrip("/"))
    except SlackError as error:
        return refusal(error), error.code
    return JSONResponse({"ok": True, **answer}), "ok"


def perform(workspace: Workspace, method: str, arguments: Arguments, base: str) -> Answer:
    """Do what a call asks for; refuses with `SlackError`."""
    function = METHODS.get(method) or MORE_METHODS.get(method)
    if function is None:
        raise SlackError("unknown_method")
    app = workspace.app_of(arguments.token, by_app_token=method in APP_METHODS)
    return function(Call(workspace, app, arguments, base))


def refusal(error: SlackError) -> Response:
    """Slack refuses with status 200 and says why in the body."""
    body: dict[str, Any] = {"ok": False, "error": error.code}
    if error.details:
        body["errors"] = list(error.details)
        body["response_metadata"] = {"messages": [f"[ERROR] {detail}" for detail in error.details]}
    return JSONResponse(body)


def rate_limited(seconds: int) -> Response:
    """Too many calls: come back in so many seconds."""
    body = json.dumps({"ok": False, "error": "ratelimited"})
    headers = {"Retry-After": str(seconds)}
    return Response(body, status_code=429, headers=headers, media_type="application/json")
