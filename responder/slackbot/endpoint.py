"""`POST /slack/events`: everything that Slack sends, signed. Malformed is 400 or 401, never 500."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from responder import metrics
from responder.domain.errors import BadInput
from responder.log import Action, get_logger
from responder.slackbot import payload
from responder.slackbot.approvers import Approvers
from responder.slackbot.asks import Asks
from responder.slackbot.deciding import Deciding
from responder.slackbot.guard import REFUSED, Guard, Verdict
from responder.slackbot.parts import SlackParts

if TYPE_CHECKING:
    from slack_bolt import BoltResponse

PATH: Final = "/slack/events"
MAX_BODY: Final = 1024 * 1024
"""Bytes. Slack's largest payloads, with a whole message in them, are a tenth of it."""

App = Callable[[dict[str, Any]], Awaitable[Response]]
"""Answers what was sent, taken apart."""
Answer = Callable[[dict[str, Any]], Awaitable["BoltResponse"]]
"""The same, as the library has it."""
Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]

log = get_logger()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The endpoint; without an app nothing is taken in."""

    guard: Guard
    app: App | None

    async def __call__(self, request: Request) -> Response:
        body = await _body(request)
        verdict = self.guard.judge(request.headers, body) if self.app else Verdict.NOT_CONFIGURED
        if verdict is Verdict.REPLAYED:
            _count(verdict)
            return Response()
        if self.app is None or verdict is not Verdict.GENUINE:
            raise _refused(verdict)
        answer = await self._handed_on(self.app, request, body)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.guard.forget(request.headers)  # nothing was done: Slack may send it again
        return answer

    async def _handed_on(self, app: App, request: Request, body: bytes) -> Response:
        try:
            read = payload.read(request.headers.get("content-type", ""), body)
        except BadInput as error:
            _count(error.reason)
            log.warning(Action.SLACK_REFUSED, reason=error.reason)
            raise
        answer = await app(read)
        _count("taken" if answer.status_code < HTTPStatus.BAD_REQUEST else "not_taken")
        return answer


def router(parts: SlackParts) -> APIRouter:
    """The route. It is there also where Slack isn't configured, and says so.

    With an app token it keeps a connection to Slack while the server runs.
    """
    app = _app(parts)
    routes = APIRouter(lifespan=_listening(parts, app) if app and parts.app_token else None)
    endpoint = Endpoint(Guard(parts.secret, parts.clock), _by_http(app) if app and parts.secret() else None)
    routes.add_route(PATH, endpoint.__call__, methods=["POST"])
    return routes


def _app(parts: SlackParts) -> Answer | None:
    """The app, where Slack is configured: only there the library, which is large, is loaded."""
    if parts.slack is None or not (parts.secret() or parts.app_token):
        return None
    from responder.slackbot.ask_handlers import AskHandlers  # noqa: PLC0415 - see above
    from responder.slackbot.bolt import answering  # noqa: PLC0415 - see above
    from responder.slackbot.handlers import Handlers  # noqa: PLC0415 - see above
    from responder.slackbot.replies import Replies  # noqa: PLC0415 - see above
    from responder.slackbot.slash import SlashCommands  # noqa: PLC0415 - see above

    approvers = Approvers(parts.approvers, parts.slack.members, parts.clock)
    deciding, asks = Deciding(parts.people, approvers), Asks(parts.incidents, approvers)
    replies = Replies(parts.slack)
    handlers, ask_handlers = Handlers(replies, deciding, parts.clock), AskHandlers(replies, asks)
    if parts.commanding is None:
        return answering(parts.slack, handlers, ask_handlers)
    commands = SlashCommands(replies, parts.commanding, deciding, asks, parts.clock)
    return answering(parts.slack, handlers, ask_handlers, commands)


def _by_http(app: Answer) -> App:
    from slack_bolt.adapter.starlette.async_handler import to_starlette_response  # noqa: PLC0415 - see above

    async def answer(read: dict[str, Any]) -> Response:
        return to_starlette_response(await app(read))

    return answer


def _listening(parts: SlackParts, app: Answer) -> Lifespan:
    from responder.slackbot.socket import Socket  # noqa: PLC0415 - see above

    socket = Socket(parts.app_token or "", parts.api_url, app, parts.clock)
    return lambda _: socket.open()


async def _body(request: Request) -> bytes:
    """The body.

    Raises:
        HTTPException: 413; it is not read to its end.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            _count("too_large")
            message = f"the body is larger than {MAX_BODY} bytes"
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, {"Connection": "close"})
    return bytes(body)


def _refused(verdict: Verdict) -> HTTPException:
    _count(verdict)
    log.warning(Action.SLACK_REFUSED, reason=verdict)
    return HTTPException(HTTPStatus.UNAUTHORIZED, REFUSED[verdict])


def _count(outcome: str) -> None:
    metrics.SLACK_REQUESTS.labels(outcome).inc()
