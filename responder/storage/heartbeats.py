"""Which replicas are alive."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from responder.storage.tables import heartbeats


def beat(connection: sa.Connection, executor: str, now: datetime) -> None:
    """Say that this replica is alive."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = insert(heartbeats).values(executor=executor, at=now)
    connection.execute(new.on_conflict_do_update(index_elements=[heartbeats.c.executor], set_={"at": now}))


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
