"""The reference Hypertool's supervisor: a process of its own that knows how its Hypertool is doing.

    python -m responder.demo.supervisor --port 9467 --control-token-file FILE -- <what the Hypertool is
    started with>

`GET /control/v1/process` (bearer token) answers `{running, pid, started_at, exit_code, log}`: the last
lines of the log, and the exit code once it has ended; a negative one is the signal that ended it. It
restarts nothing by itself. `POST /demo/start`, which only the demo has, begins a new one where none is
running.
"""

import argparse
import asyncio
import logging
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI

from responder.domain.clock import Clock, system_clock
from responder.hypertool import PREFIX, ProblemRoute, bearer
from responder.testing.loopback import serving

LOG_LINES: Final = 50
LINE_LIMIT: Final = 500
STOP_SECONDS: Final = 5.0
HYPERTOOL: Final = (sys.executable, "-m", "responder.demo.hypertool")

log = logging.getLogger("supervisor")


class Supervisor:
    """Watches one process.

    Args:
        command: what to run; its output is kept, the last lines of it.
        now: the real clock.
    """

    def __init__(self, command: Sequence[str], now: Clock) -> None:
        self._command = tuple(command)
        self._now = now
        self._process: Process | None = None
        self._watch: asyncio.Task[int] | None = None
        self._started_at: datetime | None = None
        self._log: deque[str] = deque(maxlen=LOG_LINES)

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self, *extra: str) -> None:
        """Begin a process, unless one is running."""
        if self.running:
            return
        self._process = await asyncio.create_subprocess_exec(
            *self._command, *extra, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
        self._started_at = self._now()
        self._watch = asyncio.create_task(self._follow(self._process))

    async def _follow(self, process: Process) -> int:
        """Keep what it says, until it has ended; answer its exit code."""
        if process.stdout is not None:
            async for line in process.stdout:
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
        done, _ = await asyncio.wait((self._watch,), timeout=STOP_SECONDS)
        if not done:
            self._process.kill()
            await self._watch

    def as_json(self) -> dict[str, Any]:
        """How the process is doing."""
        process = self._process
        return {
            "running": self.running,
            "pid": None if process is None else process.pid,
            "started_at": None if self._started_at is None else self._started_at.isoformat(),
            "exit_code": None if process is None else process.returncode,
            "log": list(self._log),
        }


def supervisor_app(supervisor: Supervisor, token: str) -> FastAPI:
    """What the supervisor serves."""
    app = FastAPI(openapi_url=None)
    control = APIRouter(prefix=PREFIX, route_class=ProblemRoute, dependencies=[Depends(bearer(token))])

    @control.get("/process")
    async def process() -> dict[str, Any]:
        return supervisor.as_json()

    @app.post("/demo/start")
    async def start() -> dict[str, Any]:
        await supervisor.start("--fresh")
        return supervisor.as_json()

    app.include_router(control)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; the Hypertool ends with it. Answers the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m responder.demo.supervisor", description="Watches a Hypertool."
    )
    parser.add_argument("--port", type=int, default=9467)
    parser.add_argument("--control-token-file", type=Path, help="without one the control API lets nobody in")
    parser.add_argument("hypertool", nargs="*", help="what the Hypertool is started with, after --")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(_supervise(options))
    except OSError as taken:
        log.error("cannot listen: %s", taken)  # noqa: TRY400 - no bug of ours
        return 1
    return 0


async def _supervise(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stop.set)
    file = options.control_token_file
    token = "" if file is None else file.read_text(encoding="utf-8").strip()
    token_argument = () if file is None else ("--control-token-file", str(file))
    supervisor = Supervisor((*HYPERTOOL, *options.hypertool, *token_argument), system_clock)
    async with serving(supervisor_app(supervisor, token), port=options.port):
        await supervisor.start()
        try:
            await stop.wait()
        finally:
            await supervisor.stop()


if __name__ == "__main__":
    sys.exit(main())
