"""Which incidents a page is about, and which of its events were heard already."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from responder.domain.incident import IncidentState
from responder.storage.keys import text_key
from responder.storage.tables import deliveries, incident_ways, incidents, page_events
from responder.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Way:
    """By which receiver and group notifications of an incident come."""

    receiver: str
    group_key: str


@dataclass(frozen=True, slots=True)
class Paged:
    """An open incident: the pages that a notifier told of it, and one of its ways."""

    incident: str
    pages: frozenset[str]
    group_key: str


def ways_of(connection: sa.Connection, incident: str) -> tuple[Way, ...]:
    """How notifications of one incident come."""
    query = sa.select(incident_ways.c.receiver, incident_ways.c.group_key).where(
        incident_ways.c.incident == incident
    )
    return tuple(Way(*row) for row in connection.execute(query))


def of_open(connection: sa.Connection, notifier: str) -> Iterator[Paged]:
    """Every open incident, once for each of its ways."""
    told = sa.and_(deliveries.c.incident == incidents.c.id, deliveries.c.notifier == notifier)
    query = (
        sa.select(incidents.c.id, deliveries.c.receipt, incident_ways.c.group_key)
        .outerjoin(incident_ways, incident_ways.c.incident == incidents.c.id)
        .outerjoin(deliveries, told)
        .where(incidents.c.state == IncidentState.OPEN)
    )
    for incident, receipt, group_key in connection.execute(query):
        yield Paged(incident, frozenset(str((receipt or {}).get("pages") or "").split()), group_key or "")


def hear(connection: sa.Connection, event: str, at: datetime) -> bool:
    """Note an event of PagerDuty's; False: it was heard before."""
    new = insert(page_events, connection.dialect.name).values(id_key=text_key(event), received_at=at)
    kept = connection.execute(new.on_conflict_do_nothing().returning(page_events.c.id_key))
    return kept.first() is not None
