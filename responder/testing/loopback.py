"""Serves an application of ours on a real port of this machine, in the loop of whoever asks.

async with serving(create_app(workspace)) as url:
    ...  # url is http://127.0.0.1:<port>
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import httpx
import uvicorn
from starlette.types import ASGIApp

LOOPBACK: Final = "127.0.0.1"
GRACE_SECONDS: Final = 1
"""How long answers under way may still take when the block is left."""
READY_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.02
NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody; nobody here speaks TLS, and reading the certificates of the world takes 40 ms a client."""
PATIENCE: Final = 60.0
"""Seconds for an answer, also of a machine that stands still for a while."""
AFRESH: Final = httpx.Limits(max_keepalive_connections=0)
"""A connection that was idle while the machine stood still is closed when the next request comes by it."""


def loopback_client(**options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - httpx's own
    """A client for what runs on this machine; proxies that the environment names are passed by."""
    usual = {"timeout": PATIENCE, "limits": AFRESH, "verify": NO_CERTIFICATES, "trust_env": False}
    return httpx.AsyncClient(**{**usual, **options})


def client_for(url: str, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - likewise
    """The same for an address that was given from outside: it may be one that speaks TLS."""
    if url.lower().startswith("https:"):
        return httpx.AsyncClient(**options, trust_env=False)
    return loopback_client(**options)


@asynccontextmanager
async def serving(app: ASGIApp, *, port: int = 0, host: str = LOOPBACK) -> AsyncIterator[str]:
    """Serve until the block is left; a free port by default. The address has no slash at its end.

    `host` is for containers, whose loopback is nobody's.

    Raises:
        OSError: the port is taken.
        RuntimeError: the application did not start; the log says why.
    """
    listener = _listen(host, port)
    server = _Server(app)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.settled.wait()
        if not server.started:
            raise RuntimeError("the application did not start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop.set()
        await task
        listener.close()


async def until_ready(client: httpx.AsyncClient) -> None:
    """Wait until the responder that this client asks has started: it answers before, and says that it hasn't.

    Raises:
        TimeoutError: it did not, in a minute.
    """
    async with asyncio.timeout(READY_SECONDS):
        while (await client.get("/-/ready")).is_error:  # noqa: ASYNC110 - only it knows
            await asyncio.sleep(LOOK_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket that names its protocol: asyncio sets TCP_NODELAY on no other.

    Without it every answer is 40 ms late, because its body waits for the acknowledgement of its head.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Says when it has started, or failed to; leaves signals to the process it runs in."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app, log_config=None, date_header=False, timeout_graceful_shutdown=GRACE_SECONDS
        )
        super().__init__(config)
        self.settled = asyncio.Event()
        self.stop = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()

    async def main_loop(self) -> None:
        """Ends the moment it is told to; uvicorn's own looks ten times a second."""
        await self.on_tick(0)
        await self.stop.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
