"""Earlier incidents like this one: how often, how the last one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from responder.domain.incident import Ending, Incident, IncidentState
from responder.storage.keys import text_key
from responder.storage.tables import alerts, incidents

MOST_FINGERPRINTS = 500
"""Fingerprints looked for: enough to recognise a large incident by a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Closed incidents of the same alert name with an alert in common; `last` is the newest one's id."""

    times: int
    last: str
    last_closed_at: datetime
    last_ending: Ending | None


def like(connection: sa.Connection, incident: Incident, since: datetime) -> Past | None:
    """What was before, or None if nothing of the kind was closed since then."""
    some: Sequence[str] = sorted(incident.alerts)[:MOST_FINGERPRINTS]
    query = (
        sa.select(incidents.c.id, incidents.c.closed_at, incidents.c.ending)
        .distinct()
        .join(alerts, alerts.c.incident == incidents.c.id)
        .where(alerts.c.fingerprint.in_(some))
        .where(incidents.c.name_key == text_key(incident.alert_name))
        .where(incidents.c.state == IncidentState.CLOSED)
        .where(incidents.c.id != incident.id)
        .where(incidents.c.closed_at > since)
        .order_by(incidents.c.closed_at.desc())
    )
    rows = connection.execute(query).all()
    if not rows:
        return None
    newest = rows[0]
    ending = Ending(newest.ending) if newest.ending else None
    return Past(times=len(rows), last=newest.id, last_closed_at=newest.closed_at, last_ending=ending)


def opened_between(connection: sa.Connection, since: datetime, until: datetime) -> int:
    """How many incidents were opened within this time; not those of before the clock was set back."""
    within = sa.and_(incidents.c.opened_at > since, incidents.c.opened_at <= until)
    return connection.scalar(sa.select(sa.func.count()).select_from(incidents).where(within)) or 0
