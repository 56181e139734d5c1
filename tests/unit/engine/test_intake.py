"""The one writer: batches, a lock, one that spoils it for the others."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from responder.domain.errors import Busy
from responder.engine.desk import Desk
from responder.engine.gathering import Gathering
from responder.engine.intake import WAITING, Intake
from responder.engine.rush import MANY, Rush
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.storage.notifications import Outcome
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of

PATIENCE = 120.0
"""Seconds: longer than the slowest machine takes."""


@pytest.fixture
def intake(desk: Desk) -> Iterator[Intake]:
    intake = Intake(desk, deadline=PATIENCE)
    intake.start()
    yield intake
    intake.stop()


async def test_two_equal_notifications_at_the_same_moment_are_one_incident(intake: Intake) -> None:
    both = await asyncio.gather(*(intake.accept(notification_of(alert_of())) for _ in range(2)))
    assert both[0].incidents == both[1].incidents
    assert sorted(taken.outcome for taken in both) == [Outcome.DUPLICATE, Outcome.OPENED]


async def test_a_hundred_at_once_are_all_kept(intake: Intake, orders: Orders) -> None:
    sent = (notification_of(alert_of(f"{n:x}", name=f"A{n}"), group_key=f"g{n}") for n in range(100))
    taken = await asyncio.gather(*map(intake.accept, sent))
    assert len({one.incidents for one in taken}) == 100
    assert len(orders.take()) == 100


class Counted(Gathering):
    """Counts how often company was waited for."""

    waits = 0

    def wait(self, waiting: Callable[[], int]) -> None:
        self.waits += 1
        super().wait(waiting)


async def test_company_is_waited_for_in_a_rush_only(desk: Desk) -> None:
    gathering, rush = Counted(), Rush(PATIENCE)
    intake = Intake(desk, rush, PATIENCE, gathering)
    intake.start()
    sent = [notification_of(alert_of(f"{n:x}", name=f"A{n}"), group_key=f"g{n}") for n in range(MANY + 2)]
    await intake.accept(sent[0])
    assert gathering.waits == 0
    answers = await asyncio.gather(*map(intake.accept, sent[1:]))
    assert rush.on
    last = await intake.accept(notification_of(alert_of("f" * 16, name="Last"), group_key="last"))
    await asyncio.to_thread(intake.stop)
    assert gathering.waits > 0
    assert {one.outcome for one in [*answers, last]} == {Outcome.OPENED}


async def test_one_that_can_not_be_kept_spoils_it_for_nobody_else(intake: Intake) -> None:
    """A bug or a value no database takes: that one is to be sent again, the others are kept."""
    good = [notification_of(alert_of(f"{n}", name=f"A{n}"), group_key=f"g{n}") for n in range(5)]
    bad = notification_of(alert_of("b" * 16, x="\ud800"))  # the webhook would have mended it
    answers = await asyncio.gather(*map(intake.accept, [*good[:2], bad, *good[2:]]), return_exceptions=True)
    assert [isinstance(answer, Busy) for answer in answers] == [False, False, True, False, False, False]


async def test_what_comes_after_the_stop_is_to_be_sent_again(intake: Intake) -> None:
    await asyncio.to_thread(intake.stop)
    with pytest.raises(Busy):
        await intake.accept(notification_of(alert_of()))


async def test_more_than_may_wait_is_to_be_sent_again(desk: Desk) -> None:
    held = Held(desk)
    held.start()
    waiting = [
        asyncio.ensure_future(held.accept(notification_of(alert_of(f"{n}", name=f"A{n}"), group_key=f"g{n}")))
        for n in range(WAITING + 70)
    ]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert isinstance(done.pop().exception(), Busy)
    held.let.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.to_thread(held.stop)
    assert sum(not isinstance(answer, Busy) for answer in answers) >= WAITING


async def test_who_waits_too_long_is_to_send_again(desk: Desk) -> None:
    held = Held(desk, deadline=0.01)
    held.start()
    with pytest.raises(Busy, match="in time"):
        await held.accept(notification_of(alert_of()))
    held.let.set()
    await asyncio.to_thread(held.stop)


class Held(Intake):
    """Writes only once it is let."""

    def __init__(self, desk: Desk, deadline: float = PATIENCE) -> None:
        super().__init__(desk, deadline=deadline)
        self.let = threading.Event()

    def _write(self, batch):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the original
        self.let.wait()
        super()._write(batch)


async def test_a_locked_database_means_send_it_again(tmp_path: Path) -> None:
    """Another process holds SQLite's lock for longer than we wait."""
    file = tmp_path / "locked.db"
    database = Database(f"sqlite:///{file}", busy_seconds=0.2)
    migrate(database)
    intake = Intake(Desk(database, Orders(), ManualClock(), ()))
    intake.start()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        await intake.accept(notification_of(alert_of()))
    other.execute("ROLLBACK")
    other.close()
    assert (await intake.accept(notification_of(alert_of()))).outcome is Outcome.OPENED
    await asyncio.to_thread(intake.stop)
    database.close()
