"""What others want to know of fixes: for the API, commands and metrics."""

from dataclasses import dataclass

from responder import metrics
from responder.domain.errors import Busy
from responder.domain.fix import Fix, FixState
from responder.engine.desk import Desk
from responder.storage import audit, breaker, fixes
from responder.storage.audit import Line
from responder.storage.breaker import Breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One fix, and what was written down of it, the oldest first."""

    fix: Fix
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some fixes, the newest first, and whether all are paused."""

    fixes: tuple[Fix, ...]
    breaker: Breaker


@dataclass(frozen=True, slots=True)
class FixReading:
    """Reads; changes nothing. Raises `Busy` where the database can't be reached."""

    desk: Desk

    async def newest(self, *, state: FixState | None, incident: str, limit: int) -> Listed:
        """The newest fixes, of one state and one incident if these are given."""
        states = () if state is None else (state,)

        def call() -> Listed:
            with self.desk.database.read() as connection:
                found = fixes.newest(connection, states, limit, incident=incident)
                return Listed(fixes=found, breaker=breaker.read(connection))

        return await self.desk.aside(call)

    async def one(self, fix: str) -> Recorded | None:
        """One fix with its record."""

        def call() -> Recorded | None:
            with self.desk.database.read() as connection:
                found = fixes.load(connection, fix)
                if found is None:
                    return None
                lines = audit.read(connection, fix=fix, limit=audit.LIMIT)
                return Recorded(fix=found, lines=lines[::-1])

        return await self.desk.aside(call)

    async def audit(self, *, fix: str, incident: str, before: int | None, limit: int) -> tuple[Line, ...]:
        """Lines of the audit log, the newest first."""

        def call() -> tuple[Line, ...]:
            with self.desk.database.read() as connection:
                return audit.read(connection, fix=fix, incident=incident, before=before, limit=limit)

        return await self.desk.aside(call)

    async def show(self) -> None:
        """Set the metrics of what is in force, and of the breaker; as they were, if the database is away."""

        def call() -> tuple[int, bool]:
            with self.desk.database.read() as connection:
                return fixes.count_holding(connection), breaker.read(connection).open

        try:
            in_force, paused = await self.desk.aside(call)
        except Busy:
            return
        metrics.FIXES_IN_FORCE.set(in_force)
        metrics.BREAKER_OPEN.set(paused)
