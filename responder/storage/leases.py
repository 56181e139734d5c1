"""Leases: who is at work on what, so that one thing is done by one worker at a time.

The owner is an order's id, not a process: an order that is run again after a crash gets its own lease back.
One that would last longer than any is taken for was taken before the clock was set back: nobody has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from responder.storage.tables import leases
from responder.storage.types import Instant
from responder.storage.upsert import insert

LONGEST: Final = timedelta(minutes=5)
"""No lease is taken for longer."""

_LEFT: Final = sa.select(leases.c.key).where(leases.c.key == bindparam("key"))
_RELEASE: Final = leases.delete().where(
    leases.c.key == bindparam("of_key"), leases.c.owner == bindparam("of_owner")
)
_RELEASE_OURS: Final = _RELEASE.where(leases.c.until == bindparam("of_until"))
_OURS: Final = sa.select(leases.c.key).where(
    leases.c.key == bindparam("of_key"),
    leases.c.owner == bindparam("of_owner"),
    leases.c.until == bindparam("of_until"),
)
_LEAVE: Final = (
    leases.update()
    .where(leases.c.key == bindparam("of_key"), leases.c.owner == bindparam("of_owner"))
    .values(until=bindparam("at"))
)


class Lease(StrEnum):
    """What came of asking for a lease."""

    FRESH = "fresh"
    """Had; nobody had it before."""
    LEFT = "left"
    """Had; somebody (maybe this owner) had it before and never gave it back."""
    TAKEN = "taken"
    """Not had: somebody else is at work."""


@dataclass(slots=True)
class Claim:
    """A move's wish for a lease. It may be put again where no answer was heard.

    At first the lease is its own that an earlier life of its order left. Put again, it is so only by a try of
    this claim: meanwhile the same order may have been given to another replica.
    """

    key: str
    order: str
    _tried: list[datetime] = field(default_factory=list)

    @property
    def until(self) -> datetime:
        """When the lease ends that was asked for last, which is known by that."""
        return self._tried[-1]

    def take(self, connection: sa.Connection, now: datetime, lasts: timedelta) -> Lease:
        """Take the lease if that can be."""
        tried = tuple(self._tried)
        self._tried.append(now + lasts)
        return acquire(connection, self.key, self.order, now, self.until, tried)

    def give_back(self, connection: sa.Connection, lease: Lease, now: datetime) -> None:
        """Nothing was to be done: give it back as it was found, so that what was left stays in doubt."""
        if lease is Lease.LEFT:
            leave(connection, self.key, self.order, now)
        else:
            release(connection, self.key, self.order, self.until)

    def holds(self, connection: sa.Connection, now: datetime) -> bool:
        """Whether the lease is had, for some time still."""
        known = {"of_key": self.key, "of_owner": self.order, "of_until": self.until}
        return now < self.until and connection.scalar(_OURS, known) is not None


def acquire(  # noqa: PLR0913, PLR0917 - a row, and what is known of it
    connection: sa.Connection,
    key: str,
    owner: str,
    now: datetime,
    until: datetime,
    tried: Sequence[datetime] = (),
) -> Lease:
    """Take a lease that is free, ran out, or is the owner's already.

    `tried`: ends that the owner asked for before in this life. Its own is then only what has one of them, or
    one that comes sooner than all: that is of an earlier life.
    """
    left = connection.scalar(_LEFT, {"key": key}) is not None
    row = {"key": key, "owner": owner, "until": until, "now": now, "longest": now + LONGEST}
    if tried:
        row |= {"first": tried[0], "tried": tried}
    if connection.execute(_taking(connection.dialect.name, again=bool(tried)), row).first() is None:
        return Lease.TAKEN
    return Lease.LEFT if left else Lease.FRESH


@cache
def _taking(dialect: str, *, again: bool) -> sa.Executable:
    new = insert(leases, dialect).values(
        key=bindparam("key"), owner=bindparam("owner"), until=bindparam("until")
    )
    mine = leases.c.owner == new.excluded.owner
    until = leases.c.until
    if again:
        mine &= (until <= bindparam("first", type_=Instant)) | until.in_(
            bindparam("tried", type_=Instant, expanding=True)
        )
    ran_out = sa.or_(until <= bindparam("now", type_=Instant), until > bindparam("longest", type_=Instant))
    return new.on_conflict_do_update(
        index_elements=[leases.c.key],
        set_={"owner": new.excluded.owner, "until": new.excluded.until},
        where=sa.or_(mine, ran_out),
    ).returning(leases.c.key)


def release(connection: sa.Connection, key: str, owner: str, until: datetime | None = None) -> bool:
    """Give a lease back, and answer whether it was still had: one that somebody else has stays theirs.

    `until` is when it was to end. By it one is told from that of another replica which was given the same
    order to work on, because this one was silent for long.
    """
    known = {"of_key": key, "of_owner": owner}
    if until is None:
        return connection.execute(_RELEASE, known).rowcount > 0
    return connection.execute(_RELEASE_OURS, known | {"of_until": until}).rowcount > 0


def leave(connection: sa.Connection, key: str, owner: str, at: datetime) -> None:
    """End a lease without giving it back: whoever takes it next is told that somebody had it before."""
    connection.execute(_LEAVE, {"of_key": key, "of_owner": owner, "at": at})


def held(connection: sa.Connection, key: str, now: datetime) -> bool:
    """Whether anybody has this lease."""
    return connection.scalar(sa.select(held_by_any(sa.literal(key, sa.Text), now))) is True


def held_by_any(key: sa.ColumnElement[str], now: datetime) -> sa.ColumnElement[bool]:
    """In a query: whether anybody has the lease with this key."""
    return sa.exists().where(leases.c.key == key, leases.c.until > now, leases.c.until <= now + LONGEST)
