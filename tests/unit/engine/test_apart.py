"""What starts and stops needs no threads of the loop's."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from responder.engine.apart import apart


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
