"""How the server's process runs: its signals, its event loop and its socket."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, NoReturn

import uvicorn
import uvloop
from starlette.types import ASGIApp

from responder.domain.errors import ConfigError, Problem
from responder.engine.reloading import Configuration
from responder.settings import Server

GRACE_SECONDS: Final = 3


def run_until_stopped(server: Coroutine[Any, Any, None]) -> None:
    """Run it on a loop of its own; being told to stop is no failure."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, _stopped)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server)


def _stopped(*_: object) -> NoReturn:
    """Uvicorn stops in good order first, then lets us have the signal."""
    raise SystemExit(0)


def reload_on_hangup(configuration: Configuration) -> None:
    """Have SIGHUP reload what can change while the server runs."""
    under_way: set[asyncio.Task[None]] = set()

    async def reload() -> None:
        with suppress(ConfigError):  # log and gauges say so
            await configuration.reload("SIGHUP")

    def asked() -> None:
        task = asyncio.create_task(reload())
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked)


async def listen(server: Server, app: ASGIApp) -> None:
    """Serve the application until told to stop.

    Raises:
        ConfigError: the address is taken.
    """
    config = uvicorn.Config(
        app,
        host=server.host,
        port=server.port,
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        await uvicorn.Server(config).serve()
    except SystemExit as error:  # how uvicorn says that it could not bind
        if error.code:
            message = f"{server.host}:{server.port} can't be listened on: is something else running there?"
            raise ConfigError([Problem("server", 0, "server.port", message)]) from error
        raise
