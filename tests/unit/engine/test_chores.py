"""The sweep, the refresh and who takes over: what happens by the clock, on both databases."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from responder.domain.alert import Notification
from responder.domain.incident import Incident, opened
from responder.domain.report import Reading, Report, Trend
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.investigating import Investigating
from responder.engine.orders import BACKOFF, Move, backoff
from responder.engine.refreshing import Refresh, reads_differently
from responder.engine.replicas import Replicas
from responder.engine.sweep import Sweep
from responder.engine.take_in import Taken
from responder.engine.telling import Telling
from responder.storage import heartbeats
from responder.testing.clock import ManualClock
from responder.testing.engine import (
    Orders,
    ScriptedInvestigator,
    ScriptedNotifier,
    alert_of,
    minutes,
    notification_of,
    report_of,
)

Take = Callable[[Notification], Taken]
Load = Callable[[str], Incident]


@pytest.fixture
def incident(take: Take, orders: Orders) -> str:
    taken = take(notification_of(alert_of(severity="critical")))
    orders.take()
    return taken.incidents[0]


@pytest.mark.parametrize(("seconds", "told"), [(1.9, []), (2.1, ["tell-console", "tell-slack"])])
def test_a_message_that_is_not_out_after_two_seconds_is_ordered(  # noqa: PLR0913, PLR0917 - a table
    desk: Desk, incident: str, orders: Orders, clock: ManualClock, seconds: float, told: list[str]
) -> None:
    clock.forward(seconds=seconds)
    Sweep(desk).run()
    assert [order.queue for order in orders.take()] == told


def test_what_the_sweep_ordered_it_does_not_order_again_at_once(
    desk: Desk, incident: str, orders: Orders, clock: ManualClock
) -> None:
    sweep = Sweep(desk)
    clock.forward(seconds=3)
    first = sweep.run()
    clock.forward(seconds=3)
    assert (first, sweep.run()) == (2, 0)
    clock.forward(seconds=20)
    assert sweep.run() == 2
    assert len({order.id for order in orders.take()}) == 4


async def test_an_order_of_the_sweeps_is_carried_out(
    desk: Desk, incident: str, orders: Orders, clock: ManualClock
) -> None:
    """What it notes about having ordered must not make the order wait."""
    clock.forward(seconds=3)
    Sweep(desk).run()
    slack = ScriptedNotifier("slack")
    [order] = [order for order in orders.take() if order.queue == "tell-slack"]
    assert await Telling(desk, {"slack": slack}, str)(order.id, *order.args) is Told.DELIVERED  # type: ignore[arg-type] # the order's own
    assert slack.sure == [True]  # an order is no attempt: nothing can have been said


def test_an_investigation_that_nobody_makes_is_ordered_again(
    desk: Desk, incident: str, orders: Orders, clock: ManualClock
) -> None:
    clock.forward(seconds=61)
    Sweep(desk).run()
    Sweep(desk).run()  # another replica, in the same minute
    [again] = orders.take(Move.INVESTIGATE)
    assert again.delay == 0
    assert again.args[:2] == (incident, 1)


def test_an_ending_that_nobody_asked_for_is_ordered_again(
    desk: Desk, incident: str, take: Take, orders: Orders, clock: ManualClock
) -> None:
    take(notification_of(alert_of(end=minutes(0)), at=minutes(0)))
    orders.take()
    clock.forward(seconds=61)
    Sweep(desk).run()
    assert [order.args[0] for order in orders.take(Move.END)] == [incident]


def test_waits_grow_and_stay_bounded() -> None:
    waits = [backoff(failures) for failures in range(12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (0, BACKOFF[0], BACKOFF[-1])


@dataclass(slots=True)
class Measures:
    """Answers the report with this reading."""

    value: float
    asked: list[str] = field(default_factory=list)

    async def remeasure(self, incident: Incident, report: Report) -> Report:
        self.asked.append(incident.id)
        return report_of(incident, value=self.value)


@pytest.mark.parametrize(
    ("after", "value", "asked", "told"),
    [
        (timedelta(seconds=59), 9.0, 0, 0),  # a critical one is asked each minute
        (timedelta(seconds=61), 1.05, 1, 0),  # asked, but it reads the same
        (timedelta(seconds=61), 9.0, 1, 2),  # both notifiers have to tell
    ],
)
async def test_an_open_incident_is_measured_again(  # noqa: PLR0913, PLR0917 - a table
    desk: Desk, incident: str, orders: Orders, clock: ManualClock,
    after: timedelta, value: float, asked: int, told: int,
) -> None:  # fmt: skip
    await Investigating(desk, ScriptedInvestigator())("o", incident, 1, 1)
    orders.take()
    clock.forward(seconds=after.total_seconds())
    measures = Measures(value)
    await Refresh(desk, measures, timedelta(minutes=1), timedelta(minutes=5)).run()
    assert (len(measures.asked), len(orders.take(Move.TELL))) == (asked, told)


async def test_what_is_shown_does_not_creep(
    desk: Desk, incident: str, orders: Orders, clock: ManualClock
) -> None:
    """Many small steps are as good as a large one: it is compared with what people see."""
    await Investigating(desk, ScriptedInvestigator())("o", incident, 1, 1)
    orders.take()
    for value in (1.06, 1.09, 1.12):
        clock.forward(minutes=1, seconds=1)
        await Refresh(desk, Measures(value), timedelta(minutes=1), timedelta(minutes=5)).run()
    assert len(orders.take(Move.TELL)) == 2


def reading(value: float | None, trend: Trend = Trend.STEADY) -> Reading | None:
    report = report_of(_incident())
    assert report.alerts[0].reading is not None
    return replace(report.alerts[0].reading, value=value, trend=trend)


def _incident() -> Incident:
    return opened("i", [alert_of()], minutes(0)).incident


def with_reading(shown: Reading | None) -> Report:
    report = report_of(_incident())
    return replace(report, alerts=(replace(report.alerts[0], reading=shown),))


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (reading(100), reading(109), False),
        (reading(100), reading(111), True),                     # more than a tenth
        (reading(4.9), reading(5.1), True),                     # over the threshold of 5
        (reading(0), reading(0), False),
        (reading(0), reading(1), True),
        (reading(100), reading(100, Trend.RISING), True),       # it turned
        (reading(None), reading(None), False),
        (reading(100), reading(None), True),                    # no data is never 0
        (None, None, False),
        (None, reading(1), True),
    ],
)  # fmt: skip
def test_what_reads_differently(before: Reading | None, after: Reading | None, differs: bool) -> None:  # noqa: FBT001 - a table
    assert reads_differently(with_reading(before), with_reading(after)) is differs


class TakesOver:
    def __init__(self) -> None:
        self.taken: list[str] = []

        self.looked = 0

    async def take_over(self, executor: str) -> int:
        self.taken.append(executor)
        return 3

    async def take_up_strays(self) -> int:
        self.looked += 1
        return 0


async def test_a_silent_replicas_work_is_taken_over_once(desk: Desk, clock: ManualClock) -> None:
    dead, durable = Replicas(desk, "a", TakesOver()), TakesOver()
    survivors = [Replicas(desk, name, durable) for name in "bc"]
    dead.beat()
    for _ in range(4):
        clock.forward(seconds=6)
        for survivor in survivors:
            await survivor.look_after()
    assert durable.taken == ["a"]
    assert [survivor.leads for survivor in survivors] == [True, False]


async def test_one_that_is_started_again_and_again_leads_no_other(desk: Desk, clock: ManualClock) -> None:
    """It would be killed before its chores have their turn, and nobody else would do them."""
    Replicas(desk, "a", TakesOver()).beat()
    clock.forward(seconds=1)
    steady = Replicas(desk, "b", TakesOver())
    await steady.look_after()
    assert not steady.leads
    for _ in range(3):
        clock.forward(seconds=6)
        started_again = Replicas(desk, "a", TakesOver())
        await started_again.look_after()
        await steady.look_after()
        assert (started_again.leads, steady.leads) == (False, True)


async def test_beside_a_version_that_goes_by_names_so_does_this_one(desk: Desk, clock: ManualClock) -> None:
    """Both must find the same one to lead, while replicas are upgraded."""
    replicas = [Replicas(desk, name, TakesOver()) for name in "ca"]
    for replica in replicas:
        with desk.database.write() as connection:
            heartbeats.beat(connection, "b", clock.now)
        await replica.look_after()
        clock.forward(seconds=1)
    for replica in replicas:
        await replica.look_after()
    assert [replica.leads for replica in replicas] == [False, True]


class Monotonic:
    """Seconds since anything."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_one_that_was_frozen_leads_no_more_until_it_beats_again(desk: Desk, clock: ManualClock) -> None:
    """What housekeeping is for once only is done by another one by now."""
    mine = Monotonic()
    frozen, other = Replicas(desk, "a", TakesOver(), monotonic=mine), Replicas(desk, "b", TakesOver())
    frozen.beat()
    assert frozen.leads
    clock.forward(seconds=30)
    mine.now += 30
    await other.look_after()
    assert (frozen.leads, other.leads) == (False, True)
    await frozen.look_after()
    await other.look_after()
    assert (frozen.leads, other.leads) == (True, False)


