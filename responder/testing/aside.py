"""Serves in a thread with a loop of its own: for tests that have a browser, which takes the test's loop."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager
from threading import Event
from typing import Final

PATIENCE: Final = 30.0
"""Seconds that it may take to start, and to stop."""


@contextmanager
def aside(serve: Callable[[], AbstractAsyncContextManager[str]]) -> Iterator[str]:
    """Serve until the block is left; the address is what `serve` gives.

    Raises:
        Exception: whatever kept it from starting.
    """
    address: Future[str] = Future()
    done = Event()

    async def run() -> None:
        async with serve() as url:
            address.set_result(url)
            await asyncio.to_thread(done.wait)

    def ended(running: Future[None]) -> None:
        if not address.done():
            address.set_exception(running.exception() or RuntimeError("it ended"))

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(asyncio.run, run())
        running.add_done_callback(ended)
        try:
            yield address.result(PATIENCE)
        finally:
            done.set()
            running.result(PATIENCE)
