"""Socket Mode: an app opens a connection, and what people do comes over it in envelopes that it must answer.

The connections have a port of their own on loopback: the stand-in's server itself speaks no WebSocket.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web
from fastapi import APIRouter

LOOPBACK: Final = "127.0.0.1"
CONNECTIONS_MOST: Final = 10


@dataclass
class Sockets:
    """The connections that an app has open; an envelope goes to one of them."""

    address: str = ""
    """Where connections are taken; empty until it is served."""
    envelopes: list[Mapping[str, Any]] = field(default_factory=list)
    """Everything that was sent, the newest last."""
    _tickets: set[str] = field(default_factory=set)
    _connections: list[web.WebSocketResponse] = field(default_factory=list)
    _waiting: dict[str, "asyncio.Future[Mapping[str, Any]]"] = field(default_factory=dict)
    connected: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def open(self) -> bool:
        """Whether there is a connection."""
        return bool(self._connections)

    @property
    def full(self) -> bool:
        return len(self._connections) >= CONNECTIONS_MOST

    def ticket(self) -> str:
        """A new address, good for one connection."""
        name = secrets.token_urlsafe(16)
        self._tickets.add(name)
        return f"{self.address}/{name}"

    async def send(self, kind: str, payload: Mapping[str, Any], within: float) -> Mapping[str, Any] | None:
        """Send an envelope; what the app answered, None: nothing in time."""
        envelope = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": True,
        }
        self.envelopes.append(envelope)
        return await self.deliver(envelope, within)

    async def deliver(self, envelope: Mapping[str, Any], within: float) -> Mapping[str, Any] | None:
        """Send an envelope that may have been sent before."""
        answered: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = answered
        try:
            async with asyncio.timeout(within):
                await secrets.choice(self._connections).send_json(envelope)
                return await answered
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(envelope["envelope_id"], None)

    async def drop(self) -> None:
        """Close every connection, as Slack does now and then."""
        self.connected.clear()
        for connection in tuple(self._connections):
            await connection.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await connection.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Take connections."""
        app = web.Application()
        app.router.add_get("/{ticket}", self._connect)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        self.address = f"ws://{LOOPBACK}:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            for connection in tuple(self._connections):
                await connection.close()
            await runner.cleanup()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["ticket"] not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(request.match_info["ticket"])
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        await connection.send_json({"type": "hello", "num_connections": len(self._connections) + 1})
        self._connections.append(connection)
        self.connected.set()
        try:
            async for message in connection:
                if message.type is WSMsgType.TEXT:
                    self._take(json.loads(message.data))
        finally:
            self._connections.remove(connection)
        return connection

    def _take(self, answer: Mapping[str, Any]) -> None:
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})


def sockets_router(sockets: Sockets) -> APIRouter:
    """Takes connections while the stand-in is served."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with sockets.serving():
            yield

    return APIRouter(lifespan=lifespan)
