"""An application whose answers to orders go wrong, in front of one that works.

    app = Troubled(control_app(...))
    app.plan(Trouble.LOST_AFTER)

The next order (any method but GET) meets the first trouble that is planned; what is read is read as ever. So
a test sees both what was told and what was done.
"""

import asyncio
from collections import deque
from enum import StrEnum
from typing import Final

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Trouble(StrEnum):
    """What goes wrong, and whether the order is carried out before it does."""

    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    """The connection breaks in the middle of the answer."""
    FAILS_BEFORE = "fails_before"
    FAILS_AFTER = "fails_after"
    """It answers 500."""
    NONSENSE_BEFORE = "nonsense_before"
    NONSENSE_AFTER = "nonsense_after"
    """It answers 200 with a page for people."""
    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    """It doesn't answer until it is let go on; then it answers 503."""

    @property
    def carried_out(self) -> bool:
        """Whether the order takes effect."""
        return self.endswith("_after")


ANSWERS: Final = {
    "fails": JSONResponse({"detail": "something broke"}, 500),
    "nonsense": HTMLResponse("<h1>It works!</h1>"),
    "silent": Response(status_code=503),
}


class Troubled:
    """Goes wrong as planned.

    Args:
        app: what answers otherwise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._planned: deque[Trouble] = deque()
        self.go_on = asyncio.Event()

    def plan(self, *troubles: Trouble) -> None:
        """Let the next orders meet these, one each."""
        self._planned += troubles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application."""
        if scope["type"] != "http" or scope["method"] == "GET" or not self._planned:
            await self._app(scope, receive, send)
            return
        trouble = self._planned.popleft()
        if trouble.carried_out:
            await self._app(scope, receive, _keep_to_itself)
        await self._go_wrong(trouble.partition("_")[0], scope, receive, send)

    async def _go_wrong(self, how: str, scope: Scope, receive: Receive, send: Send) -> None:
        if how == "lost":
            # uvicorn closes a connection on which less was said than announced
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            return
        if how == "silent":
            await self.go_on.wait()
        await ANSWERS[how](scope, receive, send)


async def _keep_to_itself(_: Message) -> None:
    """What would have been answered."""
