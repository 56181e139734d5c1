"""Reports, one a revision of an incident. They are kept as text; what is in it is the reader's business."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from responder.domain.alert import Severity
from responder.domain.incident import IncidentState
from responder.storage.tables import incidents, reports
from responder.storage.types import Instant
from responder.storage.upsert import insert

_NEWEST: Final = (
    sa.select(reports)
    .where(reports.c.incident == bindparam("incident"))
    .order_by(reports.c.revision.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A report as it is kept."""

    incident: str
    revision: int
    complete: bool
    """False: a later one of the same revision will replace it."""
    made_at: datetime
    body: str


def put(connection: sa.Connection, report: StoredReport) -> None:
    """Keep a report; of one revision the complete one stays whatever comes after it."""
    row = {
        "incident": report.incident,
        "revision": report.revision,
        "complete": report.complete,
        "made_at": report.made_at,
        "body": report.body,
    }
    connection.execute(_putting(connection.dialect.name), row)


@cache
def _putting(dialect: str) -> sa.Executable:
    new = insert(reports, dialect)
    return new.on_conflict_do_update(
        index_elements=[reports.c.incident, reports.c.revision],
        set_={
            "complete": new.excluded.complete,
            "made_at": new.excluded.made_at,
            "body": new.excluded.body,
        },
        where=sa.or_(reports.c.complete.is_(sa.false()), new.excluded.complete.is_(sa.true())),
    )


def newest(connection: sa.Connection, incident: str) -> StoredReport | None:
    """The report of the highest revision that has one."""
    row = connection.execute(_NEWEST, {"incident": incident}).mappings().first()
    return None if row is None else StoredReport(**row)


def complete_of_open(
    connection: sa.Connection, *, critical_before: datetime, others_before: datetime, limit: int
) -> tuple[str, ...]:
    """Open incidents whose newest revision has a complete report older than that, the oldest first."""
    is_critical = incidents.c.severity == Severity.CRITICAL
    stale = sa.case(
        (is_critical, sa.literal(critical_before, Instant)), else_=sa.literal(others_before, Instant)
    )
    query = (
        sa.select(reports.c.incident)
        .join(
            incidents,
            sa.and_(incidents.c.id == reports.c.incident, incidents.c.revision == reports.c.revision),
        )
        .where(incidents.c.state == IncidentState.OPEN, reports.c.complete.is_(sa.true()))
        .where(reports.c.made_at < stale)
        .order_by(reports.c.made_at)
        .limit(limit)
    )
    return tuple(connection.scalars(query))
