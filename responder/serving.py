"""How the server's process runs: its signals, its event loop, its socket and its connections."""

import asyncio
import errno
import resource
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, NoReturn

import uvicorn
import uvloop
from starlette.types import ASGIApp

from responder.domain.errors import ConfigError, Problem, Unusable
from responder.engine.reloading import Configuration
from responder.settings import Server
from responder.web.connection import MOST_CONNECTIONS, Connection, cut_overdue

GRACE_SECONDS: Final = 3
TICKS: Final = 10
"""Of uvicorn's, in a second: so often overdue connections are looked for."""
OPEN_FILES: Final = 2 * MOST_CONNECTIONS + 1000
"""Room for all connections, for those to far sides, and for the database."""


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


async def listen(server: Server, app: ASGIApp, in_vain: asyncio.Event) -> None:
    """Serve the application until told to stop, or until it says that it is in vain.

    Raises:
        ConfigError: nobody can listen on this address, or this process may not.
        Unusable: the address is taken, or it was in vain.
    """
    _allow_open_files()
    try:
        await server_of(server, app, in_vain.is_set).serve()
    except SystemExit as error:  # how uvicorn says that it could not bind
        if error.code:
            raise _not_listening(server, error.__context__) from error
        raise
    if in_vain.is_set():
        raise Unusable("the responder could not be started: the log says why")


def _not_listening(server: Server, cause: BaseException | None) -> ConfigError | Unusable:
    """A port that is taken is free again some time, and an address may come; what is a mistake stays one."""
    address = f"{server.host}:{server.port} can't be listened on"
    match cause:
        case PermissionError():
            message = f"{address}: this user may not; take a port from 1024 on"
            return ConfigError([Problem("server", 0, "server.port", message)])
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return Unusable(f"{address}: server.host can't be looked up at the moment")
        case socket.gaierror():
            message = f"{address}: there is no such host"
            return ConfigError([Problem("server", 0, "server.host", message)])
        case OSError(errno=errno.EADDRNOTAVAIL):
            return Unusable(f"{address}: this machine does not have the address server.host")
        case _:
            return Unusable(f"{address}: is something else running there?")


def server_of(server: Server, app: ASGIApp, in_vain: Callable[[], bool] = bool) -> uvicorn.Server:
    """What serves the application, and bounds what clients may hold; it ends by itself once it is in vain."""
    config = uvicorn.Config(
        app,
        host=server.host,
        port=server.port,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return _Server(config, in_vain)


class _Server(uvicorn.Server):
    """Cuts off clients that take too long, and ends once it is in vain."""

    def __init__(self, config: uvicorn.Config, in_vain: Callable[[], bool]) -> None:
        super().__init__(config)
        self._in_vain = in_vain

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS == 0:
            cut_overdue(tuple(self.server_state.connections), asyncio.get_running_loop().time())
        return await super().on_tick(counter) or self._in_vain()


def _allow_open_files() -> None:
    """Many systems allow 1024 files unless they are asked for more; connections are files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
