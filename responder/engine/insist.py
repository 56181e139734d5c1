"""While the database is away, what has to be kept is tried again: only this process knows it."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

from responder.domain.errors import Busy

T = TypeVar("T")

INSISTS: Final = 300.0
"""Seconds. Then it is given up, and the sweep has done again what it finds undone."""
INSISTS_EVERY: Final = 1.0


async def insist(keeping: Callable[[], Awaitable[T]]) -> T:
    """What it answers, as soon as the database lets it.

    Raises:
        Busy: the database was away for too long.
    """
    end = monotonic() + INSISTS
    while True:
        try:
            return await keeping()
        except Busy:
            if monotonic() >= end:
                raise
        await asyncio.sleep(INSISTS_EVERY)