async def test_while_the_database_takes_no_beat_it_is_what_is_waited_for(desk: Desk) -> None:
    mine = Monotonic()
    replica = Replicas(desk, "a", TakesOver(), monotonic=mine)
    replica.beat()
    mine.now += 11
    assert replica.waiting_for == ""
    mine.now += 2
    assert replica.waiting_for == "the database"
    replica.beat()
    assert replica.waiting_for == ""


async def test_after_an_interruption_it_looks_twice_for_what_got_lost(desk: Desk) -> None:
    mine, durable = Monotonic(), TakesOver()
    replica = Replicas(desk, "a", durable, monotonic=mine)
    replica.beat()
    await looked_after(replica, mine, 5, 5, 5)
    at_first = durable.looked
    await looked_after(replica, mine, 40, 5, 5)
    assert durable.looked == at_first + 2


async def test_now_and_then_it_looks_without_an_interruption_too(desk: Desk) -> None:
    """For an order of a kind that only a newer version knows: another replica may have that."""
    mine, durable = Monotonic(), TakesOver()
    replica = Replicas(desk, "a", durable, monotonic=mine)
    replica.beat()
    await looked_after(replica, mine, *[5] * 25)
    assert durable.looked == 4


async def looked_after(replica: Replicas, monotonic: Monotonic, *waits: float) -> None:
    """Let it look after all, each time so many seconds later."""
    for wait in waits:
        monotonic.now += wait
        await replica.look_after()
