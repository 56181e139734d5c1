"""A database that has been in use for long: the rows of one incident, copied under other names."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from responder.storage.tables import incidents, metadata, notifications

ID: Final = "printf('%08d', n.i)"
"""Of the nth copy."""
EARLIER: Final = "{} - 1000000 * n.i"
"""Copies are a second apart."""
OTHERS: Final = {
    "fingerprint": "substr(fingerprint, 1, 6) || printf('%010x', n.i)",
    "way_key": "printf('%064x', n.i)",
    **{column: EARLIER.format(column) for column in ("opened_at", "closed_at", "changed_at", "received_at")},
}
"""What else tells copies apart, in whatever table it stands."""
ORDERS: Final = ("workflow_status", "workflow_input")
"""Tables of the durable engine, whose orders are named by `workflow_uuid`."""


def fill(database: Path, incident: str, number: int) -> None:
    """Copy an incident, all that hangs on it, its notification and its orders, so many times."""
    with sqlite3.connect(database) as connection:
        for table in metadata.tables.values():
            if "incident" in table.columns:
                _copy(connection, table.name, {"incident": ID}, f"incident = '{incident}'", number)
        _copy(connection, incidents.name, {"id": ID}, f"id = '{incident}'", number)
        numbered = {"id": "printf('%s-%d', id, n.i)", "incidents": ID}
        _copy(connection, notifications.name, numbered, f"incidents LIKE '%{incident}%'", number)
        for name in ORDERS:
            renamed = {"workflow_uuid": f"replace(workflow_uuid, '{incident}', {ID})"}
            _copy(connection, name, renamed, f"workflow_uuid LIKE '%{incident}%'", number)
    connection.close()


def _copy(
    connection: sqlite3.Connection, table: str, named: Mapping[str, str], where: str, number: int
) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    made = {**OTHERS, **named}
    values = ", ".join(made.get(column, column) for column in columns)
    connection.execute(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?), "  # noqa: S608 - ours
        f"found AS MATERIALIZED (SELECT * FROM {table} WHERE {where}) "
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM found, n",
        (number,),
    )
