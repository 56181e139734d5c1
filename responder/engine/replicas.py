"""Replicas: each says that it is alive; one leads; the work of a dead one is taken over."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from responder import metrics
from responder.engine.desk import Desk
from responder.log import Action, get_logger
from responder.storage import heartbeats, leases
from responder.storage.leases import Lease

BEAT: Final = timedelta(seconds=5)
DEAD_AFTER: Final = timedelta(seconds=20)
"""Silence after which a replica counts as dead: with the beat and the takeover less than 30 s."""
TAKEOVER: Final = timedelta(seconds=30)
STRAYS_LOOKED_FOR: Final = 2
"""Times in a row: what nobody works on twice is a stray."""
STRAYS_EVERY: Final = timedelta(minutes=1)
"""Also without an interruption: an order that this version doesn't know may be known to another replica's."""
UNHEARD: Final = timedelta(seconds=2)
"""Beyond two beats: so long after the last one that the database took it is what is waited for."""

log = get_logger()


class TakesOver(Protocol):
    """Puts orders back into their queues: a dead replica's, and its own that nobody is at work on."""

    async def take_over(self, executor: str) -> int: ...

    async def take_up_strays(self) -> int: ...


@dataclass(slots=True)
class Replicas:
    """This replica among the others."""

    desk: Desk
    executor: str
    durable: TakesOver
    dead_after: timedelta = DEAD_AFTER
    every: timedelta = BEAT
    monotonic: Callable[[], float] = time.monotonic
    _since: datetime | None = None
    """When this process beat first. One that is started again and again does no chores: it must not lead."""
    _first: bool = False
    """Of those alive when it beat last."""
    _beaten: float = 0.0
    """When that was, in seconds of the monotonic clock."""
    _strays_looked_for: int = 0
    """So many times more."""
    _looked: float = 0.0
    """When it began to look for them last, in seconds of the monotonic clock."""

    @property
    def leads(self) -> bool:
        """Whether this one does what is needed once only: sweep, comparison, refresh.

        One that was frozen, or cut from the database, leads no more: by now the others count it as dead.
        """
        return self._first and self._unheard < self.dead_after

    @property
    def waiting_for(self) -> str:
        """What it waits for, once it has begun: the database, if it took no beat lately."""
        return "the database" if self._unheard > 2 * self.every + UNHEARD else ""

    @property
    def _unheard(self) -> timedelta:
        return timedelta(seconds=self.monotonic() - self._beaten)

    def beat(self) -> tuple[str, ...]:
        """Say that this one is alive; which others are dead and not taken over yet."""
        now, began = self.desk.clock(), self.monotonic()
        self._since = self._since or now
        with self.desk.database.write() as connection:
            heartbeats.beat(connection, self.executor, now, self._since)
            leader = heartbeats.leader(connection, now - self.dead_after)
            dead = heartbeats.silent(connection, now - self.dead_after)
        self._first, self._beaten = self.executor == leader, began
        return dead

    async def look_after(self) -> None:
        """Beat, and take over what dead replicas left; after an interruption also what got lost here."""
        now = self.monotonic()
        if self._unheard > 2 * self.every or now - self._looked > STRAYS_EVERY.total_seconds():
            self._strays_looked_for, self._looked = STRAYS_LOOKED_FOR, now
        for dead in await self.desk.aside(self.beat):
            if await self.desk.aside(lambda dead=dead: self._mine(dead)):  # type: ignore[misc] # bound at once
                orders = await self.durable.take_over(dead)
                metrics.TAKEN_OVER.inc(orders)
                log.warning(Action.TAKEN_OVER, replica=dead, orders=orders)
                await self.desk.aside(lambda dead=dead: self._forget(dead))  # type: ignore[misc] # bound at once
        if self._strays_looked_for:
            await self.durable.take_up_strays()
            self._strays_looked_for -= 1

    def leave(self) -> None:
        """Stopping in good order: what is left is taken up at the next start, or by the others."""
        with self.desk.database.write() as connection:
            heartbeats.leave(connection, self.executor, self.desk.clock() - self.dead_after)

    def _mine(self, dead: str) -> bool:
        now: datetime = self.desk.clock()
        with self.desk.database.write() as connection:
            lease = leases.acquire(connection, f"takeover/{dead}", self.executor, now, now + TAKEOVER)
        return lease is not Lease.TAKEN

    def _forget(self, dead: str) -> None:
        with self.desk.database.write() as connection:
            heartbeats.forget(connection, dead)
            leases.release(connection, f"takeover/{dead}", self.executor)
