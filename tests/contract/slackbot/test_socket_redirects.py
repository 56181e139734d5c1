"""Socket Mode goes nowhere but where it was sent: a token and what people do must not travel elsewhere."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from slack_bolt import BoltResponse

from responder.slackbot.socket import Socket
from responder.testing.clock import ManualClock
from responder.testing.slack.model import APP_TOKEN

SOON = 20.0
LIBRARY = logging.getLogger("slack_sdk.socket_mode.aiohttp")


@dataclass
class Place:
    """A server that is asked for anything, and answers all of it alike."""

    location: str = ""
    """Where it sends those who ask; empty: it knows nothing."""
    opens: str = ""
    """Where it says that a connection is to be opened."""
    asked: list[str] = field(default_factory=list)
    url: str = ""
    twice: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Place"]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if len(self.asked) > 1:
            self.twice.set()
        if self.opens and request.path.startswith("/api/"):
            return web.json_response({"ok": True, "url": self.opens})
        if self.location:
            return web.Response(status=307, headers={"Location": f"{self.location}{request.path}"})
        return web.json_response({"ok": False, "error": "unknown_method"})


class Heard(logging.Handler):
    """Says when the library said that it could not connect."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.failed = asyncio.Event()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        self.failed.set()


async def nobody(_: dict[str, Any]) -> BoltResponse:
    raise AssertionError("nothing can have come")


async def test_no_redirect_is_followed_to_the_question_where_to_connect() -> None:
    """It is tried again where it was configured, for as long as it takes."""
    async with (
        Place().serving() as elsewhere,
        Place(location=elsewhere.url).serving() as slack,
        Socket(APP_TOKEN, f"{slack.url}/api", nobody, ManualClock()).open(),
        asyncio.timeout(SOON),
    ):
        await slack.twice.wait()
    assert elsewhere.asked == []
    assert set(slack.asked) == {"/api/apps.connections.open"}


async def test_nor_one_of_the_connection_itself(caplog: pytest.LogCaptureFixture) -> None:
    heard = Heard()
    LIBRARY.addHandler(heard)
    try:
        async with Place().serving() as elsewhere, Place(location=elsewhere.url).serving() as slack:
            slack.opens = f"{slack.url.replace('http', 'ws')}/a-ticket"
            socket = Socket(APP_TOKEN, f"{slack.url}/api", nobody, ManualClock())
            async with socket.open(), asyncio.timeout(SOON):
                await heard.failed.wait()
    finally:
        LIBRARY.removeHandler(heard)
    assert slack.asked == ["/api/apps.connections.open", "/a-ticket"]
    assert elsewhere.asked == []
    assert "redirects elsewhere" in heard.said[0]
    assert "a-ticket" not in caplog.text
