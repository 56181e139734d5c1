"""Starting and stopping in threads of their own."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def apart(call: Callable[[], T]) -> T:
    """Run what waits off the event loop, in a thread of its own.

    The loop's own threads are the durable engine's while it works, and may be gone at any moment of a stop.
    The end of the process waits for none of these: one may wait for a database that is away.
    """
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()  # before the thread: whoever gives up waiting can't take it back

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            outcome.set_exception(error)

    threading.Thread(target=run, name="apart", daemon=True).start()
    return await asyncio.wrap_future(outcome)
