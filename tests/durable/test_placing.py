"""Orders placed together stand in DBOS's tables as if its public call had placed each."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions

from responder.domain.alert import Severity
from responder.engine import orders
from responder.engine.durable import APPLICATION, VERSION
from responder.engine.orders import Order
from responder.engine.placing import Placing
from responder.storage.database import Database

DIFFER = {"workflow_uuid", "created_at", "updated_at", "creator_xid", "retention_timestamp"}
"""Names, times and random tokens."""

PLACED = [
    orders.investigate("one", 1, Severity.CRITICAL),
    orders.investigate("one", 1, Severity.WARNING, attempt=3),  # delayed
    orders.tell("two", "slack", 4, Severity.INFO),
]


@pytest.fixture
def client(database: Database) -> DBOSClient:
    return DBOSClient(
        system_database_engine=database.engine,
        application_name=APPLICATION,
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
    )


async def test_orders_stand_there_as_by_the_public_call(database: Database, client: DBOSClient) -> None:
    with database.write() as connection:
        Placing(client, VERSION).place(connection, PLACED)
    ours = _rows(database, client)
    with database.write() as connection:
        client._sys_db._apply_caller_schema(connection)
        for table in _tables(client):
            connection.execute(table.delete())
        for order in PLACED:
            client.enqueue_in_transaction(connection, _options(order), *order.args)
    theirs = _rows(database, client)
    assert len(ours) == 2 * len(PLACED)
    for mine, wanted in zip(ours, theirs, strict=True):
        due = mine.pop("delay_until_epoch_ms", None), wanted.pop("delay_until_epoch_ms", None)
        assert mine == wanted
        assert (due[0] is None) == (due[1] is None)


async def test_an_order_that_is_there_already_is_left_alone(database: Database, client: DBOSClient) -> None:
    placing, first, other = Placing(client, VERSION), PLACED[0], PLACED[2]
    for batch in ([first], [first, other], [first, first]):
        with database.write() as connection:
            placing.place(connection, batch)
    assert len(_rows(database, client)) == 4


async def test_by_a_clock_that_was_set_back_the_delayed_begin_that_much_sooner(
    database: Database, client: DBOSClient
) -> None:
    placing, hour = Placing(client, VERSION), timedelta(hours=1)
    with database.write() as connection:
        placing.place(connection, PLACED)
    before = [row.get("delay_until_epoch_ms") for row in _rows(database, client)]
    with database.write() as connection:
        assert placing.sooner(connection, hour) == 1
    after = [row.get("delay_until_epoch_ms") for row in _rows(database, client)]
    assert after == [due and due - hour // timedelta(milliseconds=1) for due in before]
    assert any(before)


def _tables(client: DBOSClient) -> tuple[sa.Table, sa.Table]:
    tables = client._sys_db.tables
    return tables.workflow_input, tables.workflow_status


def _options(order: Order) -> EnqueueOptions:
    options = EnqueueOptions(
        workflow_name=order.move,
        queue_name=order.queue,
        workflow_id=order.id,
        app_version=VERSION,
        priority=order.priority,
    )
    if order.delay:
        options["delay_seconds"] = order.delay
    return options


def _rows(database: Database, client: DBOSClient) -> list[dict[str, Any]]:
    """All rows, by order; without what differs from one run to the next."""
    with database.read() as connection:
        client._sys_db._apply_caller_schema(connection)
        found = [
            row
            for table in _tables(client)
            for row in connection.execute(sa.select(table).order_by(table.c.workflow_uuid)).mappings()
        ]
    return [{name: value for name, value in row.items() if name not in DIFFER} for row in found]
