"""Durable intake against a bare endpoint, in turns: 16 connections, every notification a new incident.

The responder is the whole one, with the settings it comes with: so many new incidents are a storm to it, of
which it investigates the worst and tells in a summary. The same with storms switched off, where each incident
is ordered to be investigated, is measured beside it. Prometheus is a stand-in and people are told in the log,
so that the two cores are the responder's and the load generator's.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from responder.testing.prometheus import prometheus_stand_in
from responder.testing.servers import free_port
from tests.bench.alerts import PATH
from tests.bench.figures import Figure, Holds, Target
from tests.bench.options import Options
from tests.bench.playbooks import write_five_diagnostics
from tests.bench.process import BenchFailed, Watched, watched
from tests.bench.site import CALM, Site, responder

LIMIT: Final = 0.4
CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one side could take."""

    a_second: float
    p99: float
    cpu: float
    """Milliseconds of a core a request: what is left of the difference when others load the machine."""


async def bench(options: Options, folder: Path) -> list[Figure]:
    """Each turn has a process and a database of its own."""
    playbooks = write_five_diagnostics(folder / "intake-five")
    bare, ours, calm = [], [], []
    async with prometheus_stand_in() as prometheus:
        for number in range(options.rounds):
            place = folder / f"intake-{number}"
            place.mkdir()
            bare.append(await _bare(options, place))
            site = Site(folder=place, prometheus=prometheus.url, playbooks=playbooks)
            ours.append(await _ours(options, site))
            (place / "calm").mkdir()
            calm.append(await _ours(options, replace(site, folder=place / "calm", storm=CALM)))
    return _figures(bare, ours, calm)


async def _bare(options: Options, folder: Path) -> Loaded:
    port = free_port()
    arguments = ["-m", "tests.bench.bare", "--port", str(port), "--database", str(folder / "bare.db")]
    async with watched("bare", arguments, port, folder=folder) as process:
        return await _load(process, "/", options.load_seconds)


async def _ours(options: Options, site: Site) -> Loaded:
    async with responder(site) as process:
        return await _load(process, PATH, options.load_seconds)


async def _load(loaded: Watched, path: str, seconds: float) -> Loaded:
    """A load generator in a process of its own.

    Raises:
        BenchFailed: it got an answer it did not wish for.
    """
    wanted = ["--port", str(loaded.port), "--path", path, "--seconds", str(seconds)]
    wanted += ["--connections", str(CONNECTIONS)]
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
    return Loaded(answer["requests"] / answer["seconds"], answer["p99"], cpu)


def _shares(ours: Sequence[Loaded], bare: Sequence[Loaded]) -> list[float]:
    return [one.a_second / other.a_second for one, other in zip(ours, bare, strict=True)]


def _figures(bare: Sequence[Loaded], ours: Sequence[Loaded], calm: Sequence[Loaded]) -> list[Figure]:
    wanted = Target(limit=LIMIT, at_least=True, holds=Holds.EVERYWHERE)
    return [
        Figure(
            name="durable intake, share of the bare endpoint's",
            unit="",
            rounds=_shares(ours, bare),
            target=wanted,
        ),
        Figure(name="durable intake", unit="requests/s", rounds=[one.a_second for one in ours]),
        Figure(name="durable intake, p99 of an answer", unit="ms", rounds=[one.p99 for one in ours]),
        Figure(name="durable intake, CPU a request", unit="ms", rounds=[one.cpu for one in ours]),
        Figure(name="each incident ordered: share", unit="", rounds=_shares(calm, bare), target=wanted),
        Figure(name="each incident ordered", unit="requests/s", rounds=[one.a_second for one in calm]),
        Figure(name="each incident ordered, p99", unit="ms", rounds=[one.p99 for one in calm]),
        Figure(name="each incident ordered, CPU a request", unit="ms", rounds=[one.cpu for one in calm]),
        Figure(name="bare endpoint", unit="requests/s", rounds=[one.a_second for one in bare]),
        Figure(name="bare endpoint, p99 of an answer", unit="ms", rounds=[one.p99 for one in bare]),
        Figure(name="bare endpoint, CPU a request", unit="ms", rounds=[one.cpu for one in bare]),
    ]
