"""Looks up the names of far sides, each in a thread of its own, so that one that hangs delays no other.

The loop looks up few at a time, all in the same threads, and a lookup can't be broken off: where some names
get no answer for half a minute, every other one would wait as long. The session that asks looks up one name
once at a time and remembers the answer for a while, so there are never many of these threads.
"""

import asyncio
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

Infos = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]]


class Names(AbstractResolver):
    """The system's own answers."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            OSError: there is no such name, or nobody knows at the moment.
        """
        return [
            ResolveResult(
                hostname=host, host=address[0], port=address[1], family=kind, proto=protocol, flags=NUMERIC
            )
            for kind, _, protocol, _, address in await _looked_up(host, port, family)
        ]

    async def close(self) -> None:
        """Nothing is kept."""


async def _looked_up(host: str, port: int, family: socket.AddressFamily) -> Infos:
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Infos] = loop.create_future()

    def settle(infos: Infos, error: OSError | None) -> None:
        if found.done():
            return
        if error is None:
            found.set_result(infos)
        else:
            found.set_exception(error)

    def look_up() -> None:
        infos: Infos = ()
        failed = None
        try:
            infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        except OSError as error:
            failed = error
        except UnicodeError as error:  # a part of it is empty or too long
            failed = socket.gaierror(socket.EAI_NONAME, str(error))
        with suppress(RuntimeError):  # the loop is gone: nobody waits any longer
            loop.call_soon_threadsafe(settle, infos, failed)

    # A pool's threads would have to be waited for at the end of the process.
    threading.Thread(target=look_up, name="names", daemon=True).start()
    return await found
