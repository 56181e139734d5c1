"""Socket Mode: what people do comes over a connection that we open, so Slack needs not reach us.

The library keeps the connection and opens another when Slack closes it. What comes is the same as by HTTP,
without a signature: that it is Slack's is known by whom we connected to.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_bolt import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from responder import metrics
from responder.clients.slack_answers import LOOPBACK
from responder.clients.slack_session import slack_session
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.hiding import without_tokens
from responder.log import Action, get_logger
from responder.slackbot import payload
from responder.slackbot.seen import Seen

AGAIN: Final = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds until the next try to open the first connection; the last one repeats."""
OPENED_WITHIN: Final = 30.0
"""Seconds until Slack says where to connect, and until it connects."""
PING: Final = 5.0
"""Seconds between two signs of life; without any for four times that the connection is opened anew."""
SENT_AGAIN_WITHIN: Final = timedelta(minutes=10)

App = Callable[[dict[str, Any]], Awaitable[BoltResponse]]

log = get_logger()


def _said(error: Exception) -> str:
    """In words, without the address, for that of a connection has a ticket in it, and without our token."""
    if isinstance(error, aiohttp.ClientResponseError):
        return without_tokens(f"status {error.status}: {error.message}")[:300]
    return without_tokens(str(error))[:300]


class _Connection(SocketModeClient):
    """The library's; it opens one connection, not two, where Slack says that it closes and does so."""

    def __init__(self, app_token: str, web_client: AsyncWebClient, ping_interval: float) -> None:
        super().__init__(app_token, web_client=web_client, ping_interval=ping_interval)
        self._opening = asyncio.Lock()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's
        """What came over the first of the two would be lost when the second takes its place."""
        replaced = self.current_session
        async with self._opening:
            if self.current_session is replaced:
                await super().connect_to_new_endpoint(force)


class Socket:
    """One connection.

    Args:
        app_token: the app's own token (`xapp-…`).
        api_url: where Slack's Web API is.
        app: answers what came, taken apart.
        clock: what time it is.
    """

    def __init__(self, app_token: str, api_url: str, app: App, clock: Clock) -> None:
        self._token, self._api_url = app_token, api_url
        self._app = app
        self._clock = clock
        self._seen = Seen(SENT_AGAIN_WITHIN)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep it open; while Slack can't be reached this tries on, and nobody waits for it."""
        client = await self._client()
        connecting = asyncio.create_task(self._connect(client))
        try:
            yield
        finally:
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting
            await client.close()  # type: ignore[no-untyped-call] # the library has no types for it

    async def _client(self) -> SocketModeClient:
        session = slack_session(OPENED_WITHIN)
        web = AsyncWebClient(self._token, self._api_url, session=session, retry_handlers=[])
        client = _Connection(self._token, web_client=web, ping_interval=PING)
        await client.aiohttp_client_session.close()  # its own follows redirects
        client.aiohttp_client_session = session
        if urlsplit(self._api_url).hostname in LOOPBACK:
            web.proxy = client.proxy = None  # taken from the environment, even for this machine
        client.socket_mode_request_listeners.append(self._came)
        return client

    async def _connect(self, client: SocketModeClient) -> None:
        failures = 0
        while True:
            try:
                await client.connect()  # type: ignore[no-untyped-call] # likewise
            except (AdapterError, SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning(Action.SLACK_NOT_CONNECTED, error=_said(error))
            else:
                return
            await asyncio.sleep(AGAIN[min(failures, len(AGAIN) - 1)])
            failures += 1

    async def _came(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Answer one envelope. Without an answer Slack tells whoever did it that it failed."""
        if not self._seen.is_new(request.envelope_id, self._clock()):
            metrics.SLACK_REQUESTS.labels("replayed").inc()
            await self._answered(client, request, None)
            return
        try:
            read = payload.cut_down(request.payload)
        except ValueError:
            metrics.SLACK_REQUESTS.labels("malformed").inc()
            log.warning(Action.SLACK_REFUSED, reason="malformed")
            await self._answered(client, request, None)  # it would be no better the next time
            return
        answer = await self._app(read)
        good = answer.status < HTTPStatus.BAD_REQUEST
        metrics.SLACK_REQUESTS.labels("taken" if good else "not_taken").inc()
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._seen.forget(request.envelope_id)
            return
        await self._answered(client, request, json.loads(answer.body) if good and answer.body else None)

    async def _answered(
        self, client: AsyncBaseSocketModeClient, request: SocketModeRequest, said: dict[str, Any] | None
    ) -> None:
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, said))
