"""Many incidents at once: how soon people read of all in one summary, and how soon each is investigated.

The summary is told in Slack's stand-in, which keeps its limits. Prometheus is a stand-in, and there is
neither Alertmanager nor a control API nor Langfuse: what a playbook asks of these is not measured.
One notification may hold more alerts than anybody can read: it is one incident, and one message. That all
alerts are in incidents is looked up in the database once the time is taken.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from responder.domain.clock import system_clock
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.alerts import PATH, notification
from tests.bench.figures import Figure, Target
from tests.bench.kept import Kept, must_hold
from tests.bench.options import Options
from tests.bench.playbooks import ALERT, ALL, FEW, write_five_diagnostics
from tests.bench.process import BenchFailed, Watched
from tests.bench.site import CALM, Site, responder, slack
from tests.bench.wire import Connection, connected

GROUPS: Final = 50
INVESTIGATED: Final = 8
"""A part of the storm, one in so many, is enough to see how fast investigations go."""
LARGE: Final = 2
"""So many times the alerts of a storm are in the one notification that is large."""
CONNECTIONS: Final = 16
LOOK_SECONDS: Final = 0.25
PATIENCE: Final = 240.0
"""Seconds after which a bench gives up."""
ACCEPTED: Final = 202
DONE: Final = re.compile(r'^responder_investigations_total\{result="done"\} ([0-9.e+]+)$', re.MULTILINE)
COUNTED: Final = re.compile(r"\] (\d+) incidents")


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds and megabytes of one storm of each kind."""

    single: float
    grouped: float
    large: float
    investigated: float
    """Incidents a second, with five diagnostics."""
    thorough: float
    """The same with all of the shipped playbook's, told in Slack."""
    peak: float
    """The most at any moment of any of these."""


async def bench(options: Options, folder: Path) -> list[Figure]:
    """Every storm has a responder and a database of its own."""
    playbooks = write_five_diagnostics(folder / "storm-five")
    rounds = []
    async with prometheus_stand_in() as prometheus:
        for number in range(options.rounds):
            place = folder / f"storm-{number}"
            place.mkdir()
            rounds.append(await _round(options, place, prometheus.url, playbooks))
    return _figures(options, rounds)


