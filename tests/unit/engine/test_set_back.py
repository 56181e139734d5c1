"""A clock that is set back or forward by an hour: nothing waits for that hour, and nothing is done twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from unittest.mock import Mock

import pytest

from responder.domain.command import Asked, Command, Verb
from responder.domain.errors import Busy, Reason, Unreachable
from responder.domain.fix import Fix, FixEnd, FixState, Happened, Look
from responder.domain.notice import DeliveryState
from responder.engine import replicas
from responder.engine.asking import Asking
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.set_back import SetBack
from responder.engine.sweep import Sweep
from responder.engine.telling import Telling
from responder.engine.watchdog.course import WatchdogCourse, WatchdogRule
from responder.storage import commands, deliveries, heartbeats, leases, reports, set_back
from responder.storage.database import Database
from responder.storage.leases import LONGEST, Lease
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, ScriptedNotifier, alert_of, notification_of
from responder.testing.fix_world import World
from responder.testing.fixing import StandInKnob

HOUR: Final = timedelta(hours=1)


@pytest.fixture
def incident(take: Callable[..., Any], orders: Orders) -> str:
    taken = take(notification_of(alert_of()))
    orders.take()
    return str(taken.changes[0].incident.id)


async def failed_attempt(desk: Desk, incident: str) -> ScriptedNotifier:
    slack = ScriptedNotifier("slack", errors=[Unreachable("Slack", Reason.OVERLOADED, "503")])
    told = await Telling(desk, {"slack": slack}, lambda _: "")("first", incident, "slack", 1)
    assert told is Told.RETRYING
    return slack


async def test_after_it_was_set_back_what_waits_for_a_retry_is_ordered_at_once(
    desk: Desk, clock: ManualClock, orders: Orders, incident: str
) -> None:
    """The order of the retry is lost in this story; the sweep must not wait for an hour."""
    chore = SetBack(desk)
    chore.run()
    slack = await failed_attempt(desk, incident)
    orders.take()
    clock.now -= HOUR
    assert Sweep(desk).run() == 0
    chore.run()
    clock.forward(seconds=3)
    Sweep(desk).run()
    (again,) = (one for one in orders.take(Move.TELL) if one.args[1] == "slack")
    assert await Telling(desk, {"slack": slack}, lambda _: "")(again.id, *again.args) is Told.DELIVERED  # type: ignore[arg-type] # the order's own


async def test_where_the_database_was_away_just_then_it_is_done_in_the_next_turn(
    desk: Desk, clock: ManualClock, database: Database, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chore = SetBack(desk)
    chore.run()
    await failed_attempt(desk, incident)
    clock.now -= HOUR
    with monkeypatch.context() as away:
        away.setattr(set_back, "bring_to", Mock(side_effect=Busy("away")))
        with pytest.raises(Busy):
            chore.run()
    clock.forward(seconds=2)
    chore.run()
    with database.read() as connection:
        assert deliveries.one(connection, incident, "slack").due_at == clock.now


async def test_a_start_on_what_is_of_the_future_brings_it_to_the_present(
    desk: Desk, clock: ManualClock, database: Database, incident: str
) -> None:
    await failed_attempt(desk, incident)
    clock.now -= HOUR
    SetBack(desk).run()
    with database.read() as connection:
        stored = deliveries.one(connection, incident, "slack")
    assert stored.due_at == clock.now
    assert stored.delivery.state is DeliveryState.RETRYING


@pytest.mark.parametrize("by", [timedelta(0), timedelta(seconds=-50), HOUR])
def test_else_nothing_is_touched(
    desk: Desk, clock: ManualClock, database: Database, incident: str, by: timedelta
) -> None:
    """Clocks of replicas differ a little, and time goes by."""
    chore = SetBack(desk)
    chore.run()
    with database.write() as connection:
        before = deliveries.of(connection, incident)
    clock.now += by
    chore.run()
    with database.read() as connection:
        assert deliveries.of(connection, incident) == before


async def test_after_it_was_set_back_a_lease_ends_when_it_should(world: World) -> None:
    """Whose hour is half over by then."""
    await half_an_hour_in_force(world)
    applied_at = world.fix().applied_at
    set_by_an_hour(world)
    assert (world.fix().applied_at, world.orders.moved_by) == (applied_at and applied_at - HOUR, HOUR)
    await world.run(minutes=28)
    assert (world.fix().state, world.knob.value) == (FixState.IN_FORCE, 2500)
    await world.run(minutes=3)
    assert (world.fix().end, world.knob.value) == (FixEnd.EXPIRED, 2000)
    assert world.happened()[-1] is Happened.UNDONE
    assert Happened.ENDS_SOON in world.happened()


async def test_after_it_was_set_back_what_does_not_work_is_undone_when_it_should(world: World) -> None:
    world.knob.works_from = 9000
    await world.approved()
    await world.run(minutes=2)
    set_by_an_hour(world)
    await world.run(minutes=5)
    assert (world.fix().end, world.knob.value) == (FixEnd.INEFFECTIVE, 2000)


async def test_after_it_was_set_back_a_cooldown_is_no_longer(world: World) -> None:
    await world.approved()
    await world.run(minutes=65)
    set_by_an_hour(world)
    await world.run(minutes=30)
    assert (await world.proposed(attempt=2)).refusal == ""


async def test_a_move_that_is_made_just_then_does_not_undo_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would keep an end of the lease that is an hour too late: it finds that the fix has moved on."""
    look = StandInKnob.look

    async def set_back_meanwhile(knob: StandInKnob, fix: Fix) -> Look:
        monkeypatch.setattr(StandInKnob, "look", look)
        set_by_an_hour(world)
        return await look(knob, fix)

    await half_an_hour_in_force(world)
    ends_at = world.fix().expires_at
    monkeypatch.setattr(StandInKnob, "look", set_back_meanwhile)
    await world.run(minutes=1)
    assert world.fix().expires_at == (ends_at and ends_at - HOUR)


