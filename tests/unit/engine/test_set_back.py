"""A clock that is set back or forward by an hour: nothing waits for that hour, and nothing is done twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from unittest.mock import Mock

import pytest

from responder.domain.errors import Busy, Reason, Unreachable
from responder.domain.notice import DeliveryState
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.set_back import SetBack
from responder.engine.sweep import Sweep
from responder.engine.telling import Telling
from responder.storage import deliveries, leases, set_back
from responder.storage.database import Database
from responder.storage.leases import LONGEST, Lease
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, ScriptedNotifier, alert_of, notification_of

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
