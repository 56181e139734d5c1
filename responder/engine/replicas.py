"""Replicas: each says that it is alive; one leads; the work of a dead one is taken over."""

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

log = get_logger()


class TakesOver(Protocol):
    """Puts the orders a dead replica was working on back into their queues."""

    async def take_over(self, executor: str) -> int: ...


@dataclass(slots=True)
class Replicas:
    """This replica among the others."""

    desk: Desk
    executor: str
    durable: TakesOver
    dead_after: timedelta = DEAD_AFTER
    leads: bool = False
    """Whether this one does what is needed once only: sweep, comparison, refresh."""

    def beat(self) -> tuple[str, ...]:
        """Say that this one is alive; which others are dead and not taken over yet."""
        now = self.desk.clock()
        with self.desk.database.write() as connection:
            heartbeats.beat(connection, self.executor, now)
            alive = heartbeats.alive(connection, now - self.dead_after)
            dead = heartbeats.silent(connection, now - self.dead_after)
        self.leads = self.executor == min(alive)
        return dead

    async def look_after(self) -> None:
        """Beat, and take over what dead replicas left."""
        for dead in await self.desk.aside(self.beat):
            if await self.desk.aside(lambda dead=dead: self._mine(dead)):  # type: ignore[misc] # bound at once
                orders = await self.durable.take_over(dead)
                metrics.TAKEN_OVER.inc(orders)
                log.warning(Action.TAKEN_OVER, replica=dead, orders=orders)
                await self.desk.aside(lambda dead=dead: self._forget(dead))  # type: ignore[misc] # bound at once

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
