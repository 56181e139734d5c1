"""One server under load for some seconds, as a load generator in a process of its own sees it."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from responder.testing.free_port import free_port
from tests.bench.alerts import PATH
from tests.bench.kept import Kept, must_hold
from tests.bench.options import Options
from tests.bench.process import BenchFailed, Watched, watched
from tests.bench.site import Site, responder

CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Loaded:
    """What it could take."""

    a_second: float
    """Requests."""
    p99: float
    """Milliseconds of an answer."""
    cpu: float
    """Milliseconds of a core a request: what is left of the difference when others load the machine."""
    peak: float
    """Megabytes, the most at any moment."""
    requests: int
    """All that were answered."""


async def bare(options: Options, folder: Path, *, alerts: int = 1) -> Loaded:
    """The endpoint that all is held against."""
    port = free_port()
    arguments = ["-m", "tests.bench.bare", "--port", str(port), "--database", str(folder / "bare.db")]
    async with watched("bare", arguments, port, folder=folder) as process:
        return await load(process, "/", options.load_seconds, alerts=alerts)


async def ours(options: Options, site: Site, *, alerts: int = 1) -> Loaded:
    """The whole responder. Every alert that it accepted must be in an incident, and be kept.

    Raises:
        BenchFailed: something is not.
    """
    async with responder(site) as process:
        loaded = await load(process, PATH, options.load_seconds, alerts=alerts)
        await must_hold(site, Kept(incidents=loaded.requests, alerts=loaded.requests * alerts))
        return loaded


async def load(loaded: Watched, path: str, seconds: float, *, alerts: int = 1) -> Loaded:
    """Notifications over 16 connections, each an incident of its own with so many alerts.

    Raises:
        BenchFailed: the load generator got an answer it did not wish for.
    """
    wanted = ["--port", str(loaded.port), "--path", path, "--seconds", str(seconds)]
    wanted += ["--connections", str(CONNECTIONS), "--alerts", str(alerts)]
    before = loaded.cpu_seconds()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load", *wanted),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        raise BenchFailed(f"the load generator failed: {errors.decode(errors='replace')[-1000:]}")
    answer = json.loads(output)
    cpu = 1000 * (loaded.cpu_seconds() - before) / answer["requests"]
    a_second = answer["requests"] / answer["seconds"]
    return Loaded(a_second, answer["p99"], cpu, loaded.peak_mb(), answer["requests"])
