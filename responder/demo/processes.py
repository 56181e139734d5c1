"""Processes of the demo: started in groups of their own, stopped with all they started, whatever happens."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 8.0
POLL_SECONDS: Final = 0.05
TAIL_LINES: Final = 12


class DemoFailed(Exception):  # noqa: N818 - reads as what it is
    """A part of the demo did not work; the text says which and shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that runs."""

    process: asyncio.subprocess.Process
    log: Path

    async def kill(self) -> None:
        """End it as a lost machine would: at once, and without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def running(name: str, arguments: Sequence[str], *, folder: Path, ready: str) -> AsyncIterator[Running]:
    """Run `python …` until the block is left. It is ready when `ready`, an address, answers with a success.

    Raises:
        DemoFailed: it ended or did not get ready.
    """
    log = folder / f"{name}.log"
    process = await _started(arguments, log, folder)
    try:
        await _get_ready(name, process, log, ready)
        yield Running(process, log)
    finally:
        await _stop(process)


async def finished(name: str, arguments: Sequence[str], *, folder: Path) -> None:
    """Run `python …` to its end.

    Raises:
        DemoFailed: it did not end well.
    """
    log = folder / f"{name}.log"
    process = await _started(arguments, log, folder)
    try:
        if await process.wait():
            raise DemoFailed(f"{name} failed; its log ends:\n{tail(log)}")
    finally:
        await _stop(process)


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


async def _started(arguments: Sequence[str], log: Path, folder: Path) -> asyncio.subprocess.Process:
    """In a session of its own: a Ctrl-C reaches only us, and we end it with all it started."""
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=folder,
        )


async def _get_ready(name: str, process: asyncio.subprocess.Process, log: Path, address: str) -> None:
    ended = asyncio.ensure_future(process.wait())
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(trust_env=False) as http:
                while not ended.done():
                    if await _answers(http, address):
                        return
                    await asyncio.wait({ended}, timeout=POLL_SECONDS)
    finally:
        ended.cancel()
    raise DemoFailed(f"{name} did not get ready; its log ends:\n{tail(log)}")


async def _answers(http: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await http.get(address)).is_success
    except httpx.TransportError:
        return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask it to end; after some seconds, or once it has, end what is left of its group by force."""
    if process.returncode is None:
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: asyncio.subprocess.Process, reason: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, reason)
