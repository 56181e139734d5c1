"""The slack-bolt app: it finds who handles what, once it is sure that this workspace is ours."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from responder.domain.errors import AdapterError
from responder.render.answers import SHARE
from responder.render.buttons import OTHER
from responder.slackbot import labels
from responder.slackbot.ask_forms import FORMS
from responder.slackbot.ask_handlers import AskHandlers
from responder.slackbot.asks import PRESSED
from responder.slackbot.commands import COMMAND
from responder.slackbot.deciding import ACTS
from responder.slackbot.handlers import Handlers
from responder.slackbot.modal import CALLBACK
from responder.slackbot.parts import Slack
from responder.slackbot.slash import SlashCommands

TEAM_WITHIN: Final = 0.8
"""Seconds that a request waits until Slack says which workspace is ours; its handler takes up to 2 s more."""

Next = Callable[[], Awaitable[BoltResponse]]


def answering(
    slack: Slack, handlers: Handlers, asks: AskHandlers, commands: SlashCommands | None = None
) -> Callable[[dict[str, Any]], Awaitable[BoltResponse]]:
    """The app as a function: what Slack sent, taken apart, to the answer."""
    app = bolt_app(slack, handlers, asks, commands)

    async def answer(read: dict[str, Any]) -> BoltResponse:
        # Parsed already, it is what it would be by a socket.
        return await app.async_dispatch(AsyncBoltRequest(body=read, mode="socket_mode"))

    return answer


def bolt_app(slack: Slack, handlers: Handlers, asks: AskHandlers, commands: SlashCommands | None) -> AsyncApp:
    """The app. Requests reach it proved and parsed, so that those by HTTP and by socket are alike to it."""
    app = AsyncApp(
        name="hypertool-responder",
        client=AsyncWebClient(),  # it asks Slack nothing: our own client does, with our errors and deadlines
        before_authorize=Workspace(slack).only_ours,
        authorize=_authorized,
        request_verification_enabled=False,  # `guard` did: the library's fails on malformed headers
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
    )
    for act in ACTS:
        app.action(act)(handlers.pressed)
    app.action(OTHER)(handlers.opened)
    for act in PRESSED:
        app.action(act)(asks.pressed)
    for form in FORMS:
        app.action(form)(asks.opened)
        app.view(form)(asks.submitted)
    if commands is not None:
        app.command(COMMAND)(commands.asked)
        app.action(SHARE)(commands.shared)
        app.view(labels.CALLBACK)(commands.labelled)
    app.action(re.compile(""))(handlers.unknown)
    app.view(CALLBACK)(handlers.submitted)
    return app


async def _authorized(context: AsyncBoltContext) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=context.enterprise_id, team_id=context.team_id)


@dataclass(slots=True)
class Workspace:
    """Knows which workspace the bot is in; asked once, when the first request comes."""

    slack: Slack
    within: float = TEAM_WITHIN
    _asking: asyncio.Task[str] | None = None

    async def only_ours(
        self,
        context: AsyncBoltContext,
        body: dict[str, Any],
        next: Next,  # noqa: A002 - the library injects by this name
    ) -> BoltResponse:
        """Let through what comes from our workspace; while Slack can't say which that is, nothing."""
        if body.get("type") == "url_verification":
            return await next()
        try:
            async with asyncio.timeout(self.within):
                ours = await asyncio.shield(self._asked())
        except (AdapterError, TimeoutError):
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, body={"error": "unknown_workspace"})
        if context.team_id != ours or _home_of(body.get("user")) not in {"", ours}:
            return BoltResponse(status=HTTPStatus.FORBIDDEN, body={"error": "other_workspace"})
        return await next()

    def _asked(self) -> asyncio.Task[str]:
        """The question, which goes on when a request can't wait for it, and is put anew once it failed."""
        asking = self._asking
        if asking is None or (asking.done() and (asking.cancelled() or asking.exception() is not None)):
            asking = self._asking = asyncio.create_task(self.slack.team_id())
        return asking


def _home_of(user: Mapping[str, str] | None) -> str:
    """Whoever did it may be of another workspace where a channel is shared with that; empty: not said."""
    return user.get("team_id", "") if user else ""
