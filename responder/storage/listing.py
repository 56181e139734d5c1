"""Incidents as a list that people page through, the newest first."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from responder.domain.incident import Incident, IncidentState
from responder.storage.incidents import load_many
from responder.storage.keys import text_key
from responder.storage.tables import incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the list; `after` is where the next one begins, None at the end."""

    incidents: tuple[Incident, ...]
    after: tuple[datetime, str] | None


def page(
    connection: sa.Connection,
    *,
    state: IncidentState | None = None,
    alert_name: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> Page:
    """Up to `limit` incidents that were opened before those already seen."""
    query = sa.select(incidents.c.id, incidents.c.opened_at)
    if state is not None:
        query = query.where(incidents.c.state == state)
    if alert_name is not None:
        query = query.where(incidents.c.name_key == text_key(alert_name))
    if after is not None:
        moment, seen = after
        query = query.where(
            sa.or_(
                incidents.c.opened_at < moment,
                sa.and_(incidents.c.opened_at == moment, incidents.c.id > seen),
            )
        )
    query = query.order_by(incidents.c.opened_at.desc(), incidents.c.id).limit(limit + 1)
    rows = connection.execute(query).all()
    loaded = load_many(connection, [row.id for row in rows[:limit]])
    return Page(
        incidents=tuple(loaded[row.id] for row in rows[:limit]),
        after=(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None,
    )
