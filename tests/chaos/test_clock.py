"""The clock of a machine with a running responder is set an hour forward or back, and nothing waits for it.

The responder is a process of its own; the far sides' clocks stay right.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from responder.domain.alert import WATCHDOG
from responder.domain.clock import system_clock
from responder.domain.fix import FixEnd, FixState, Happened
from responder.log import Action
from responder.testing.slack.faults import Fault, FaultKind

CUSTOMIZED: Final = Path(__file__).with_name("clock")
HOUR: Final = 3600
BUDGET: Final = 2000
PATIENCE: Final = 120.0
LOOK: Final = 0.1
NOTIFIERS: Final = 3
"""Slack, PagerDuty and the console."""
SOON: Final = 120.0
"""Seconds; by far more than a message takes on a busy machine, and by far less than an hour."""
LASTS: Final = 600
"""Seconds of the quick fix's lease."""


@dataclass(frozen=True)
class MachinesClock:
    """What a responder takes for the machine's clock."""

    file: Path

    def set(self, ahead: int) -> None:
        """Seconds by which it is ahead of the real one; takes effect at once."""
        self.file.touch()
        with self.file.open("r+b", buffering=0) as file:
            file.write(b"%8d" % ahead)

    @property
    def under(self) -> tuple[str, ...]:
        """What a responder is run by that has this clock."""
        return ("env", f"PYTHONPATH={CUSTOMIZED}", f"CLOCK={self.file}")


async def becomes(look: Callable[[], Awaitable[Any]], within: float = PATIENCE) -> Any:
    """What `look` answers, once that is true."""
    end = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < end, "it took too long"
        await asyncio.sleep(LOOK)
    return found


async def told(here: Any, number: int, within: float = PATIENCE) -> str:
    """An alert that fires now; its incident, once everybody was told."""
    (incident,) = await here.sent(here.alerts.notification(number), here.chance(number))
    await is_told(here, incident, within)
    return str(incident)


async def is_told(here: Any, incident: str, within: float = SOON) -> None:
    async def look() -> bool:
        found = await here.asked("GET", f"/api/v1/incidents/{incident}")
        states = [one["state"] for one in found["deliveries"]] if found else []
        return states == ["delivered"] * NOTIFIERS

    await becomes(look, within)


async def is_noticed(log: Path) -> None:
    """That the clock was set back."""

    async def look() -> bool:
        return f"action={Action.CLOCK_SET_BACK} " in await asyncio.to_thread(log.read_text)

    await becomes(look, SOON)


async def in_force(here: Any, incident: str) -> str:
    """The quick fix for an incident, once it was approved and does its work."""

    async def proposed() -> Any:
        found = await here.asked("GET", "/api/v1/fixes")
        return [fix for fix in found["fixes"] if fix["incident"] == incident]

    (fix,) = await becomes(proposed)
    approve = f"/api/v1/fixes/{fix['id']}/approve"
    assert await here.asked("POST", approve, json={"digest": fix["digest"]})
    await is_in(here, fix["id"], FixState.IN_FORCE, PATIENCE)
    return str(fix["id"])


async def is_in(here: Any, fix: str, state: FixState, within: float) -> Mapping[str, Any]:
    async def look() -> Any:
        found = await here.asked("GET", f"/api/v1/fixes/{fix}")
        return found if found and found["state"] == state else None

    found: Mapping[str, Any] = await becomes(look, within)
    return found


CASES: Final = [
    pytest.param("sqlite", -HOUR, 0, id="sqlite-back"),
    *(
        pytest.param(database, ahead, 90, id=f"{database}-{name}-watched", marks=marks)
        for database, marks in (
            ("sqlite", [pytest.mark.soak]),
            ("postgres", [pytest.mark.soak, pytest.mark.postgres]),
        )
        for name, ahead in (("back", -HOUR), ("forward", HOUR))
    ),
]
"""Seconds by which the clock is set, and in which the chores of every minute are due as well."""


@pytest.mark.parametrize(("database_url", "ahead", "watched"), CASES, indirect=["database_url"])
async def test_set_by_an_hour_it_makes_nothing_wait_and_nothing_come_twice(
    site: Any, tmp_path: Path, ahead: int, watched: float
) -> None:
    clock = MachinesClock(tmp_path / "clock")
    clock.set(0)
    async with site(1, 5, f"{LASTS}s") as here:
        here.calm()
        here.prometheus.say("token_budget_remaining", ({"persona": "persona-0"}, 250))
        await here.start("one", *clock.under)
        assert await here.sent(watchdog(), here.chance("watchdog")) == []
        first = await told(here, 0)
        # What Slack refuses once or twice until the fix is in force waits to be tried again.
        here.workspace.faults.add(Fault(FaultKind.HTTP, "chat.postMessage", times=2, status=503))
        (second,) = await here.sent(here.alerts.notification(1), here.chance(1))
        fix = await in_force(here, first)

        clock.set(ahead)
        third = await told(here, 2, SOON)
        await is_told(here, second)
        if ahead < 0:
            await is_noticed(tmp_path / "one.log")
            await is_in(here, fix, FixState.IN_FORCE, SOON)
            clock.set(ahead + LASTS)  # instead of waiting for so long
        ended = await is_in(here, fix, FixState.ENDED, SOON)
        asked = len(here.prometheus.queries)
        await asyncio.sleep(watched)
        assert not watched or len(here.prometheus.queries) > asked, "no measure was asked again"
        fourth = await told(here, 3, SOON)
        knobs = await here.knobs(1)

    assert ended["outcome"] == FixEnd.EXPIRED
    happened = Counter(line["happened"] for line in ended["audit"])
    assert (happened[Happened.APPLIED], happened[Happened.UNDONE]) == (1, 1)
    assert knobs == [(BUDGET, None)]
    # Nor was anybody told that the watchdog stopped coming, or of a storm.
    assert here.messages() == dict.fromkeys((first, second, third, fourth), 1)


def watchdog() -> Mapping[str, Any]:
    """Alertmanager's word that it is there."""
    alert = {
        "status": "firing",
        "labels": {"alertname": WATCHDOG},
        "annotations": {},
        "startsAt": system_clock().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "f" * 16,
    }
    return {
        "version": "4",
        "groupKey": "{}:watchdog",
        "receiver": "responder-watchdog",
        "truncatedAlerts": 0,
        "alerts": [alert],
    }
