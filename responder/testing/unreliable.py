"""A way to a far side on which things go wrong at random; the same seed makes the same plan.

    async with unreliable_way(port, seed="7/slack") as way:
        ...  # speak to 127.0.0.1:way.port
        way.calm = True  # from now on all goes well

What goes wrong is decided request by request, in their order: with the first ones everything once, so that
nothing is left to luck, then now and then something. It fits everything where one side asks and the other
answers: HTTP, and PostgreSQL's protocol without what is HTTP's own.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CHUNK: Final = 64 * 1024
DELAYS: Final = (0.0, 1.5)
"""Seconds that a delay may take."""
SHARE: Final = 0.15
"""The share of requests with which something goes wrong."""
WELL: Final = 1
"""So many of the first requests go well for each thing that goes wrong with one of them."""


class Wrong(StrEnum):
    """What goes wrong with a request."""

    DELAY = "delay"
    RESET = "reset"
    """The connection is reset; the far side never hears of the request."""
    LOST = "lost"
    """The far side does what is asked; its answer is lost."""
    HALF = "half"
    """The far side does what is asked; its answer breaks off."""
    TOO_MANY = "429"
    BROKEN = "500"


EVERYWHERE: Final = (Wrong.DELAY, Wrong.RESET, Wrong.LOST, Wrong.HALF)
HTTP: Final = (*Wrong,)
_ANSWERS: Final = {
    Wrong.TOO_MANY: b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n",
    Wrong.BROKEN: b"HTTP/1.1 500 Internal Server Error\r\n",
}
_END: Final = b"Content-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class _Talk:
    """One connection: whose turn it is, and what becomes of the answer."""

    answered: bool = True
    meets: Wrong | None = None


@dataclass(slots=True)
class Way:
    """What leads to a port of 127.0.0.1.

    Args:
        target: that port.
        plan: what each request meets that is made while it is not calm, and how long a delay takes.
        wrong: what may go wrong.
    """

    target: int
    plan: Iterator[tuple[Wrong | None, float]]
    wrong: Sequence[Wrong]
    port: int = 0
    calm: bool = False
    met: Counter[Wrong] = field(default_factory=Counter)
    """How often what went wrong."""

    @property
    def unmet(self) -> set[Wrong]:
        """What may go wrong, and never did."""
        return set(self.wrong) - set(self.met)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, until one side ends it or something goes wrong."""
        talk = _Talk()
        far: asyncio.StreamWriter | None = None
        with suppress(OSError):
            answers, far = await asyncio.open_connection("127.0.0.1", self.target)
            there = asyncio.create_task(self._there(talk, reader, writer, far))
            back = asyncio.create_task(_back(talk, answers, writer))
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        for side in (writer, far):
            if side is not None:
                side.close()

    async def _there(
        self,
        talk: _Talk,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far: asyncio.StreamWriter,
    ) -> None:
        while asked := await reader.read(CHUNK):
            if talk.answered:
                talk.answered, talk.meets = False, None
                wrong, delay = self._planned()
                if wrong is Wrong.DELAY:
                    await asyncio.sleep(delay)
                elif wrong is Wrong.RESET:
                    return _reset(writer)
                elif wrong in _ANSWERS:
                    writer.write(_ANSWERS[wrong] + _END)
                    return await writer.drain()
                else:
                    talk.meets = wrong
            far.write(asked)
            await far.drain()
        return None

    def _planned(self) -> tuple[Wrong | None, float]:
        wrong, delay = (None, 0.0) if self.calm else next(self.plan)
        if wrong is not None:
            self.met[wrong] += 1
        return wrong, delay


@asynccontextmanager
async def unreliable_way(
    target: int, *, seed: str, wrong: Sequence[Wrong] = HTTP, share: float = SHARE
) -> AsyncIterator[Way]:
    """One that leads to that port of 127.0.0.1, on a free port of its own."""
    way = Way(target, _plan(random.Random(seed), wrong, share), wrong)  # noqa: S311 - no secret
    server = await asyncio.start_server(way.serve, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    async with server:
        yield way


def _plan(
    chance: random.Random, wrong: Sequence[Wrong], share: float
) -> Iterator[tuple[Wrong | None, float]]:
    first = [*wrong, *[None] * (WELL * len(wrong))]
    chance.shuffle(first)
    for one in first:
        yield one, chance.uniform(*DELAYS)
    while True:
        drawn, one = chance.random(), chance.choice(wrong)
        yield one if drawn < share else None, chance.uniform(*DELAYS)


async def _back(talk: _Talk, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while answer := await answers.read(CHUNK):
        talk.answered = True
        if talk.meets is Wrong.LOST:
            return _reset(writer)
        if talk.meets is Wrong.HALF:
            writer.write(answer[: len(answer) // 2])
            return await writer.drain()
        writer.write(answer)
        await writer.drain()
    return None


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a machine does that is gone."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
