"""A responder that works for an hour, at an alert a second, has not grown."""

import asyncio
import statistics
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest

from responder.domain.clock import system_clock
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.alerts import PATH, notification, resolved
from tests.bench.history import PERSONAS
from tests.bench.playbooks import ALERT, write_five_diagnostics
from tests.bench.process import Watched
from tests.bench.site import CALM, Site, responder, slack
from tests.bench.wire import Connection, connected

MINUTES: Final = 60
PACE: Final = 1.0
"""Seconds between two alerts."""
OPEN: Final = 30
"""Incidents open at once: each ends when so many came after it."""
SAMPLE: Final = 10
"""Alerts between two looks at its memory."""
AT_MOST: Final = 300.0
"""Megabytes."""
GROWTH: Final = 1.03
"""From the second quarter of the hour to its last, by medians: caches are full by then."""


@pytest.mark.soak
async def test_after_an_hour_of_alerts_it_takes_no_more_memory_than_after_a_quarter(tmp_path: Path) -> None:
    playbooks = write_five_diagnostics(tmp_path / "playbooks")
    async with prometheus_stand_in() as prometheus, slack(tmp_path) as port:
        site = Site(
            folder=tmp_path, prometheus=prometheus.url, slack_port=port, playbooks=playbooks, storm=CALM
        )
        async with responder(site) as process:
            resident = await _work(process, int(MINUTES * 60 / PACE))
    quarter = len(resident) // 4
    before = statistics.median(resident[quarter : 2 * quarter])
    after = statistics.median(resident[3 * quarter :])
    print(f"resident: {before:.1f} MB in the second quarter, {after:.1f} MB in the last, of {MINUTES} min")  # noqa: T201 - what was measured
    each = max(1, len(resident) // 12)
    course = [round(statistics.median(resident[at : at + each]), 1) for at in range(0, len(resident), each)]
    print(f"in twelfths: {course}")  # noqa: T201 - likewise
    assert max(resident) <= AT_MOST
    assert after <= before * GROWTH, course


async def _work(process: Watched, alerts: int) -> list[float]:
    """Send alerts one after the other, each resolved later; megabytes of the process from time to time."""
    resident: list[float] = []
    sent: list[bytes] = []
    async with connected(process.port) as connection:
        for number in range(alerts):
            subject = {"persona": PERSONAS[number % len(PERSONAS)]}
            sent.append(notification(ALERT, f"steady-{number}", [subject], system_clock()))
            await _post(connection, sent[-1])
            if number >= OPEN:
                await _post(connection, resolved(sent[number - OPEN], system_clock()))
                sent[number - OPEN] = b""
            if number % SAMPLE == 0:
                resident.append(process.resident_mb())
            await asyncio.sleep(PACE)  # the load itself
    return resident


async def _post(connection: Connection, body: bytes) -> None:
    """What isn't kept is sent again, as Alertmanager does."""
    while (answer := await connection.post(PATH, body))[0] == HTTPStatus.SERVICE_UNAVAILABLE:  # noqa: ASYNC110 - the load itself
        await asyncio.sleep(PACE)
    assert answer[0] == HTTPStatus.ACCEPTED, answer
