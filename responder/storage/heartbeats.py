"""Which replicas are alive."""

from datetime import datetime

import sqlalchemy as sa

from responder.storage import upsert
from responder.storage.tables import heartbeats


def beat(connection: sa.Connection, executor: str, now: datetime, since: datetime | None = None) -> None:
    """Say that this replica is alive, and since when its process has run."""
    upsert.put(connection, heartbeats, {"executor": executor, "at": now, "since": since})


def alive(connection: sa.Connection, since: datetime) -> tuple[str, ...]:
    """The replicas that were heard of since then, by name."""
    query = sa.select(heartbeats.c.executor).where(heartbeats.c.at >= since).order_by(heartbeats.c.executor)
    return tuple(connection.scalars(query))


def leader(connection: sa.Connection, heard: datetime) -> str:
    """Of those that were heard of since then the one whose process has run for longest.

    The first by name while one of them is of a version that goes by that.
    """
    query = sa.select(heartbeats).where(heartbeats.c.at >= heard)
    alive: list[tuple[datetime | None, str]] = [
        (row.since, row.executor) for row in connection.execute(query)
    ]
    began = [(since, name) for since, name in alive if since is not None]
    return min(began)[1] if len(began) == len(alive) else min(name for _, name in alive)


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
