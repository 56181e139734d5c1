"""Programs that tests, benches and the demo run: each in a session of its own, ended with all it started.

A Ctrl-C at the terminal reaches only us, and we end them, however our own block ends.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from responder.testing.loopback import loopback_client

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 8.0
POLL_SECONDS: Final = 0.05
ASK_SECONDS: Final = 1.0
TAIL_LINES: Final = 15

Answers = Callable[[], Awaitable[bool]]
"""Whether a program answers as it does once it is ready."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs, or ran, and the log of all it said."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    async def ready(self, answers: Answers, *, every: float = POLL_SECONDS) -> bool:
        """Whether it answers before the deadline; False at once if it ends."""
        ended = asyncio.ensure_future(self.process.wait())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(READY_SECONDS):
                    while not ended.done():
                        if await answers():
                            return True
                        await asyncio.wait({ended}, timeout=every)
            return False
        finally:
            ended.cancel()

    async def kill(self) -> None:
        """End it as a lost machine would: at once, and without a word."""
        self._signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self, within: float = STOP_SECONDS) -> None:
        """Ask it to end; after some seconds, or once it has, end what is left of its group by force."""
        if self.process.returncode is None:
            self._signal(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), within)
        await self.kill()

    def _signal(self, reason: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # nobody of the group is left
            os.killpg(self.process.pid, reason)


async def start(command: Sequence[str], log: Path, *, cwd: Path | None = None) -> Program:
    """Start a program; what it says is added to the log."""
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=cwd,
        )
    return Program(process, log)


def succeeds(url: str) -> Answers:
    """Whether a GET of this address is answered with a success."""

    async def answers() -> bool:
        try:
            async with loopback_client(timeout=ASK_SECONDS) as http:
                return (await http.get(url)).is_success
        except httpx.HTTPError:
            return False

    return answers
