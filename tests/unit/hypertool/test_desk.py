"""Leases fall back by themselves, and a connection is made anew once at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from responder.hypertool import LANGFUSE, Board, Dial, Range, Setting, Terms, control_router
from responder.hypertool.desk import Change, Desk
from responder.testing.clock import ManualClock


@dataclass
class Alarm:
    at: float
    ring: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Alarms:
    """A timer that is rung by hand."""

    set: list[Alarm] = field(default_factory=list)

    def __call__(self, seconds: float, act: Callable[[], None]) -> Alarm:
        self.set.append(Alarm(seconds, act))
        return self.set[-1]

    @property
    def armed(self) -> list[Alarm]:
        return [alarm for alarm in self.set if not alarm.cancelled]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def values() -> dict[str, int]:
    return {"switching/cooldown": 0, "personas/intern/budget": 100}


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


@pytest.fixture
def desk(values: dict[str, int], clock: ManualClock, alarms: Alarms) -> Desk:
    def dial(name: str) -> Dial:
        def put(value: int) -> None:
            values[name] = value

        return Dial(name, None, values[name], Range(0, 999), lambda: values[name], put, clock)

    return Desk(Board([dial(name) for name in values]), Terms(clock, timer=alarms))


def lease(desk: Desk, clock: ManualClock, resource: str, value: int, minutes: float) -> None:
    until = clock.now + timedelta(minutes=minutes)
    desk.set(resource, Change(value, "incident", "i1", until), by="responder")


def test_the_value_goes_back_even_if_nobody_asks(
    desk: Desk, clock: ManualClock, alarms: Alarms, values: dict[str, int]
) -> None:
    lease(desk, clock, "switching/cooldown", 5, minutes=10)
    (alarm,) = alarms.armed
    assert alarm.at == 660
    clock.forward(seconds=660)
    alarm.ring()
    assert values["switching/cooldown"] == 0


def test_the_alarm_is_for_the_first_lease_that_ends(
    desk: Desk, clock: ManualClock, alarms: Alarms, values: dict[str, int]
) -> None:
    """Those of later ones are set when it rings."""
    lease(desk, clock, "switching/cooldown", 5, minutes=10)
    lease(desk, clock, "personas/intern/budget", 200, minutes=5)
    assert [alarm.at for alarm in alarms.armed] == [360]
    clock.forward(seconds=360)
    alarms.armed[0].ring()
    assert values == {"switching/cooldown": 5, "personas/intern/budget": 100}
    assert alarms.set[-1].at == 300


def test_an_alarm_that_rings_early_does_nothing_but_wait_on(
    desk: Desk, clock: ManualClock, alarms: Alarms, values: dict[str, int]
) -> None:
    """The loop's clock and the wall's are two."""
    lease(desk, clock, "switching/cooldown", 5, minutes=10)
    clock.forward(seconds=659.5)
    alarms.armed[0].ring()
    assert values["switching/cooldown"] == 5
    assert alarms.set[-1].at == 0.5


def test_no_alarm_is_left_once_no_lease_is(desk: Desk, clock: ManualClock, alarms: Alarms) -> None:
    lease(desk, clock, "switching/cooldown", 5, minutes=10)
    desk.set("switching/cooldown", Change(3, "I'd rather"), by="alice")
    assert alarms.armed == []


async def test_the_default_timer_is_the_loop_that_serves(values: dict[str, int]) -> None:
    rung = asyncio.Event()
    Terms().timer(0.0, rung.set)
    await asyncio.wait_for(rung.wait(), 5)


@dataclass
class SlowConnection:
    """A connection to Langfuse that takes its time."""

    resource: str = LANGFUSE.path
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    times: int = 0

    def read(self) -> Setting:
        return Setting(self.resource, True, None, True, LANGFUSE.bounds, extra={"connected": True})

    async def reconnect(self, *, by: str, reason: str) -> Setting:
        self.times += 1
        self.begun.set()
        await self.go_on.wait()
        return self.read()


async def test_an_order_that_is_being_carried_out_is_not_begun_again() -> None:
    connection, app = SlowConnection(), FastAPI()
    app.include_router(control_router(Board([connection]), {"alice": "open"}))
    headers = {"Authorization": "Bearer open", "Idempotency-Key": "k1"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://hypertool", headers=headers
    ) as client:

        async def reconnect() -> httpx.Response:
            return await client.post("/control/v1/langfuse/reconnect", json={"reason": "new keys"})

        first = asyncio.create_task(reconnect())
        await connection.begun.wait()
        meanwhile = await reconnect()
        connection.go_on.set()
        answers = [await first, await reconnect()]
    assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (409, "1")
    assert [answer.json()["connected"] for answer in answers] == [True, True]
    assert connection.times == 1
