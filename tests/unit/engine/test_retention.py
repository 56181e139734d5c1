"""Retention: all that is old and over goes, a portion at a time; what is open or in force stays for ever."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pytest
import sqlalchemy as sa

from responder.domain.alert import AlertStatus
from responder.domain.fix import FixState
from responder.domain.incident import IncidentState
from responder.engine.desk import Desk
from responder.engine.retention import ORDERS_PORTION, PORTION, Keep, Retention
from responder.storage import audit, retention, tables
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.fix_world import World

BOUNDED = {
    tables.receivers,    # a row a receiver of Alertmanager's
    tables.watchdogs,    # likewise
    tables.listening,    # one row
    tables.breaker,      # one row
    tables.heartbeats,   # a row a replica; one that is gone is forgotten by who takes over
}  # fmt: skip


@dataclass(slots=True)
class DurableEngine:
    """Has so many orders that are done."""

    done: int = 0
    asked: list[datetime] = field(default_factory=list)

    async def forget(self, done_before: datetime, limit: int) -> int:
        self.asked.append(done_before)
        number = min(limit, self.done)
        self.done -= number
        return number


@pytest.fixture
def durable() -> DurableEngine:
    return DurableEngine()


@pytest.fixture
def chore(desk: Desk, durable: DurableEngine) -> Retention:
    return Retention(desk, durable, Keep(), pause=0)


TOGETHER: Final = 5_000
"""Rows written in one statement: no answer of the database is waited for longer than 20 s."""


def closed(database: Database, number: int, at: datetime) -> None:
    """So many closed incidents with an alert and an event each, and a notification that opened each."""
    for first in range(0, number, TOGETHER):
        _closed(database, [f"c{place}" for place in range(first, min(first + TOGETHER, number))], at)


def _closed(database: Database, ids: Sequence[str], at: datetime) -> None:
    with database.write() as connection:
        connection.execute(tables.incidents.insert(), [_incident(one, at) for one in ids])
        connection.execute(tables.alerts.insert(), [_alert(one, at) for one in ids])
        connection.execute(
            tables.events.insert(),
            [{"incident": one, "seq": 1, "kind": "opened", "at": at, "text": ""} for one in ids],
        )
        connection.execute(tables.notifications.insert(), [_notification(one, at) for one in ids])


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


class TestAPortionAtATime:
    async def test_a_backlog_goes_in_one_turn_and_in_small_transactions(
        self, chore: Retention, database: Database, clock: ManualClock
    ) -> None:
        closed(database, 3 * PORTION + 7, clock.now - timedelta(days=91))
        with deleted(database) as portions:
            await chore.run()
        assert max(portions) == PORTION
        for table in (tables.incidents, tables.alerts, tables.events, tables.notifications):
            assert count(database, table) == 0, table.name

    async def test_a_turn_that_is_over_leaves_the_rest_to_the_next(
        self, desk: Desk, durable: DurableEngine, database: Database, clock: ManualClock
    ) -> None:
        closed(database, PORTION + 7, clock.now - timedelta(days=91))
        chore = Retention(desk, durable, turn=timedelta(0), pause=0)
        await chore.run()
        assert count(database, tables.incidents) == 7
        await chore.run()
        assert count(database, tables.incidents) == 0

    async def test_orders_that_are_done_go_until_none_is_left(
        self, chore: Retention, durable: DurableEngine, clock: ManualClock
    ) -> None:
        durable.done = 3 * ORDERS_PORTION + 1
        assert await chore.run() == 3 * ORDERS_PORTION + 1
        assert durable.done == 0
        assert durable.asked[0] == clock.now - timedelta(days=2)


class TestWhatStays:
    async def test_what_is_younger(self, chore: Retention, database: Database, clock: ManualClock) -> None:
        """Notifications go before incidents do."""
        closed(database, 5, clock.now - timedelta(days=31))
        await chore.run()
        assert (count(database, tables.incidents), count(database, tables.notifications)) == (5, 0)

    async def test_what_is_open_however_old(
        self, chore: Retention, world: World, database: Database, clock: ManualClock
    ) -> None:
        clock.forward(days=1000)
        await chore.run()
        assert count(database, tables.incidents) == 1

    async def test_what_has_a_fix_in_force_until_that_is_over(
        self, chore: Retention, world: World, database: Database, clock: ManualClock
    ) -> None:
        """Its undo is kept with it."""
        await world.approved()
        await world.run(minutes=5)
        assert world.fix().state is FixState.IN_FORCE
        with database.write() as connection:
            over = {"state": IncidentState.CLOSED, "closed_at": clock.now}
            connection.execute(tables.incidents.update().values(over))
        clock.forward(days=1000)
        await chore.run()
        assert world.fix().state is FixState.IN_FORCE
        with database.write() as connection:
            connection.execute(tables.fixes.update().values(state=FixState.ENDED))
        await chore.run()
        assert (count(database, tables.incidents), count(database, tables.fixes)) == (0, 0)


class TestTheAuditLog:
    async def test_outlives_its_incident_and_ends_in_time(
        self, chore: Retention, world: World, database: Database, clock: ManualClock
    ) -> None:
        await world.approved()
        await world.run(minutes=5)
        before = count(database, tables.audit)
        clock.forward(days=399)
        await chore.run()
        assert count(database, tables.audit) == before > 1
        clock.forward(days=2)
        await chore.run()
        assert count(database, tables.audit) == 1

    async def test_goes_on_counting_after_that(
        self, chore: Retention, world: World, database: Database, clock: ManualClock
    ) -> None:
        """Who follows it by its numbers must not miss what comes."""
        await world.approved()
        await world.run(minutes=5)
        with database.read() as connection:
            newest = audit.newest(connection)
        clock.forward(days=1000)
        await chore.run()
        with database.read() as connection:
            assert audit.newest(connection) == newest


def test_every_table_is_forgotten_or_cannot_grow() -> None:
    """Who adds a table has to say how it ends."""
    forgotten = {old.table for olds in retention.OLD.values() for old in olds}
    while True:
        belonging = {
            table
            for table in tables.metadata.tables.values()
            if any(key.ondelete == "CASCADE" and key.column.table in forgotten for key in table.foreign_keys)
        }
        if belonging <= forgotten:
            break
        forgotten |= belonging
    assert set(tables.metadata.tables.values()) - forgotten == BOUNDED


@pytest.mark.soak
async def test_a_hundred_thousand_old_incidents_go_in_one_turn(
    desk: Desk, durable: DurableEngine, database: Database, clock: ManualClock
) -> None:
    """With as many notifications; no transaction of it deletes more than a portion."""
    closed(database, 100_000, clock.now - timedelta(days=91))
    chore = Retention(desk, durable, pause=0)
    with deleted(database) as portions:
        await chore.run()
    assert count(database, tables.incidents) == count(database, tables.notifications) == 0
    assert max(portions) == PORTION


@contextmanager
def deleted(database: Database) -> Iterator[list[int]]:
    """How many rows each transaction deletes, without what belongs to them."""
    portions: list[int] = []

    def note(_: object, cursor: sa.engine.interfaces.DBAPICursor, statement: str, *__: object) -> None:
        if statement.startswith("DELETE"):
            portions.append(cursor.rowcount)

    sa.event.listen(database.engine, "after_cursor_execute", note)
    yield portions
    sa.event.remove(database.engine, "after_cursor_execute", note)


def _incident(name: str, at: datetime) -> dict[str, object]:
    return {
        "id": name,
        "alert_name": "A",
        "name_key": "A",
        "state": IncidentState.CLOSED,
        "severity": "warning",
        "revision": 1,
        "notice": 1,
        "events": 1,
        "opened_at": at,
        "changed_at": at,
        "closed_at": at,
        "ending": "recovered",
        "ending_text": "",
        "returns": "[]",
        "unsure": False,
        "taken_by": "",
        "deferred": False,
    }


def _alert(incident: str, at: datetime) -> dict[str, object]:
    return {
        "incident": incident,
        "fingerprint": incident,
        "position": 0,
        "labels": {},
        "annotations": {},
        "status": AlertStatus.RESOLVED,
        "starts_at": at,
        "generator_url": "",
    }


def _notification(name: str, at: datetime) -> dict[str, object]:
    return {
        "id": name,
        "received_at": at,
        "receiver": "r",
        "group_key": "g",
        "external_url": "",
        "alerts": 1,
        "truncated": 0,
        "outcome": "opened",
        "incidents": "[]",
    }
