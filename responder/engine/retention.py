"""Retention: what is old and over is forgotten, a portion at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from responder.engine.desk import Desk
from responder.storage import commands, retention

ORDERS_KEPT: Final = timedelta(days=2)
"""Longer than any duplicate of Alertmanager's takes: a forgotten order's id could be given again."""
PORTION: Final = 200
COMMANDS_KEPT: Final = timedelta(days=1)
"""How long the answer to a command can be shared."""


class Forgets(Protocol):
    """Forgets orders that are done."""

    async def forget(self, done_before: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Retention:
    """A chore; `keep` is how long closed incidents and what came are kept."""

    desk: Desk
    durable: Forgets
    keep: timedelta

    async def run(self) -> int:
        """How many incidents and orders were forgotten."""
        now = self.desk.clock()
        forgotten = await self.desk.aside(lambda: self._forget(now))
        return forgotten + await self.durable.forget(now - ORDERS_KEPT)

    def _forget(self, now: datetime) -> int:
        with self.desk.database.write() as connection:
            commands.forget(connection, now - min(self.keep, COMMANDS_KEPT), now)
            return retention.forget(connection, now - self.keep, PORTION)
