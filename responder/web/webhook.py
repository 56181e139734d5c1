"""`POST /webhooks/alertmanager`: answers 2xx only once what was sent can't be lost any more.

Alertmanager sends again on 5xx and network errors only, and drops what gets a 4xx: what may work later is
answered 503.
"""

import asyncio
import json
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from responder import metrics
from responder.domain.alert import Notification
from responder.domain.clock import Clock
from responder.domain.errors import BadInput, Busy
from responder.domain.texts import keepable
from responder.engine.take_in import Taken
from responder.log import Action, get_logger
from responder.web.access import is_one_of, unauthorized
from responder.web.payload import read
from responder.web.problem import EXPECTED, UNFORESEEN, Problem, answer_to

PATH: Final = "/webhooks/alertmanager"
MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes."""
LARGE: Final = 128 * 1024
"""Bytes; larger bodies are read off the event loop."""

READ_ON: Final = 4
"""What is too large is read on, and dropped, up to so many times the limit: whoever is cut off while sending
doesn't see the answer, and sends again."""
BEGINNING: Final = 4096
"""Bytes."""
_RECEIVER: Final = re.compile(rb'"receiver"\s*:\s*("(?:[^"\\]|\\.)*")')

log = get_logger()


class TakesIn(Protocol):
    """Keeps notifications, and those that were rejected."""

    async def accept(self, notification: Notification) -> Taken: ...

    async def reject(self, reason: str, message: str, body: bytes) -> None: ...

    async def hear_of(self, receiver: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """The endpoint.

    Args:
        intake: where notifications are kept.
        clock: what time it is.
        tokens: who may send; none: everybody.
        max_body: bytes.
    """

    intake: TakesIn
    clock: Clock
    tokens: Collection[str] = ()
    max_body: int = MAX_BODY

    async def take(self, request: Request) -> ASGIApp:
        """Take one notification in, and say what became of it.

        Raises:
            Problem: it is not taken in, and never will be.
            BadInput: likewise; it can't be understood.
            Busy: it must be sent again.
            ClientDisconnect: there is nobody to answer.
        """
        if not is_one_of(self.tokens, request):
            metrics.NOTIFICATIONS.labels("unauthorized").inc()
            raise unauthorized()
        try:
            body = await self._body(request)
        except ClientDisconnect:
            metrics.NOTIFICATIONS.labels("cut_off").inc()
            raise
        notification = await self._read(body)
        try:
            taken = await self.intake.accept(notification)
        except Busy:
            metrics.NOTIFICATIONS.labels("busy").inc()
            raise
        return Accepted(taken)

    async def _body(self, request: Request) -> bytes:
        """The body, as far as it may be read.

        Raises:
            Problem: 413; what it held joins when all is compared with Alertmanager.
            ClientDisconnect: there is nobody to answer.
        """
        said = request.headers.get("content-length", "")
        wanted = BEGINNING if said.isdigit() and int(said) > self.max_body else self.max_body
        body, size = bytearray(), 0
        async for part in request.stream():
            size += len(part)
            if len(body) <= wanted:
                body += part
            if size > self.max_body * READ_ON:
                break
        if size > self.max_body:
            await self._hear_of(bytes(body[:BEGINNING]))
            raise self._too_large()
        return bytes(body)

    async def _hear_of(self, beginning: bytes) -> None:
        """Remember who sent what is too large; Alertmanager writes the receiver first."""
        if found := _RECEIVER.search(beginning):
            with suppress(ValueError):
                await self.intake.hear_of(keepable(json.loads(found[1].decode())))

    async def _read(self, body: bytes) -> Notification:
        now = self.clock()
        try:
            return read(body, now) if len(body) < LARGE else await asyncio.to_thread(read, body, now)
        except BadInput as error:
            metrics.NOTIFICATIONS.labels(error.reason).inc()
            log.warning(Action.NOTIFICATION_REJECTED, reason=error.reason, error=str(error)[:300])
            await self.intake.reject(error.reason, str(error), body)
            raise

    def _too_large(self) -> Problem:
        metrics.NOTIFICATIONS.labels("too_large").inc()
        message = f"the body is larger than {self.max_body} bytes (server.max_body)"
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, "too_large", {"Connection": "close"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """Says what a notification became a part of. The framework's own answer costs more than reading it."""

    taken: Taken

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        said = {"notification_id": self.taken.notification, "incidents": self.taken.incidents}
        body = json.dumps(said, separators=(",", ":")).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": HTTPStatus.ACCEPTED.value, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True, slots=True)
class AtTheDoor:
    """Takes notifications in before the framework looks at them, which costs more than reading them does.

    Everything else is for the application behind.
    """

    app: ASGIApp
    webhook: Webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        try:
            answer: ASGIApp = await self._answer(scope, receive)
        except EXPECTED as error:
            answer = answer_to(error)
        except Exception as error:
            # The border of the server: whoever sent it must hear that it has to be sent again.
            log.exception(Action.NOTIFICATION_REFUSED, exc_info=error)
            answer = answer_to(UNFORESEEN)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        if scope["method"] != "POST":
            message = "notifications come by POST"
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, message, headers={"Allow": "POST"})
        return await self.webhook.take(Request(scope, receive))
