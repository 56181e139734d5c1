"""What is due for long and nobody is at work on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import Severity
from responder.domain.fix import FixEnd
from responder.domain.incident import IncidentState
from responder.storage.leases import held_by_any
from responder.storage.tables import fixes, incidents, reports

LIMIT: Final = 100
_INVESTIGATED: Final = sa.exists().where(
    reports.c.incident == incidents.c.id,
    reports.c.revision == incidents.c.revision,
    reports.c.complete.is_(sa.true()),
)
"""Whether there is a complete report of its newest revision."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """An incident that waits for a move."""

    incident: str
    revision: int
    notice: int
    severity: Severity
    since: datetime


@dataclass(frozen=True, slots=True)
class Unsilenced:
    """An incident whose silence waits to be made."""

    incident: str
    due_at: datetime


def uninvestigated(connection: sa.Connection, before: datetime, now: datetime) -> tuple[Stuck, ...]:
    """Open incidents without a complete report of their newest revision."""
    waited_for = sa.and_(incidents.c.state == IncidentState.OPEN, ~incidents.c.deferred)
    return _stuck(connection, "investigate/", now, waited_for, ~_INVESTIGATED, before=before)


def unended(connection: sa.Connection, before: datetime, now: datetime) -> tuple[Stuck, ...]:
    """Closed incidents whose ending nobody knows yet."""
    closed = incidents.c.state == IncidentState.CLOSED
    return _stuck(connection, "end/", now, closed, incidents.c.ending.is_(None), before=before)


def unsilenced(connection: sa.Connection, before: datetime) -> tuple[Unsilenced, ...]:
    """Incidents whose silence was due before then and is not made."""
    due_at = incidents.c.silence_due_at
    query = sa.select(incidents.c.id, due_at).where(due_at < before).order_by(due_at).limit(LIMIT)
    return tuple(Unsilenced(row.id, row.silence_due_at) for row in connection.execute(query))


def unproposed(connection: sa.Connection) -> tuple[tuple[str, int], ...]:
    """Open incidents that were investigated, with their revisions; but not where somebody refused a fix."""
    refused = sa.exists().where(fixes.c.incident == incidents.c.id, fixes.c.end == FixEnd.REJECTED)
    query = (
        sa.select(incidents.c.id, incidents.c.revision)
        .where(incidents.c.state == IncidentState.OPEN, _INVESTIGATED, ~refused)
        .order_by(incidents.c.id)
    )
    return tuple((row.id, row.revision) for row in connection.execute(query))


def _stuck(
    connection: sa.Connection,
    lease: str,
    now: datetime,
    *conditions: sa.ColumnElement[bool],
    before: datetime,
) -> tuple[Stuck, ...]:
    key = sa.literal(lease, sa.Text) + incidents.c.id
    query = (
        sa.select(
            incidents.c.id,
            incidents.c.revision,
            incidents.c.notice,
            incidents.c.severity,
            incidents.c.changed_at,
        )
        .where(*conditions)
        .where(incidents.c.changed_at < before)
        .where(~held_by_any(key, now))
        .order_by(incidents.c.changed_at)
        .limit(LIMIT)
    )
    return tuple(
        Stuck(row.id, row.revision, row.notice, Severity(row.severity), row.changed_at)
        for row in connection.execute(query)
    )
