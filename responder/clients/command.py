"""Runs a configured command: no shell, little environment, a time limit, and bounded output.

It gets a session of its own, so that a command that takes too long is ended with all it started. What it
leaves running when it ends in time is none of our business: a restart does that.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from responder.domain.errors import Effect, Reason, Refused

SYSTEM: Final = "The restart command"
ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
)
"""All that it gets of an environment: no token of ours is in it. `env NAME=value …` adds to it."""
KEPT: Final = 64 * 1024
"""Bytes of its output that are kept, the last ones; the rest is read and thrown away."""
LINE: Final = 200
"""Characters of its last line that people are told."""
FLUSH: Final = 1.0
"""Seconds for the rest of its output to arrive once it has ended: whom it started may hold on to it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its exit code, negative for a signal, and the last line that it said."""

    code: int
    last_line: str


async def run(command: Sequence[str], *, within: float) -> Ran:
    """Run it and wait for its end, at most so many seconds.

    Raises:
        Refused: it can't be started (nothing happened), or it did not end in time and was killed.
    """
    output = _Output()
    reading, writing = os.pipe()
    pipe = os.fdopen(reading, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: output, pipe)
    try:
        process = await _started(command, writing)
        code = await _ended(process, within)
        with suppress(TimeoutError):
            await asyncio.wait_for(output.over.wait(), FLUSH)
    finally:
        transport.close()
    return Ran(code, output.last_line)


class _Output(asyncio.Protocol):
    """Reads whatever comes, and keeps the end of it."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self.over = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._kept += data
        del self._kept[:-KEPT]

    def connection_lost(self, _: Exception | None) -> None:
        self.over.set()

    @property
    def last_line(self) -> str:
        lines = [line for line in self._kept.decode(errors="replace").splitlines() if line.strip()]
        return "".join(filter(str.isprintable, lines[-1].strip()))[:LINE] if lines else ""


async def _started(command: Sequence[str], output: int) -> asyncio.subprocess.Process:
    """Start it; `output`, a file descriptor, is its own from then on."""
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Refused(SYSTEM, Reason.NOT_CONFIGURED, str(error), effect=Effect.NONE) from error
    finally:
        os.close(output)


async def _ended(process: asyncio.subprocess.Process, within: float) -> int:
    try:
        async with asyncio.timeout(within):
            return await process.wait()
    except TimeoutError as error:
        said = f"it did not end within {within:g} s and was killed"
        raise Refused(SYSTEM, Reason.TIMEOUT, said) from error
    finally:
        if process.returncode is None:  # too late, or whoever waited was interrupted
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
