"""A client that costs next to nothing: one connection, one request at a time, no more of HTTP than that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection to 127.0.0.1."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send JSON; status and body of the answer."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        return await self._exchange(head, body)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        return await self._exchange(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"")

    async def _exchange(self, head: str, body: bytes) -> tuple[int, bytes]:
        self.writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = (line.partition(": ") for line in answer.splitlines()[1:])
        length = next(value for name, _, value in lines if name.lower() == "content-length")
        return int(answer.split(" ", 2)[1]), await self.reader.readexactly(int(length))


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection to that port of 127.0.0.1.

    Raises:
        OSError: nobody listens there.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
