"""Slack waits 3 seconds for its answer: work that takes longer goes on after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

ACK_WITHIN: Final = 2.0
"""Seconds: what isn't done by then is done after Slack got its answer, for which it waits 3 s."""

T = TypeVar("T")


async def in_time(ack: Callable[[], Awaitable[Any]], work: Awaitable[T], within: float = ACK_WITHIN) -> T:
    """Have it done, then answer Slack; but answer in time whatever it takes."""
    doing = asyncio.ensure_future(work)
    await asyncio.wait({doing}, timeout=within)
    await ack()
    return await doing
