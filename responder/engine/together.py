"""Changes that wait at the same time are made in one transaction: one write to the disk for all of them.

What a durable transaction costs on SQLite is the disk's sync, however little stands in it, and one is written
at a time. As with notifications nothing is waited for: while one transaction is under way others come.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
W = TypeVar("W")

Change = Callable[[W], T]
MakeAll = Callable[[Sequence[Change[W, Any]]], Awaitable[Sequence[Any]]]
"""Makes changes in one transaction; what each answered, or the exception that it ended in."""

BATCH: Final = 16
"""Changes in one transaction, at most: whoever takes notifications in must not wait long for their turn."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[W]):
    change: Change[W, Any]
    made: "asyncio.Future[Any]"


@dataclass(slots=True)
class Together(Generic[W]):
    """Gathers changes. Everything here happens on one event loop, except `make_all`'s own work."""

    make_all: MakeAll[W]
    _waiting: deque[_Waiting[W]] = field(default_factory=deque)
    _draining: asyncio.Task[None] | None = None

    async def make(self, change: Change[W, T]) -> T:
        """What the change answered, once it is committed.

        Raises:
            Exception: what the change, or its transaction, ended in; nothing of it was kept.
        """
        loop = asyncio.get_running_loop()
        waiting: _Waiting[W] = _Waiting(change, loop.create_future())
        self._waiting.append(waiting)
        if self._draining is None:
            self._draining = loop.create_task(self._drain())
        made: T = await waiting.made
        return made

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                for waiting, answer in zip(batch, await self._made(batch), strict=True):
                    _settle(waiting.made, answer)
        finally:
            self._draining = None

    async def _made(self, batch: Sequence[_Waiting[W]]) -> Sequence[Any]:
        try:
            return await self.make_all([waiting.change for waiting in batch])
        except Exception as error:  # noqa: BLE001 - the border of the task: whoever waits must hear of it
            return [error] * len(batch)


def _settle(made: "asyncio.Future[Any]", answer: object) -> None:
    if made.done():
        return  # whoever waited was cancelled
    if isinstance(answer, Exception):
        made.set_exception(answer)
    else:
        made.set_result(answer)
