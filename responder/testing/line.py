"""A line to a server on this machine that can be cut, or fall silent, as lines do.

with line_to(server.port) as line:
    ...  # connect to line.port
    line.cut()

It is served in a thread of its own, so that it works on while the caller waits.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

LOOPBACK: Final = "127.0.0.1"
CHUNK: Final = 65536
PATIENCE: Final = 10.0
"""Seconds that the thread may take to begin, and to end."""


class Line:
    """Whoever connects to `port` speaks with the server, while the line is whole."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._flows.set()
        self._cut = False
        self._ends: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self._do(self._cut_now)

    def fall_silent(self) -> None:
        """Take everything and pass nothing on, in neither direction; nobody is told."""
        self._do(self._flows.clear)

    def mend(self) -> None:
        """Let it work again; what was said meanwhile on a silent line arrives."""
        self._do(self._mend_now)

    async def serve(self, until: asyncio.Event, ready: Callable[[], None]) -> None:
        """Serve until then; `ready` is called once the port is known."""
        server = await asyncio.start_server(self._connected, LOOPBACK)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await until.wait()
        server.close()
        self._cut_now()

    def run(self, until: asyncio.Event, ready: Callable[[], None]) -> None:
        """The same as the whole life of a thread."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self.serve(until, ready))

    def stop(self, until: asyncio.Event) -> None:
        """Have it end; from any thread."""
        self._loop.call_soon_threadsafe(until.set)

    def _do(self, call: Callable[[], None]) -> None:
        done = threading.Event()

        def do() -> None:
            call()
            done.set()

        self._loop.call_soon_threadsafe(do)
        if not done.wait(PATIENCE):
            raise TimeoutError("the line's thread does not answer")

    def _cut_now(self) -> None:
        self._cut = True
        self._flows.set()
        for end in self._ends:
            end.transport.abort()

    def _mend_now(self) -> None:
        self._cut = False
        self._flows.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target)
            ends = {writer, far_writer}
            self._ends |= ends
            try:
                await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))
            finally:
                self._ends -= ends
                for end in ends:
                    end.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK):
            await self._flows.wait()
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """A line to what listens on this port of this machine, until the block is left."""
    line, until, ready = Line(port), asyncio.Event(), threading.Event()
    thread = threading.Thread(target=line.run, args=(until, ready.set), name="line")
    thread.start()
    try:
        if not ready.wait(PATIENCE):
            raise TimeoutError("the line's thread did not begin")
        yield line
    finally:
        line.stop(until)
        thread.join(PATIENCE)
