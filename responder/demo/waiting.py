"""Waits for what happens in other processes, by looking."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

POLL_SECONDS: Final = 0.2

T = TypeVar("T")


class NotSeenError(Exception):
    """Something the audience waits for did not happen in time."""


async def seen(what: str, look: Callable[[], Awaitable[T | None]], within: float) -> T:
    """Look until it is there, for at most so many seconds.

    Raises:
        NotSeenError: it was not there in time.
    """
    try:
        async with asyncio.timeout(within):
            while (found := await look()) is None:  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise NotSeenError(f"{what}: not seen within {within:.0f} s") from error
    return found
