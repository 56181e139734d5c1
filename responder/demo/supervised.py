"""A process that is watched: started, followed, stopped, and begun anew."""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from responder.domain.clock import Clock

LOG_LINES: Final = 50
LINE_LIMIT: Final = 500
LINE_BYTES: Final = 4 * LINE_LIMIT
READ_AT_ONCE: Final = 64 * 1024
STOP_SECONDS: Final = 5.0

log = logging.getLogger("supervisor")


class RestartState(StrEnum):
    """How far a restart is."""

    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Restart:
    """The last restart that was ordered."""

    requested_at: datetime
    requested_by: str
    reason: str
    incident: str | None
    state: RestartState = RestartState.UNDER_WAY

    def as_json(self) -> dict[str, Any]:
        return {
            "requested_at": self.requested_at.isoformat(),
            "requested_by": self.requested_by,
            "reason": self.reason,
            "incident": self.incident,
            "state": self.state.value,
        }


class Supervisor:
    """Watches one process.

    Args:
        command: what to run; its output is kept, the last lines of it.
        now: the real clock.
        fresh: what is added to the command of every process but the first.
        stop_seconds: how long a process may take to end when it is asked to.
    """

    def __init__(
        self,
        command: Sequence[str],
        now: Clock,
        fresh: Sequence[str] = (),
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._command = tuple(command)
        self._fresh = tuple(fresh)
        self._stop_seconds = stop_seconds
        self._now = now
        self._process: Process | None = None
        self._watch: asyncio.Task[int] | None = None
        self._started_at: datetime | None = None
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._restart: Restart | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Begin a process, unless one is running."""
        async with self._starting:
            if self.running:
                return
            extra = () if self._process is None else self._fresh
            self._process = await asyncio.create_subprocess_exec(
                *self._command, *extra, stdout=PIPE, stderr=STDOUT, start_new_session=True
            )
            self._started_at = self._now()
            self._watch = asyncio.create_task(self._follow(self._process))

    async def _follow(self, process: Process) -> int:
        """Keep what it says, until it has ended; answer its exit code."""
        if process.stdout is not None:
            async for line in _lines(process.stdout):
                self._log.append(line.decode(errors="replace").rstrip()[:LINE_LIMIT])
        return await process.wait()

    async def ended(self) -> int | None:
        """Wait until the process has ended and all it said is kept; None if there never was one."""
        return None if self._watch is None else await self._watch

    async def stop(self) -> None:
        """Ask the process to end, and make it end if it doesn't."""
        if self._process is None or self._watch is None:
            return
        if self.running:
            self._process.terminate()
        done, _ = await asyncio.wait((self._watch,), timeout=self._stop_seconds)
        if not done:  # whatever it started must go as well: it holds on to the output
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._watch

    def restart(self, *, by: str, reason: str, incident: str | None) -> None:
        """Begin to end the process and to start another; while that lasts, another order is the same one."""
        if self._restarting is not None and not self._restarting.done():
            return
        self._restart = Restart(self._now(), by, reason, incident)
        log.warning("restart ordered by %s: %r", by, reason)
        self._restarting = asyncio.create_task(self._carry_out(self._restart))

    async def restarted(self) -> None:
        """Wait for the end of the restart that is under way, if there is one."""
        if self._restarting is not None:
            await self._restarting

    async def _carry_out(self, restart: Restart) -> None:
        try:
            await self.stop()
            await self.start()
        except OSError as error:
            self._log.append(f"cannot start: {error}"[:LINE_LIMIT])
            restart.state = RestartState.FAILED
        else:
            restart.state = RestartState.DONE

    def as_json(self) -> dict[str, Any]:
        """How the process is doing."""
        process = self._process
        return {
            "running": self.running,
            "pid": None if process is None else process.pid,
            "started_at": None if self._started_at is None else self._started_at.isoformat(),
            "exit_code": None if process is None else process.returncode,
            "log": list(self._log),
            "restart": None if self._restart is None else self._restart.as_json(),
        }


async def _lines(output: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines, each cut where it is too long to be kept: what is said must be taken, whatever it is."""
    begun = b""
    while said := await output.read(READ_AT_ONCE):
        *whole, begun = (begun + said).split(b"\n")
        for line in whole:
            yield line
        begun = begun[:LINE_BYTES]
    if begun:
        yield begun
