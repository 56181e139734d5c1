"""Stands before a far side that is served here: holds a request, and notes what took effect."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Held(StrEnum):
    """Where it is held."""

    ON_ITS_WAY = "on its way"
    ANSWERED = "answered"
    """It took effect; nobody hears of it."""


@dataclass
class Gate:
    """Stands before a far side: holds the first request that is meant, and notes what took effect."""

    app: ASGIApp
    meant: Callable[[Scope], bool] = lambda _: False
    held: Held = Held.ON_ITS_WAY
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    carried: list[str] = field(default_factory=list)
    """The keys of the orders that took effect."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, answer = [await receive()], list[Message]()
        while body[-1].get("more_body"):
            body.append(await receive())
        hold = self.meant(scope) and not self.reached.is_set()
        if hold and self.held is Held.ON_ITS_WAY:
            await self._hold()
        await self.app(scope, self._again(body), self._keep(answer))
        self._note(scope, answer)
        if hold and self.held is Held.ANSWERED:
            await self._hold()
        for message in answer:
            await send(message)

    async def _hold(self) -> None:
        self.reached.set()
        await self.released.wait()

    def _again(self, body: list[Message]) -> Receive:
        async def receive() -> Message:
            return body.pop(0) if body else {"type": "http.disconnect"}

        return receive

    def _keep(self, answer: list[Message]) -> Send:
        async def send(message: Message) -> None:
            answer.append(message)

        return send

    def _note(self, scope: Scope, answer: list[Message]) -> None:
        head = httpx.Headers(answer[0]["headers"])
        if answer[0]["status"] == httpx.codes.OK and "idempotent-replayed" not in head and key_of(scope):
            self.carried.append(key_of(scope))


def key_of(scope: Scope) -> str:
    """The idempotency key of a request, if it has one."""
    return str(httpx.Headers(scope["headers"]).get("idempotency-key", ""))
