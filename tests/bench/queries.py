"""A group of many alerts asks Prometheus no more often than a group of one; counted at a stand-in."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from responder.domain.clock import system_clock
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.alerts import PATH, notification
from tests.bench.figures import Figure, Holds, Target
from tests.bench.options import Options
from tests.bench.process import BenchFailed, Watched
from tests.bench.site import CALM, Site, responder
from tests.bench.wire import connected

MANY: Final = 100
PATIENCE: Final = 20.0
LOOK_SECONDS: Final = 0.1

Subject = Callable[[int], Mapping[str, str]]
SUBJECTS: Final[Mapping[str, Subject]] = {
    "TokenBudgetExceeded": lambda number: {"persona": f"persona-{number}"},
    "TokenBudgetDepletionPredicted": lambda number: {"persona": f"persona-{number}"},
    "HighQualityGateFailureRate": lambda number: {"workflow": "bug-fix", "stage": f"stage-{number}"},
    "SlowWorkflowStage": lambda number: {"workflow": "bug-fix", "stage": f"stage-{number}"},
}
"""The shipped playbooks that ask about labels, and what tells their alerts apart."""


async def bench(options: Options, folder: Path) -> list[Figure]:
    """One responder investigates every group after the other."""
    place = folder / "queries"
    place.mkdir()
    figures = []
    async with (
        prometheus_stand_in() as prometheus,
        responder(Site(folder=place, prometheus=prometheus.url, storm=CALM)) as process,
    ):
        for alert in SUBJECTS:
            one, many = [], []
            for number in range(options.rounds):
                one.append(await _asked(process, prometheus.queries, alert, 1, number))
                many.append(await _asked(process, prometheus.queries, alert, MANY, number))
            figures.append(_figure(alert, min(one), many))
    return figures


async def _asked(process: Watched, queries: Sequence[str], alert: str, alerts: int, number: int) -> int:
    """How many queries an incident with so many alerts takes until its report is complete."""
    before = len(queries)
    subjects = [SUBJECTS[alert](one) for one in range(alerts)]
    body = notification(alert, f"queries-{alerts}-{number}", subjects, system_clock())
    async with connected(process.port) as connection:
        _, answer = await connection.post(PATH, body)
        (incident,) = json.loads(answer)["incidents"]
        async with asyncio.timeout(PATIENCE):
            while True:
                _, found = await connection.get(f"/api/v1/incidents/{incident}")
                if _covers(json.loads(found)["report"], alerts):
                    return len(queries) - before
                await asyncio.sleep(LOOK_SECONDS)  # another process works; it has no way to call us


def _covers(report: dict[str, Any] | None, alerts: int) -> bool:
    if not report or not report["complete"]:
        return False
    if len(report["alerts"]) != alerts:
        raise BenchFailed(f"the report is about {len(report['alerts'])} alerts, not {alerts}")
    return True


def _figure(alert: str, one: int, many: Sequence[int]) -> Figure:
    return Figure(
        name=f"queries for {MANY} alerts, {alert}",
        unit=f"(one alert: {one})",
        rounds=many,
        target=Target(limit=one, holds=Holds.EVERYWHERE),
    )
