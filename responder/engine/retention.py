"""Retention: what is old and over is forgotten, a portion at a time, until nothing is left of it.

Between two portions there is a pause in which others write. A backlog that doesn't fit into one turn of the
chore goes on in the next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final, Protocol

from responder import metrics
from responder.engine.desk import Desk
from responder.storage import commands, retention
from responder.storage.retention import Kept

COMMANDS_KEPT: Final = timedelta(days=1)
"""How long the answer to a command can be shared."""
PORTION: Final = 100
"""Rows, each with all that belongs to it, in one transaction."""
ORDERS_PORTION: Final = 500
PAUSE: Final = 0.05
"""Seconds between two portions."""
TURN: Final = timedelta(minutes=5)
"""How long one turn may take: half of the time until the next."""


class Forgets(Protocol):
    """Forgets orders that are done."""

    async def forget(self, done_before: datetime, limit: int) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long what is kept.

    Args:
        incidents: closed ones, with all that belongs to them.
        notifications: what came, taken in or rejected.
        audit: lines of the audit log.
        orders: those that are done; longer than any duplicate of Alertmanager's takes, for the id of one that
            is forgotten could be given again.
    """

    incidents: timedelta = timedelta(days=90)
    notifications: timedelta = timedelta(days=30)
    audit: timedelta = timedelta(days=400)
    orders: timedelta = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Retention:
    """A chore."""

    desk: Desk
    durable: Forgets
    keep: Keep = field(default_factory=Keep)
    turn: timedelta = TURN
    pause: float = PAUSE

    async def run(self) -> int:
        """How many rows and orders were forgotten, without what belonged to them."""
        now, end = self.desk.clock(), monotonic() + self.turn.total_seconds()
        await self.desk.aside(partial(self._tidy, now))
        forgotten = 0
        for kept, keep in self._times().items():
            rows = partial(self._rows, kept, now - keep)
            forgotten += await self._all(kept, rows, PORTION, end)
        orders = partial(self.durable.forget, now - self.keep.orders, ORDERS_PORTION)
        return forgotten + await self._all("orders", orders, ORDERS_PORTION, end)

    def _times(self) -> dict[Kept, timedelta]:
        return {
            Kept.INCIDENTS: self.keep.incidents,
            Kept.NOTIFICATIONS: self.keep.notifications,
            Kept.AUDIT: self.keep.audit,
            Kept.COMMANDS: COMMANDS_KEPT,
        }

    async def _all(self, what: str, portion: Callable[[], Awaitable[int]], size: int, end: float) -> int:
        """Forget portions until one isn't full, or the turn is over."""
        forgotten = 0
        while True:
            number = await portion()
            forgotten += number
            metrics.FORGOTTEN.labels(what).inc(number)
            if number < size or monotonic() >= end:
                return forgotten
            await asyncio.sleep(self.pause)

    async def _rows(self, kept: Kept, before: datetime) -> int:
        def call() -> int:
            with self.desk.database.write() as connection:
                return retention.forget(connection, kept, before, PORTION)

        return await self.desk.aside(call)

    def _tidy(self, now: datetime) -> None:
        with self.desk.database.write() as connection:
            commands.forget_addresses(connection, now)
