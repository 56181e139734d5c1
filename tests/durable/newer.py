"""Makes the code of now newer in this process, as a next version might be.

Its migration adds a table, and a column to tables that every replica writes; it knows one more kind of move,
one more kind of a timeline's line, and keys in what is kept as JSON. What it orders anew is to `remember`
every incident that is investigated. A process that has imported it knows that move.
"""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import sqlalchemy as sa
from dbos import DBOS

from responder.domain.clock import system_clock
from responder.engine.durable import Durable
from responder.engine.orders import CHORES, Move, Order
from responder.storage import migrate, reports
from responder.storage.database import Database
from responder.storage.reports import StoredReport
from responder.storage.tables import events, incidents

REMEMBER: Final = "remember"
REMEMBERED: Final = sa.table("responder_remembered", sa.column("incident"))
MOODY: Final = sa.table("responder_incidents", sa.column("id"), sa.column("mood"))
MIGRATION: Final = """
import sqlalchemy as sa
from alembic import op

revision = "{new}"
down_revision = "{old}"


def upgrade():
    for table in ("responder_incidents", "responder_alerts", "responder_fixes", "responder_leases"):
        op.add_column(table, sa.Column("mood", sa.Text(), nullable=True))
    op.create_table("responder_remembered", sa.Column("incident", sa.Text(), primary_key=True))
"""


class _Current:
    """Where this process keeps its data; workflows are functions of the module and find it here."""

    database: Database | None = None


def become_newer(database: Database, folder: Path) -> None:
    """Before anything is started; the migrations of the new version are written to `folder`."""
    _Current.database = database
    _migrate_further(folder)
    _order_more()
    _write_more()


def next_revision() -> str:
    """The revision that the new version makes, seen from the code of now."""
    return f"{int(migrate.newest()) + 1:04d}"


def _migrate_further(folder: Path) -> None:
    new, old = next_revision(), migrate.newest()
    shutil.copytree(migrate._SCRIPTS, folder)
    (folder / "versions" / f"{new}_newer.py").write_text(MIGRATION.format(new=new, old=old))
    migrate._SCRIPTS = folder  # type: ignore[misc] # of now


def _order_more() -> None:
    place = Durable.place

    def place_more(self: Durable, connection: sa.Connection, orders: Sequence[Order]) -> None:
        more = [_to_remember(order) for order in orders if order.move is Move.INVESTIGATE]
        place(self, connection, [*orders, *more])

    Durable.place = place_more  # type: ignore[method-assign]


def _to_remember(order: Order) -> Order:
    incident = order.args[0]
    return Order(
        id=f"{REMEMBER}/{incident}", move=cast("Move", REMEMBER), queue=CHORES, args=(incident,), priority=2
    )


@DBOS.workflow(name=REMEMBER)
async def remember(incident: str) -> str:
    """The move that only the new version knows."""
    await asyncio.to_thread(_remember, incident)
    return "remembered"


def _remember(incident: str) -> None:
    assert _Current.database is not None
    with _Current.database.write() as connection:
        if connection.scalar(sa.select(REMEMBERED).where(REMEMBERED.c.incident == incident)):
            return  # in a life before, or by another replica
        counted = incidents.update().where(incidents.c.id == incident).values(events=incidents.c.events + 1)
        seq = connection.execute(counted.returning(incidents.c.events)).scalar_one()
        line = {"incident": incident, "seq": seq, "kind": "remembered", "at": system_clock(), "text": ""}
        connection.execute(events.insert(), line)
        connection.execute(sa.insert(REMEMBERED).values(incident=incident))
        connection.execute(sa.update(MOODY).where(MOODY.c.id == incident).values(mood="remembered"))


def _write_more() -> None:
    put = reports.put

    def put_more(connection: sa.Connection, report: StoredReport) -> None:
        body: dict[str, Any] = {**json.loads(report.body), "mood": {"of": ["the new version"]}}
        put(connection, replace(report, body=json.dumps(body)))

    reports.put = put_more
