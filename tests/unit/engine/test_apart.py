"""What starts and stops needs no threads of the loop's."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from responder.engine.apart import apart

HANGS: Final = """
import asyncio, threading
from responder.engine.apart import apart

async def main():
    waits = asyncio.create_task(apart(threading.Event().wait))
    await asyncio.sleep(0)
    waits.cancel()

asyncio.run(main())
"""


async def test_it_runs_though_the_threads_of_the_loop_are_gone() -> None:
    gone = ThreadPoolExecutor(1)
    gone.shutdown()
    asyncio.get_running_loop().set_default_executor(gone)
    with pytest.raises(RuntimeError):
        await asyncio.to_thread(int)
    assert await apart(lambda: 7) == 7
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))


async def test_what_it_raises_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await apart(lambda: 1 // 0)


async def test_who_gives_up_before_it_has_begun_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: threads.append(thread))  # noqa: PLW0108 - a method
    waits = asyncio.create_task(apart(lambda: 7))
    await asyncio.sleep(0)
    waits.cancel()
    await asyncio.wait([waits])
    (thread,) = threads
    thread.run()


def test_the_end_of_the_process_does_not_wait_for_what_hangs() -> None:
    """A database that is away may be waited for in there, for as long as it is."""
    subprocess.run([sys.executable, "-c", HANGS], check=True, timeout=60)  # noqa: S603 - our own words
