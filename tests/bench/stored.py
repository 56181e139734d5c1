"""What costs more with 100,000 incidents stored: intake, list, incident page, reload.

Two responders run at once, one whose database has a single incident and one whose database is full, and are
asked in turns: whatever else loads the machine loads both. What fills the database is a real incident that a
responder told, investigated and ended.
"""

import asyncio
import json
import shutil
import statistics
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from responder.domain.clock import system_clock
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.alerts import PATH, notification, resolved
from tests.bench.figures import Figure, Holds, Target
from tests.bench.filling import fill
from tests.bench.kept import Kept, must_hold
from tests.bench.options import Options
from tests.bench.playbooks import ALERT, write_five_diagnostics
from tests.bench.process import BenchFailed
from tests.bench.site import Site, responder
from tests.bench.wire import Connection, connected

ASKED: Final = 60
"""How often each question is asked of each side, each round."""
SETTLING: Final = 3.0
"""Seconds that each responder is given to do what its first incidents ask of it."""
PATIENCE: Final = 30.0
"""Seconds."""
LOOK_SECONDS: Final = 0.1
COSTS: Final = Target(limit=1.2, holds=Holds.EVERYWHERE)
RESIDENT: Final = Target(limit=300)
READY: Final = Target(limit=2)

Question = Callable[[Connection, str], Awaitable[tuple[int, bytes]]]
"""Asked over a connection, about a stored incident; status and body of the answer."""


async def bench(options: Options, folder: Path) -> list[Figure]:
    """The same two databases serve every round."""
    async with prometheus_stand_in() as prometheus:
        small = Site(
            folder=folder / "small",
            prometheus=prometheus.url,
            playbooks=write_five_diagnostics(folder / "stored-five"),
        )
        small.folder.mkdir()
        incident = await _one_life(small)
        large = replace(small, folder=folder / "large")
        large.folder.mkdir()
        shutil.copy(small.sqlite, large.sqlite)
        fill(large.sqlite, incident, options.stored)
        await must_hold(large, Kept(incidents=options.stored + 1, alerts=options.stored + 1))
        async with (
            responder(small) as one,
            responder(large) as other,
            connected(one.port) as to_one,
            connected(other.port) as to_other,
        ):
            await _round(
                to_one, to_other, incident
            )  # the first incidents are investigated, until it is a storm
            await asyncio.sleep(SETTLING)  # a time that is part of what is measured
            rounds = [await _round(to_one, to_other, incident) for _ in range(options.rounds)]
            peak = other.peak_mb()
    named = f"with {options.stored:,} incidents stored"
    return [
        *(
            Figure(
                name=f"{question} {named}",
                unit="times",
                rounds=[one[question] for one in rounds],
                target=COSTS,
            )
            for question in QUESTIONS
        ),
        Figure(
            name=f"start to ready {named} (one start)", unit="s", rounds=[other.ready_after], target=READY
        ),
        Figure(name=f"most resident {named} (one life)", unit="MB", rounds=[peak], target=RESIDENT),
    ]


async def _one_life(site: Site) -> str:
    """One incident from its first notification until it is over; its id."""
    async with responder(site) as process, connected(process.port) as connection:
        body = notification(ALERT, "stored", [{"persona": "persona"}], system_clock())
        _, answer = await connection.post(PATH, body)
        (incident,) = json.loads(answer)["incidents"]
        await until(connection, incident, "investigated", lambda found: found["report"] is not None)
        await connection.post(PATH, resolved(body, system_clock()))
        await until(connection, incident, "over", lambda found: found["ending"] is not None)
    return str(incident)


async def until(
    connection: Connection, incident: str, what: str, so: Callable[[Mapping[str, Any]], bool]
) -> None:
    """Wait until a stored incident is so.

    Raises:
        BenchFailed: it isn't in time.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                _, body = await connection.get(f"/api/v1/incidents/{incident}")
                if so(json.loads(body)):
                    return
                await asyncio.sleep(LOOK_SECONDS)  # another process works; it has no way to call us
    except TimeoutError:
        raise BenchFailed(f"the incident was not {what} within {PATIENCE:g} s") from None


async def _round(small: Connection, large: Connection, incident: str) -> dict[str, float]:
    """For each question, how many times as long it takes of the large one; by medians."""
    costs = {}
    for name, question in QUESTIONS.items():
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(ASKED):
            for connection, times in zip((small, large), took, strict=True):
                times.append(await _took(connection, question, incident))
        costs[name] = statistics.median(took[1]) / statistics.median(took[0])
    return costs


async def _took(connection: Connection, question: Question, incident: str) -> float:
    begun = perf_counter()  # the loop's own clock knows milliseconds only
    status, body = await question(connection, incident)
    if status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
        raise BenchFailed(f"it answered {status}: {body[:200]!r}")
    return perf_counter() - begun


async def _intake(connection: Connection, _: str) -> tuple[int, bytes]:
    now = system_clock()
    return await connection.post(PATH, notification(ALERT, now.isoformat(), [{"persona": "persona"}], now))


async def _list(connection: Connection, _: str) -> tuple[int, bytes]:
    return await connection.get("/api/v1/incidents")


async def _page(connection: Connection, incident: str) -> tuple[int, bytes]:
    return await connection.get(f"/incidents/{incident}")


async def _reload(connection: Connection, _: str) -> tuple[int, bytes]:
    return await connection.post("/-/reload", b"")


QUESTIONS: Final[Mapping[str, Question]] = {
    "intake": _intake,
    "list": _list,
    "incident page": _page,
    "reload": _reload,
}
