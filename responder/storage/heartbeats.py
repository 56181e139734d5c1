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


def forget_silent(connection: sa.Connection, before: datetime) -> tuple[str, ...]:
    """The replicas not heard of since then, which are forgotten: who gets a name takes over its work."""
    gone = heartbeats.delete().where(heartbeats.c.at < before).returning(heartbeats.c.executor)
    return tuple(sorted(connection.scalars(gone)))
