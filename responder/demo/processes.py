"""Processes of the demo: parts of it that are Python programs of ours."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from responder.testing.processes import Program, start, succeeds


class DemoFailed(Exception):  # noqa: N818 - reads as what it is
    """A part of the demo did not work; the text says which and shows the end of its log."""


@asynccontextmanager
async def running(name: str, arguments: Sequence[str], *, folder: Path, ready: str) -> AsyncIterator[Program]:
    """Run `python …` until the block is left. It is ready when `ready`, an address, answers with a success.

    Raises:
        DemoFailed: it ended or did not get ready.
    """
    program = await start([sys.executable, *arguments], folder / f"{name}.log", cwd=folder)
    try:
        if not await program.ready(succeeds(ready)):
            raise DemoFailed(f"{name} did not get ready; its log ends:\n{program.tail()}")
        yield program
    finally:
        await program.stop()


async def finished(name: str, arguments: Sequence[str], *, folder: Path) -> None:
    """Run `python …` to its end.

    Raises:
        DemoFailed: it did not end well.
    """
    program = await start([sys.executable, *arguments], folder / f"{name}.log", cwd=folder)
    try:
        if await program.process.wait():
            raise DemoFailed(f"{name} failed; its log ends:\n{program.tail()}")
    finally:
        await program.stop()
