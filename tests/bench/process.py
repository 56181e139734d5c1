"""A process under observation: when it was ready, what it takes of a core, and what it keeps in memory."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from responder.testing.processes import start
from tests.bench.wire import connected

LOOK_SECONDS: Final = 0.005
STOP_SECONDS: Final = 20.0
OK: Final = 200


class BenchFailed(Exception):  # noqa: N818 - reads as what it is
    """Something the bench needs did not work."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A process that runs and listens on a port of 127.0.0.1."""

    pid: int
    port: int
    ready_after: float
    """Seconds from its start to its first good answer."""

    def cpu_seconds(self) -> float:
        """What it has used so far, in user and system mode, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Resident memory now, in MB of a million bytes."""
        return self._status_mb("VmRSS") or 0

    def peak_mb(self) -> float:
        """The most it ever took, likewise; what it takes now where the system doesn't say."""
        return self._status_mb("VmHWM") or self.resident_mb()

    def _status_mb(self, name: str) -> float | None:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"^{name}:\s*(\d+) kB", status, re.MULTILINE)
        return int(found[1]) * 1024 / 1e6 if found else None

    async def share_of_a_core(self, seconds: float) -> float:
        """What it uses in the next so many seconds, in percent of one core."""
        loop = asyncio.get_running_loop()
        before, begun = self.cpu_seconds(), loop.time()
        await asyncio.sleep(seconds)  # what is measured is this very time
        return 100 * (self.cpu_seconds() - before) / (loop.time() - begun)


@asynccontextmanager
async def watched(
    name: str, arguments: Sequence[str], port: int, *, folder: Path, ready: str = "/-/ready"
) -> AsyncIterator[Watched]:
    """Run `python …` until the block is left, in a process group of its own.

    Raises:
        BenchFailed: it ended or did not get ready.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    program = await start([sys.executable, *arguments], folder / f"{name}.log")
    try:
        if not await program.ready(partial(_answers, port, ready), every=LOOK_SECONDS):
            raise BenchFailed(f"{name} did not get ready; its log ends:\n{program.tail()}")
        yield Watched(program.pid, port, loop.time() - begun)
    finally:
        await program.stop(STOP_SECONDS)


async def _answers(port: int, path: str) -> bool:
    try:
        async with connected(port) as connection:
            status, _ = await connection.get(path)
    except (OSError, asyncio.IncompleteReadError):
        return False
    return status == OK
