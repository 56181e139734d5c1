"""Chores come by the loop's clock: in turn, one at a time, and whatever became of the last one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from responder.domain.errors import Busy
from responder.engine.housekeeping import Every, Housekeeping

SOON = timedelta(milliseconds=10)


class Leading:
    """A replica that leads, or not."""

    def __init__(self, *, leads: bool) -> None:
        self.leads = leads
        self.beats = asyncio.Semaphore(0)

    async def look_after(self) -> None:
        self.beats.release()


@asynccontextmanager
async def running(
    chore: Callable[[], Awaitable[object]], *, leads: bool = True, shared: bool = True
) -> AsyncIterator[Leading]:
    replica: Any = Leading(leads=leads)
    housekeeping = Housekeeping(replica, SOON, (Every("chore", SOON, chore, shared=shared),))
    housekeeping.start()
    try:
        yield replica
    finally:
        housekeeping.stop()


@pytest.mark.parametrize("error", [Busy("locked"), ValueError("a mistake of ours")])
async def test_after_a_turn_that_failed_comes_the_next(error: Exception) -> None:
    turns = asyncio.Semaphore(0)

    async def fails() -> None:
        turns.release()
        raise error

    async with running(fails), asyncio.timeout(30):
        for _ in range(3):
            await turns.acquire()


async def test_a_turn_that_takes_long_is_not_begun_twice_and_delays_no_heartbeat() -> None:
    under_way, hold = 0, asyncio.Event()

    async def takes_long() -> None:
        nonlocal under_way
        under_way += 1
        await hold.wait()

    async with running(takes_long) as replica, asyncio.timeout(30):
        for _ in range(5):
            await replica.beats.acquire()
        assert under_way == 1


@pytest.mark.parametrize(
    ("leads", "shared", "done"), [(True, True, True), (False, True, False), (False, False, True)]
)
async def test_what_is_shared_is_done_by_the_leading_replica_only(
    *, leads: bool, shared: bool, done: bool
) -> None:
    turns = 0

    async def counts() -> None:
        nonlocal turns
        turns += 1

    async with running(counts, leads=leads, shared=shared) as replica, asyncio.timeout(30):
        for _ in range(5):
            await replica.beats.acquire()
    assert bool(turns) is done