async def _round(options: Options, folder: Path, prometheus: str, playbooks: Path) -> Round:
    def site(name: str, port: int | None, storm: int | None = None) -> Site:
        place = folder / name
        place.mkdir(parents=True)
        return Site(folder=place, prometheus=prometheus, slack_port=port, playbooks=playbooks, storm=storm)

    peaks = []
    number = max(1, options.storm // INVESTIGATED)
    async with slack(folder, "real") as port, responder(here := site("single", port)) as process:
        single = await _summed_up(process, port, options.storm, _single(options.storm))
        await must_hold(here, Kept(incidents=options.storm, alerts=options.storm))
        peaks.append(process.peak_mb())
    async with slack(folder, "real") as port, responder(here := site("grouped", port)) as process:
        grouped = await _summed_up(process, port, GROUPS, _grouped(options.storm))
        await must_hold(here, Kept(incidents=GROUPS, alerts=GROUPS * _each(options.storm)))
        peaks.append(process.peak_mb())
    async with slack(folder, "real") as port, responder(here := site("large", port)) as process:
        large = await _posted(process, port, LARGE * options.storm)
        await must_hold(here, Kept(incidents=1, alerts=LARGE * options.storm))
        peaks.append(process.peak_mb())
    async with responder(here := site("investigated", None, CALM)) as process:
        seconds = await _investigated(process, number)
        await must_hold(here, Kept(incidents=number, alerts=number))
        peaks.append(process.peak_mb())
    thorough = replace(site("thorough", None, CALM), playbooks=None)
    async with slack(folder) as port, responder(replace(thorough, slack_port=port)) as process:
        longer = await _investigated(process, number)
        peaks.append(process.peak_mb())
    return Round(single, grouped, large, number / seconds, number / longer, max(peaks))


def _single(number: int) -> Iterator[bytes]:
    for one in range(number):
        yield notification(ALERT, f"storm-{one}", [{"persona": f"persona-{one}"}], system_clock())


def _grouped(number: int) -> Iterator[bytes]:
    for group in range(GROUPS):
        personas = [{"persona": f"persona-{group}-{one}"} for one in range(_each(number))]
        yield notification(ALERT, f"storm-{group}", personas, system_clock())


def _each(number: int) -> int:
    """Alerts of a group."""
    return max(1, number // GROUPS)


async def _summed_up(process: Watched, slack_port: int, incidents: int, bodies: Iterable[bytes]) -> float:
    """Seconds from the first notification until the summary in Slack speaks of all incidents."""
    begun = asyncio.get_running_loop().time()
    await _send(process, bodies)
    async with asyncio.timeout(PATIENCE), connected(slack_port) as connection:
        while await _told(connection) < incidents:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(LOOK_SECONDS)
    return asyncio.get_running_loop().time() - begun


async def _posted(process: Watched, slack_port: int, alerts: int) -> float:
    """Seconds from a notification of so many alerts until its message is in Slack, and says why."""
    begun = asyncio.get_running_loop().time()
    personas = [{"persona": f"persona-{one}"} for one in range(alerts)]
    await _send(process, [notification(ALERT, "large", personas, system_clock())])
    async with asyncio.timeout(PATIENCE), connected(slack_port) as connection:
        while not any(message["replies"] for message in await _messages(connection)):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(LOOK_SECONDS)
    return asyncio.get_running_loop().time() - begun


async def _investigated(process: Watched, number: int) -> float:
    """Seconds until so many incidents are investigated, each."""
    begun = asyncio.get_running_loop().time()
    await _send(process, _single(number))
    async with asyncio.timeout(PATIENCE), connected(process.port) as connection:
        while await _done(connection) < number:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(LOOK_SECONDS)
    return asyncio.get_running_loop().time() - begun


async def _send(process: Watched, bodies: Iterable[bytes]) -> None:
    """Post all of it over several connections; each must be accepted."""
    left = iter(bodies)

    async def post() -> None:
        async with connected(process.port) as connection:
            for body in left:
                status, answer = await connection.post(PATH, body)
                if status != ACCEPTED:
                    raise BenchFailed(f"the webhook answered {status}: {answer[:200]!r}")

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(post())


async def _told(connection: Connection) -> int:
    """The number of incidents of which the summary in Slack speaks; 0 while there is none."""
    texts = [message["text"] for message in await _messages(connection)]
    said = [COUNTED.search(text) for text in texts if "[storm" in text]
    return max((int(one[1]) for one in said if one), default=0)


async def _messages(connection: Connection) -> Sequence[Mapping[str, Any]]:
    _, body = await connection.get("/_stand-in/state")
    (channel,) = json.loads(body)["channels"]
    found: Sequence[Mapping[str, Any]] = channel["messages"]
    return found


async def _done(connection: Connection) -> float:
    _, body = await connection.get("/metrics")
    found = DONE.search(body.decode())
    return float(found[1]) if found else 0


def _figures(options: Options, rounds: Sequence[Round]) -> list[Figure]:
    number = options.storm
    return [
        Figure(
            name=f"{number} groups of one alert, until all are in the summary",
            unit="s",
            rounds=[one.single for one in rounds],
            target=Target(limit=120),
        ),
        Figure(
            name=f"{number} alerts in {GROUPS} groups, until all are in the summary",
            unit="s",
            rounds=[one.grouped for one in rounds],
            target=Target(limit=20),
        ),
        Figure(
            name=f"a notification of {LARGE * number} alerts, until it is told with its cause",
            unit="s",
            rounds=[one.large for one in rounds],
        ),
        Figure(
            name=f"{number // INVESTIGATED} incidents, every one investigated ({FEW} diagnostics, no Slack)",
            unit="incidents/s",
            rounds=[one.investigated for one in rounds],
            target=Target(limit=60, at_least=True),
        ),
        Figure(
            name=f"the same with the shipped playbook ({ALL} diagnostics, Slack without limits)",
            unit="incidents/s",
            rounds=[one.thorough for one in rounds],
        ),
        Figure(
            name="most resident in any of these",
            unit="MB",
            rounds=[one.peak for one in rounds],
            target=Target(limit=300),
        ),
    ]
