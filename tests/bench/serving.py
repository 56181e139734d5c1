"""Start, rest, then one alert after the other until each is told: readiness, memory, idle cost, latency.

Told twice: with five diagnostics, and after another start with all that is shipped. Prometheus is a real
one; there is neither Alertmanager nor a control API nor Langfuse, so what is asked of these is soon answered.
"""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from responder.domain.clock import system_clock
from tests.bench.alerts import PATH, notification
from tests.bench.figures import Figure, Target, percentile
from tests.bench.history import PERSONAS
from tests.bench.options import Options
from tests.bench.playbooks import ALERT, ALL, FEW, write_five_diagnostics
from tests.bench.process import BenchFailed, Watched
from tests.bench.site import CALM, Site, real_prometheus, responder, slack
from tests.bench.wire import Connection, connected

SETTLING: Final = 3.0
"""Seconds between readiness and rest: what a start leaves to do."""
PACE: Final = (0.35, 0.65)
"""Seconds between two alerts, drawn evenly: each is over long before the next comes."""
UNCOUNTED: Final = 5
"""Alerts before those that count: the first ones of a process open connections and fill caches."""
LAST_WORDS: Final = 2.0
"""Seconds that the last alert is given."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one life of a responder showed."""

    ready: float
    ready_again: float
    resident: float
    resident_after: float
    peak: float
    idle: float
    took: Sequence[float]
    thorough: Sequence[float]
    """With the shipped playbooks."""


async def bench(options: Options, folder: Path) -> list[Figure]:
    """Every round has a responder and a database of its own; Prometheus serves all of them."""
    playbooks = write_five_diagnostics(folder / "five")
    rounds = []
    async with real_prometheus(folder) as prometheus:
        for number in range(options.rounds):
            place = folder / f"serving-{number}"
            place.mkdir()
            rounds.append(await _round(options, place, prometheus, playbooks))
    return _figures(rounds)


async def _round(options: Options, folder: Path, prometheus: str, playbooks: Path) -> Round:
    async with slack(folder) as slack_port:
        site = Site(
            folder=folder, prometheus=prometheus, slack_port=slack_port, playbooks=playbooks, storm=CALM
        )
        async with responder(site) as first:
            await asyncio.sleep(SETTLING)  # a time that is part of what is measured, as those below
            resident = first.resident_mb()
            idle = await first.share_of_a_core(options.idle_seconds)
            took = await _told(first, slack_port, options.alerts, "five")
            resident_after, peak = first.resident_mb(), first.peak_mb()
        async with responder(replace(site, playbooks=None)) as again:
            thorough = await _told(again, slack_port, options.alerts, "shipped")
            peak = max(peak, again.peak_mb())
            return Round(
                first.ready_after, again.ready_after, resident, resident_after, peak, idle, took, thorough
            )


async def _told(process: Watched, slack_port: int, alerts: int, name: str) -> list[float]:
    """Send one alert after the other; milliseconds from before each request to its message in Slack."""
    sent: dict[str, datetime] = {}
    async with connected(process.port) as connection:
        for number in range(UNCOUNTED + alerts):
            incident, at = await _send(connection, name, number)
            if number >= UNCOUNTED:
                sent[incident] = at
            await asyncio.sleep(random.uniform(*PACE))  # noqa: S311 - keeps no step with anything periodic
    await asyncio.sleep(LAST_WORDS)
    posted = await _posted(slack_port)
    if missing := sent.keys() - posted.keys():
        raise BenchFailed(f"{len(missing)} of {len(sent)} alerts were never told in Slack")
    return [(posted[incident] - at.timestamp()) * 1000 for incident, at in sent.items()]


async def _send(connection: Connection, name: str, number: int) -> tuple[str, datetime]:
    persona = PERSONAS[number % len(PERSONAS)]
    body = notification(ALERT, f"{name}-{number}", [{"persona": persona}], system_clock())
    at = system_clock()
    status, answer = await connection.post(PATH, body)
    if status != 202:
        raise BenchFailed(f"the webhook answered {status}: {answer[:200]!r}")
    (incident,) = json.loads(answer)["incidents"]
    return incident, at


async def _posted(slack_port: int) -> dict[str, float]:
    """When Slack got each incident's message, by the time it gave the message as its name."""
    async with connected(slack_port) as connection:
        _, body = await connection.get("/_stand-in/state")
    (channel,) = json.loads(body)["channels"]
    return {_incident(message): float(message["ts"]) for message in channel["messages"]}


def _incident(message: dict[str, Any]) -> str:
    key: str = message["metadata"]["event_payload"]["key"]
    return key.split("/", 1)[0]


def _figures(rounds: Sequence[Round]) -> list[Figure]:
    def figure(name: str, unit: str, limit: float | None, values: Sequence[float]) -> Figure:
        target = None if limit is None else Target(limit=limit)
        return Figure(name=name, unit=unit, rounds=values, target=target)

    def told(
        how: str, took: Sequence[Sequence[float]], median: float | None, p99: float | None
    ) -> Iterator[Figure]:
        what = f"webhook to Slack message, {how}"
        yield figure(f"{what}, median", "ms", median, [percentile(one, 0.5) for one in took])
        yield figure(f"{what}, p99", "ms", p99, [percentile(one, 0.99) for one in took])

    return [
        *told(f"{FEW} diagnostics", [one.took for one in rounds], 80, 220),
        *told(f"the shipped playbook's {ALL} diagnostics", [one.thorough for one in rounds], None, None),
        figure("idle", "% of a core", 6, [one.idle for one in rounds]),
        figure("start to ready, new database", "s", 2, [one.ready for one in rounds]),
        figure("start to ready, again", "s", 2, [one.ready_again for one in rounds]),
        figure("resident when idle", "MB", 150, [one.resident for one in rounds]),
        figure("resident after these alerts", "MB", 150, [one.resident_after for one in rounds]),
        figure("most resident in all of that", "MB", 300, [one.peak for one in rounds]),
    ]
