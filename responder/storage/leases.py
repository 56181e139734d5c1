"""Leases: who is at work on what, so that one thing is done by one worker at a time.

The owner is an order's id, not a process: an order that is run again after a crash gets its own lease back.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from responder.storage.tables import leases


class Lease(StrEnum):
    """What came of asking for a lease."""

    FRESH = "fresh"
    """Had; nobody had it before."""
    LEFT = "left"
    """Had; somebody (maybe this owner) had it before and never gave it back."""
    TAKEN = "taken"
    """Not had: somebody else is at work."""


def acquire(connection: sa.Connection, key: str, owner: str, now: datetime, until: datetime) -> Lease:
    """Take a lease that is free, ran out, or is the owner's already."""
    left = connection.scalar(sa.select(leases.c.key).where(leases.c.key == key)) is not None
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = insert(leases).values(key=key, owner=owner, until=until)
    had = connection.execute(
        new.on_conflict_do_update(
            index_elements=[leases.c.key],
            set_={"owner": owner, "until": until},
            where=sa.or_(leases.c.owner == owner, leases.c.until <= now),
        ).returning(leases.c.key)
    ).first()
    if had is None:
        return Lease.TAKEN
    return Lease.LEFT if left else Lease.FRESH


def release(connection: sa.Connection, key: str, owner: str) -> None:
    """Give a lease back; one that somebody else has by now stays theirs."""
    connection.execute(leases.delete().where(leases.c.key == key, leases.c.owner == owner))


def held(connection: sa.Connection, key: str, now: datetime) -> bool:
    """Whether anybody has this lease."""
    query = sa.select(leases.c.key).where(leases.c.key == key, leases.c.until > now)
    return connection.scalar(query) is not None
