"""Orders that were done long ago are forgotten, with all that the durable engine kept of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa

from responder.domain.alert import Severity
from responder.domain.clock import system_clock
from responder.engine import orders
from responder.engine.desk import Desk
from responder.engine.durable import Durable
from responder.engine.orders import Move, Order
from responder.engine.retention import Keep, Retention
from responder.storage.database import Database
from responder.storage.migrate import migrate

TABLES: Final = ("workflow_status", "workflow_input", "workflow_output")
WITHIN: Final = 15.0
LONG_AGO: Final = timedelta(days=3)
UNDER_WAY: Final = "under way"

OLD: Final = [orders.end(f"old{number}", 1, 1) for number in range(5)]
YOUNG: Final = [orders.end("young", 1, 1), orders.tell("young", "slack", 1, Severity.INFO)]
HELD: Final = orders.end(UNDER_WAY, 1, 1)
DELAYED: Final = orders.tell("delayed", "slack", 1, Severity.INFO, delay=3600)


class Site:
    """The durable engine on a database; its moves answer at once, but one that hangs."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.durable = Durable(database, "one", ["slack"])
        self.held = asyncio.Event()

    async def run(self, move: Move, order: str, arguments: Sequence[Any]) -> str:
        del move, order
        if arguments[0] == UNDER_WAY:
            await self.held.wait()
        return "done"

    def place(self, *placed: Order) -> None:
        with self.database.write() as connection:
            self.durable.place(connection, placed)
        self.durable.wake({order.queue for order in placed})

    async def done(self, *placed: Order) -> None:
        """Wait until these are done, with their outputs kept."""
        await _until(lambda: {order.id for order in placed} <= self._kept("workflow_output"))

    def kept(self) -> dict[str, set[str]]:
        """The orders of which there is a row, by table."""
        return {table: self._kept(table) for table in TABLES}

    def long_ago(self, *placed: Order) -> None:
        """These were done three days ago."""
        at = int((system_clock() - LONG_AGO).timestamp() * 1000)
        rows = self._table("workflow_status")
        with self.database.write() as connection:
            ids = [order.id for order in placed]
            connection.execute(rows.update().where(rows.c.workflow_uuid.in_(ids)).values(completed_at=at))

    def _kept(self, table: str) -> set[str]:
        with self.database.read() as connection:
            return set(connection.scalars(sa.select(self._table(table).c.workflow_uuid)))

    def _table(self, name: str) -> Any:
        schema = None if self.database.sqlite else "dbos"
        return sa.table(name, sa.column("workflow_uuid"), sa.column("completed_at"), schema=schema)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(0.02)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    site = Site(Database(database_url))
    migrate(site.database)
    await site.durable.start(site.run)
    site.place(*OLD, *YOUNG, HELD, DELAYED)
    await site.done(*OLD, *YOUNG)
    site.long_ago(*OLD)
    yield site
    site.held.set()
    await site.done(HELD)
    await site.durable.stop()
    site.database.close()


def ids(*placed: Order) -> set[str]:
    return {order.id for order in placed}


async def test_what_was_done_long_ago_is_forgotten_in_portions_and_the_rest_stays(site: Site) -> None:
    """Of each all rows go: its state, what it was given and what it answered."""
    everything = ids(*OLD, *YOUNG, HELD, DELAYED)
    assert site.kept() == {
        "workflow_status": everything,
        "workflow_input": everything,
        "workflow_output": ids(*OLD, *YOUNG),
    }
    before = system_clock() - LONG_AGO / 2
    left = len(OLD)
    for portion in (2, 2, 1, 0):
        assert await site.durable.forget(before, 2) == portion
        left -= portion
        assert {table: len(rows & ids(*OLD)) for table, rows in site.kept().items()} == dict.fromkeys(
            TABLES, left
        )
    assert site.kept() == {
        "workflow_status": ids(*YOUNG, HELD, DELAYED),
        "workflow_input": ids(*YOUNG, HELD, DELAYED),
        "workflow_output": ids(*YOUNG),
    }


async def test_what_is_not_done_stays_however_old_it_is(site: Site) -> None:
    assert await site.durable.forget(system_clock() + timedelta(days=1), 100) == len(OLD) + len(YOUNG)
    left = ids(HELD, DELAYED)
    assert site.kept() == {"workflow_status": left, "workflow_input": left, "workflow_output": set()}


async def test_the_chore_has_the_durable_engine_forget_what_is_older_than_two_days(site: Site) -> None:
    desk = Desk(site.database, site.durable, system_clock, ("slack",))
    assert await Retention(desk, site.durable, Keep()).run() == len(OLD)
    assert site.kept()["workflow_status"] == ids(*YOUNG, HELD, DELAYED)
