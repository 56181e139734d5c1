"""Quick fixes: found, kept, and who holds a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import exc

from responder.domain.fix import HOLDING, Change, Fix, FixEnd, FixState
from responder.domain.incident import IncidentState
from responder.storage.keys import text_key
from responder.storage.tables import fixes, incidents

LIMIT: Final = 100
_FIX: Final[TypeAdapter[Fix]] = TypeAdapter(Fix)


class TargetTaken(Exception):  # noqa: N818 - reads as what it is
    """Another fix holds the same target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTarget:
    """What fixes do and did to one target."""

    held_by: str = ""
    ended_at: datetime | None = None
    """When the last one ended that had been applied."""


def insert(connection: sa.Connection, new: Fix) -> None:
    """Keep a new one."""
    connection.execute(fixes.insert().values({"id": new.id, "incident": new.incident, **_columns(new)}))


def update(connection: sa.Connection, after: Fix) -> None:
    """Keep what a move made of it.

    Raises:
        TargetTaken: another one holds its target; the transaction can't be used any more.
    """
    try:
        connection.execute(fixes.update().where(fixes.c.id == after.id).values(_columns(after)))
    except exc.IntegrityError as error:
        raise TargetTaken(after.change.target) from error


def load(connection: sa.Connection, fix: str, *, for_change: bool = False) -> Fix | None:
    """One fix; `for_change` locks it against other replicas until the transaction ends."""
    query = sa.select(fixes.c.body).where(fixes.c.id == fix)
    body = connection.scalar(query.with_for_update() if for_change else query)
    return None if body is None else _FIX.validate_json(body)


def of_incident(connection: sa.Connection, incident: str, *, for_change: bool = False) -> tuple[Fix, ...]:
    """All of one incident, in the order of their proposals; `for_change` locks them as `load` does."""
    order = (fixes.c.proposed_at, fixes.c.id)
    return _found(connection, fixes.c.incident == incident, order=order, for_change=for_change)


def proposed_in(connection: sa.Connection, incident: str = "") -> tuple[tuple[str, int], ...]:
    """The open incidents, or only this one, that something is proposed for, each with its revision."""
    query = (
        sa.select(incidents.c.id, incidents.c.revision)
        .distinct()
        .join(fixes, fixes.c.incident == incidents.c.id)
        .where(fixes.c.due_at.is_not(None), fixes.c.state == FixState.PROPOSED)
        .where(incidents.c.state == IncidentState.OPEN)
        .order_by(incidents.c.id)
        .limit(LIMIT)
    )
    if incident:
        query = query.where(incidents.c.id == incident)
    return tuple((row.id, row.revision) for row in connection.execute(query))


def newest(
    connection: sa.Connection, states: Sequence[FixState] = (), limit: int = LIMIT, *, incident: str = ""
) -> tuple[Fix, ...]:
    """The newest ones, of these states or all, of one incident or all."""
    of_these = fixes.c.state.in_(states) if states else sa.true()
    of_this = fixes.c.incident == incident if incident else sa.true()
    order = (fixes.c.proposed_at.desc(), fixes.c.id)
    return _found(connection, sa.and_(of_these, of_this), order=order, limit=limit)


def count_holding(connection: sa.Connection) -> int:
    """How many hold their targets."""
    query = sa.select(sa.func.count()).select_from(fixes).where(fixes.c.state.in_(sorted(HOLDING)))
    return connection.scalar(query) or 0


def holding(connection: sa.Connection) -> tuple[Fix, ...]:
    """Those that hold their targets."""
    return _found(connection, fixes.c.state.in_(sorted(HOLDING)), order=(fixes.c.proposed_at, fixes.c.id))


def newest_taken(connection: sa.Connection, limit: int) -> tuple[Fix, ...]:
    """Those that are over, the newest first; without the proposals that nobody took."""
    never = sa.and_(fixes.c.end == FixEnd.EXPIRED, fixes.c.applied_at.is_(None))
    condition = sa.and_(fixes.c.state == FixState.ENDED, sa.not_(never))
    return _found(connection, condition, order=(fixes.c.proposed_at.desc(), fixes.c.id), limit=limit)


