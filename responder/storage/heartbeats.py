"""Which replicas are alive."""

from datetime import datetime

import sqlalchemy as sa

from responder.storage import upsert
from responder.storage.tables import heartbeats


def beat(connection: sa.Connection, executor: str, now: datetime) -> None:
    """Say that this replica is alive."""
    upsert.put(connection, heartbeats, {"executor": executor, "at": now})


def alive(connection: sa.Connection, since: datetime) -> tuple[str, ...]:
    """The replicas that were heard of since then, by name."""
    query = sa.select(heartbeats.c.executor).where(heartbeats.c.at >= since).order_by(heartbeats.c.executor)
    return tuple(connection.scalars(query))


def forget(connection: sa.Connection, executor: str) -> None:
    """A replica stopped in good order, or its work was taken over."""
    connection.execute(heartbeats.delete().where(heartbeats.c.executor == executor))


def silent(connection: sa.Connection, since: datetime) -> tuple[str, ...]:
    """The replicas that were not heard of since then, by name."""
    query = sa.select(heartbeats.c.executor).where(heartbeats.c.at < since).order_by(heartbeats.c.executor)
    return tuple(connection.scalars(query))


def leave(connection: sa.Connection, executor: str, at: datetime) -> None:
    """A replica stops: from now on it counts as silent since then."""
    connection.execute(heartbeats.update().where(heartbeats.c.executor == executor).values(at=at))
