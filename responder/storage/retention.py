"""Deleting what is old and over."""

from datetime import datetime

import sqlalchemy as sa

from responder.storage import storms
from responder.storage.tables import incidents, leases, notifications, page_events, rejected, round_trips


def forget(connection: sa.Connection, before: datetime, portion: int) -> int:
    """Delete closed incidents and what came before then; at most so many incidents, answers how many."""
    for table in (notifications, rejected, round_trips, page_events):
        connection.execute(table.delete().where(table.c.received_at < before))
    connection.execute(leases.delete().where(leases.c.until < before))
    storms.forget(connection, before)
    old = sa.select(incidents.c.id).where(incidents.c.closed_at < before).limit(portion)
    return connection.execute(incidents.delete().where(incidents.c.id.in_(old))).rowcount