def overdue(connection: sa.Connection, before: datetime) -> tuple[Fix, ...]:
    """Those whose next move was due before then, the longest first."""
    return _found(connection, fixes.c.due_at < before, order=(fixes.c.due_at, fixes.c.id), limit=LIMIT)


def not_over(connection: sa.Connection, now: datetime) -> tuple[Fix, ...]:
    """Those that have not ended, or end in the future, locked: where the clock was set back."""
    condition = sa.or_(fixes.c.ended_at.is_(None), fixes.c.ended_at > now)
    return _found(connection, condition, order=(fixes.c.id,), for_change=True)


def of_target(connection: sa.Connection, change: Change) -> OfTarget:
    """Who holds this target, and when it was last let go."""
    key = _target_key(change)
    held = connection.scalar(
        sa.select(fixes.c.id).where(fixes.c.target_key == key, fixes.c.state.in_(sorted(HOLDING)))
    )
    ended_at = connection.scalar(
        sa.select(sa.func.max(fixes.c.ended_at, type_=fixes.c.ended_at.type)).where(
            fixes.c.target_key == key, fixes.c.applied_at.is_not(None)
        )
    )
    return OfTarget(held_by=held or "", ended_at=ended_at)


def applied_since(connection: sa.Connection, since: datetime) -> tuple[Fix, ...]:
    """Those that were applied since then, the oldest first."""
    return _found(connection, fixes.c.applied_at > since, order=(fixes.c.applied_at, fixes.c.id))


def ended_since(connection: sa.Connection, since: datetime) -> tuple[Fix, ...]:
    """Those that ended since then and had been applied, the newest first."""
    condition = sa.and_(fixes.c.ended_at > since, fixes.c.applied_at.is_not(None))
    return _found(connection, condition, order=(fixes.c.ended_at.desc(), fixes.c.id))


def applied_until(connection: sa.Connection, since: datetime) -> tuple[Fix, ...]:
    """Those that were applied, and are not over or ended since then; the oldest first."""
    lasted = sa.or_(fixes.c.ended_at.is_(None), fixes.c.ended_at > since)
    condition = sa.and_(fixes.c.applied_at.is_not(None), lasted)
    return _found(connection, condition, order=(fixes.c.applied_at, fixes.c.id))


def last_ends(connection: sa.Connection, since: datetime, number: int) -> tuple[FixEnd, ...]:
    """How the last fixes ended that were meant to be applied, since then; the newest first."""
    meant = sa.or_(fixes.c.applied_at.is_not(None), fixes.c.end == FixEnd.FAILED)
    query = (
        sa.select(fixes.c.end)
        .where(fixes.c.ended_at > since, meant)
        .order_by(fixes.c.ended_at.desc(), fixes.c.id)
        .limit(number)
    )
    return tuple(FixEnd(end) for end in connection.scalars(query))


def _found(
    connection: sa.Connection,
    condition: sa.ColumnElement[bool],
    *,
    order: Sequence[sa.ColumnElement[Any]],
    limit: int | None = None,
    for_change: bool = False,
) -> tuple[Fix, ...]:
    query = sa.select(fixes.c.body).where(condition).order_by(*order).limit(limit)
    query = query.with_for_update() if for_change else query
    return tuple(_FIX.validate_json(body) for body in connection.scalars(query))


def _target_key(change: Change) -> str:
    return text_key(change.action, change.target)


def _columns(fix: Fix) -> dict[str, Any]:
    return {
        "state": fix.state,
        "target_key": _target_key(fix.change),
        "due_at": fix.due_at,
        "proposed_at": fix.proposed_at,
        "applied_at": fix.applied_at,
        "ended_at": fix.ended_at,
        "end": fix.end,
        "body": _FIX.dump_json(fix, warnings=False).decode(),
    }
