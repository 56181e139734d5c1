"""Waits for what happens in other processes, by looking."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import httpx

POLL_SECONDS: Final = 0.2

T = TypeVar("T")


class NotSeenError(Exception):
    """Something the audience waits for did not happen in time."""


async def seen(what: str, look: Callable[[], Awaitable[T | None]], within: float) -> T:
    """Look until it is there, for at most so many seconds. A part that doesn't answer is asked again.

    Raises:
        NotSeenError: it was not there in time.
    """
    unanswered: httpx.HTTPError | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    if (found := await look()) is not None:
                        return found
                except httpx.HTTPError as error:
                    unanswered = error
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        why = f" ({unanswered!r})" if unanswered else ""
        raise NotSeenError(f"{what}: not seen within {within:.0f} s{why}") from error
