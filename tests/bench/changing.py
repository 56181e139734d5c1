"""One alert changes among 10,000 open incidents: as soon as where that one is the only incident.

Two responders run at once and are told in turns that a second alert of the incident fires, and that it is
over. The others are copies of the incident, which nobody changes. Prometheus is a stand-in, there is no
Alertmanager, and people are told in the log.
"""

import asyncio
import json
import re
import shutil
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from responder.domain.clock import system_clock
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.alerts import PATH, notification
from tests.bench.figures import Figure, Holds, Target
from tests.bench.filling import fill
from tests.bench.kept import Kept, must_hold
from tests.bench.options import Options
from tests.bench.playbooks import ALERT, write_five_diagnostics
from tests.bench.process import BenchFailed
from tests.bench.site import CALM, Site, responder
from tests.bench.stored import SETTLING, until
from tests.bench.wire import Connection, connected

CHANGES: Final = 40
"""Of each side, each round."""
PERSONAS: Final = ({"persona": "steady"}, {"persona": "comes-and-goes"})
CHANGED: Final = re.compile(r'^responder_notifications_total\{[^}]*"changed"\} ([0-9.e+]+)$', re.MULTILINE)
COSTS: Final = Target(limit=1.5, holds=Holds.EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds of an answer, by medians."""

    few: float
    many: float


async def bench(options: Options, folder: Path) -> list[Figure]:
    """The same two databases serve every round."""
    async with prometheus_stand_in() as prometheus:
        playbooks = write_five_diagnostics(folder / "changing-five")
        few = Site(folder=folder / "few", prometheus=prometheus.url, playbooks=playbooks, storm=CALM)
        few.folder.mkdir()
        begun = system_clock()
        incident = await _opened(few, begun)
        many = replace(few, folder=folder / "many-open")
        many.folder.mkdir()
        shutil.copy(few.sqlite, many.sqlite)
        fill(many.sqlite, incident, options.open)
        await must_hold(many, Kept(incidents=options.open + 1, alerts=2 * (options.open + 1)))
        async with (
            responder(few) as one,
            responder(many) as other,
            connected(one.port) as to_one,
            connected(other.port) as to_other,
        ):
            await asyncio.sleep(SETTLING)  # a time that is part of what is measured
            changes = _changes(begun)
            rounds = [await _round(to_one, to_other, changes) for _ in range(options.rounds)]
            changed = [await _changed(one) for one in (to_one, to_other)]
            if changed != [options.rounds * CHANGES] * 2:
                raise BenchFailed(f"so many of the notifications changed something: {changed}")
    named = f"one alert changed among {options.open:,} open incidents"
    return [
        Figure(name=named, unit="ms", rounds=[one.many for one in rounds]),
        Figure(
            name="one alert changed of the only open incident", unit="ms", rounds=[one.few for one in rounds]
        ),
        Figure(
            name=f"{named}, against the only one",
            unit="times",
            rounds=[one.many / one.few for one in rounds],
            target=COSTS,
        ),
    ]


async def _opened(site: Site, begun: datetime) -> str:
    """An incident of two alerts, investigated."""
    async with responder(site) as process, connected(process.port) as connection:
        _, answer = await connection.post(PATH, notification(ALERT, "changing", PERSONAS, begun))
        (incident,) = json.loads(answer)["incidents"]
        await until(connection, incident, "investigated", lambda found: found["report"] is not None)
    return str(incident)


def _changes(begun: datetime) -> Iterator[bytes]:
    """The notification again and again, its second alert over and firing in turns."""
    said: dict[str, Any] = json.loads(notification(ALERT, "changing", PERSONAS, begun))
    changing = said["alerts"][1]
    while True:
        changing.update(status="resolved", endsAt=_now())
        yield json.dumps(said).encode()
        changing.update(status="firing", startsAt=_now())
        yield json.dumps(said).encode()


def _now() -> str:
    return system_clock().isoformat().replace("+00:00", "Z")


async def _changed(connection: Connection) -> int:
    """Notifications that changed an incident."""
    _, body = await connection.get("/metrics")
    found = CHANGED.search(body.decode())
    return int(float(found[1])) if found else 0


async def _round(few: Connection, many: Connection, changes: Iterator[bytes]) -> Round:
    took: tuple[list[float], list[float]] = ([], [])
    for body in (next(changes) for _ in range(CHANGES)):
        for connection, times in zip((few, many), took, strict=True):
            begun = perf_counter()  # the loop's own clock knows milliseconds only
            status, answer = await connection.post(PATH, body)
            times.append(1000 * (perf_counter() - begun))
            if status != HTTPStatus.ACCEPTED:
                raise BenchFailed(f"it answered {status}: {answer[:200]!r}")
    return Round(statistics.median(took[0]), statistics.median(took[1]))