async def test_an_interruption_in_which_it_was_set_back_makes_no_lease_end_an_hour_later(
    world: World, clock: ManualClock
) -> None:
    """The next process takes it that the time went by from where the last one looked at the clock."""
    await half_an_hour_in_force(world)
    ends_at = world.fix().expires_at
    WatchdogCourse(world.desk, WatchdogRule(), (), lambda: True).run()
    clock.now -= HOUR
    for _ in range(2):  # killed right after it, and started again
        SetBack(world.desk).run()
        assert world.fix().expires_at == (ends_at and ends_at - HOUR)
    await world.run(minutes=31)
    assert (world.fix().end, world.knob.value) == (FixEnd.EXPIRED, 2000)


async def test_only_one_replica_moves_what_waits(world: World) -> None:
    await half_an_hour_in_force(world)
    before = world.fix()
    set_by_an_hour(world, leads=False)
    assert world.fix() == before
    assert world.orders.moved_by == timedelta(0)


async def test_after_it_was_set_back_the_measure_is_asked_again_as_before(
    world: World, clock: ManualClock, database: Database
) -> None:
    set_by_an_hour(world)
    clock.forward(minutes=5, seconds=1)
    five = timedelta(minutes=5)
    with database.read() as connection:
        stale = reports.complete_of_open(
            connection, critical_before=clock.now - five, others_before=clock.now - five, limit=9
        )
    assert list(stale) == [world.incident]


async def test_after_it_was_set_back_what_people_asked_for_is_healed_as_before(
    world: World, clock: ManualClock, database: Database
) -> None:
    """In this story their orders are lost."""
    await Asking(world.desk, mutes=True).silence(world.incident, "ann", HOUR)
    asked = Asked(
        id="a",
        command=Command(verb=Verb.STATUS),
        who="ann",
        user="U0ANN",
        channel="C0",
        at=clock.now,
        answer_url="",
        due_at=clock.now,
    )
    with database.write() as connection:
        commands.keep(connection, asked)
    set_by_an_hour(world)
    world.orders.take()
    clock.forward(seconds=11)
    Sweep(world.desk).run()
    assert {order.move for order in world.orders.take()} >= {Move.SILENCE, Move.ANSWER}


async def test_a_replica_that_died_right_before_it_was_set_back_is_noticed(
    desk: Desk, clock: ManualClock, database: Database
) -> None:
    chore = SetBack(desk)
    chore.run()
    with database.write() as connection:
        heartbeats.beat(connection, "dead", clock.now)
    clock.now -= HOUR
    chore.run()
    clock.forward(seconds=21)
    with database.read() as connection:
        assert heartbeats.silent(connection, clock.now - replicas.DEAD_AFTER) == ("dead",)


async def test_by_how_much_is_told_by_a_clock_that_nobody_sets(world: World, clock: ManualClock) -> None:
    """Between two turns of a process that was frozen for ten minutes."""
    ticks = iter([100.0, 700.0])
    await half_an_hour_in_force(world)
    ends_at = world.fix().expires_at
    chore = SetBack(world.desk, monotonic=lambda: next(ticks))
    chore.run()
    clock.now -= timedelta(minutes=50)
    chore.run()
    assert world.fix().expires_at == (ends_at and ends_at - HOUR)


async def half_an_hour_in_force(world: World) -> None:
    """A quick fix that lasts for an hour."""
    await world.approved()
    await world.run(minutes=30)


def set_by_an_hour(world: World, *, leads: bool = True) -> None:
    """Set the clock back between two turns of the chore."""
    chore = SetBack(world.desk, leads=lambda: leads, monotonic=lambda: 0.0)
    chore.run()
    world.clock.now -= HOUR
    chore.run()


@pytest.mark.parametrize(
    ("by", "had"),
    [
        (timedelta(seconds=-50), Lease.TAKEN),  # clocks of replicas differ a little
        (timedelta(0), Lease.TAKEN),
        (-HOUR, Lease.LEFT),  # it would last for an hour
        (HOUR, Lease.LEFT),  # it ran out
    ],
)
def test_a_lease_outlives_no_jump(database: Database, clock: ManualClock, by: timedelta, had: Lease) -> None:
    minute = timedelta(minutes=1)
    with database.write() as connection:
        leases.acquire(connection, "tell/a", "crashed", clock.now, clock.now + minute)
        clock.now += by
        assert leases.held(connection, "tell/a", clock.now) is (had is Lease.TAKEN)
        assert leases.acquire(connection, "tell/a", "next", clock.now, clock.now + minute) is had


def test_no_lease_is_taken_for_longer_than_is_believed() -> None:
    from responder.engine import delivering, ending, investigating, replicas, silencing  # noqa: PLC0415
    from responder.engine.commands import answering  # noqa: PLC0415
    from responder.engine.fixing import advancing, annotating  # noqa: PLC0415

    taken = [
        one.LEASE for one in (delivering, ending, investigating, silencing, answering, advancing, annotating)
    ]
    assert max(*taken, replicas.TAKEOVER) < LONGEST
