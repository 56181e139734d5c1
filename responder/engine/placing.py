"""Placing many orders at the price of a few.

DBOS's public `enqueue_in_transaction` takes one order at a time and builds its statements anew for each; in a
storm that is most of what keeping a notification costs. Here the rows that it would insert are inserted
together, in the caller's transaction; what stands in them is still made by DBOS. As in the file that claims,
this uses what is private to DBOS, and a test fails when an upgrade moves it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions

from responder.engine.orders import Order
from responder.storage import bulk

SAME: Final = (
    "status",
    "name",
    "queue_name",
    "priority",
    "serialization",
    "delay_until_epoch_ms",
    "application_name",
)
"""Columns that are named like what DBOS says of an order. Those that stand nowhere here stay empty."""


DELAYED: Final = "DELAYED"


class Placing:
    """Inserts orders for one version of the application."""

    def __init__(self, client: DBOSClient, version: str) -> None:
        self._client = client
        self._version = version

    def place(self, connection: sa.Connection, orders: Sequence[Order]) -> None:
        """Keep orders as a part of the caller's transaction; an id that is there already is left alone."""
        if not orders:
            return
        store = self._client._sys_db  # noqa: SLF001 - see above
        store._apply_caller_schema(connection)  # noqa: SLF001 - see above
        described = [self._described(order) for order in orders]
        rows = [_row(order) for order in described]
        inputs = [{"workflow_uuid": one["workflow_uuid"], "inputs": one["inputs"]} for one in described]
        bulk.insert(connection, store.tables.workflow_status, rows, known=True)
        bulk.insert(connection, store.tables.workflow_input, inputs, known=True)

    def sooner(self, connection: sa.Connection, by: timedelta) -> int:
        """Have the delayed ones begin so much sooner, where the clock was set back: by it they wait."""
        store = self._client._sys_db  # noqa: SLF001 - see above
        store._apply_caller_schema(connection)  # noqa: SLF001 - see above
        kept = store.tables.workflow_status
        delayed = sa.and_(kept.c.status == DELAYED, kept.c.application_name == store.app_name)
        until = kept.c.delay_until_epoch_ms - round(by.total_seconds() * 1000)
        update = kept.update().where(delayed).values(delay_until_epoch_ms=until)
        return connection.execute(update).rowcount

    def _described(self, order: Order) -> dict[str, Any]:
        """What DBOS would insert."""
        options: EnqueueOptions = {
            "workflow_name": order.move,
            "queue_name": order.queue,
            "workflow_id": order.id,
            "app_version": self._version,
            "priority": order.priority,
        }
        if order.delay > 0:
            options["delay_seconds"] = order.delay
        _, status = self._client._build_enqueue_status(options, *order.args)  # noqa: SLF001 - see above
        return dict(status)


def _row(described: dict[str, Any]) -> dict[str, Any]:
    return {
        "workflow_uuid": described["workflow_uuid"],
        "application_version": described["app_version"],
        "recovery_attempts": 0,
        **{column: described[column] for column in SAME},
    }
