"""How alerts find their incident: by who holds them, and by the ways that its notifications come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from responder.domain.alert import AlertStatus
from responder.domain.incident import IncidentState
from responder.storage import bulk
from responder.storage.among import among
from responder.storage.keys import text_key, way_key
from responder.storage.planning import first
from responder.storage.tables import alerts, incident_ways, incidents
from responder.storage.types import Instant

_IS_OPEN: Final = incidents.c.state == IncidentState.OPEN
_IS_NOT_CLOSED: Final = incidents.c.state != IncidentState.CLOSED
"""The same, where SQLite must not begin with all that are open."""
_HELD: Final = first(
    sa.select(alerts.c.fingerprint, alerts.c.incident, alerts.c.status).where(
        among(alerts.c.fingerprint, "fingerprints")
    )
)
_HOLDING: Final = (
    sa.select(_HELD.c.fingerprint, incidents.c.id)
    .join(incidents, incidents.c.id == _HELD.c.incident)
    .where(sa.or_(_IS_OPEN, incidents.c.closed_at > bindparam("closed_after", type_=Instant)))
    .order_by(_IS_OPEN, _HELD.c.status != AlertStatus.RESOLVED, incidents.c.closed_at, incidents.c.opened_at)
)
_CAME_BY: Final = first(
    sa.select(incident_ways.c.way_key, incident_ways.c.incident).where(among(incident_ways.c.way_key, "ways"))
)
_BY_WAY: Final = (
    sa.select(_CAME_BY.c.way_key, incidents.c.name_key, incidents.c.id)
    .join(incidents, incidents.c.id == _CAME_BY.c.incident)
    .where(_IS_NOT_CLOSED)
    .order_by(incidents.c.opened_at, incidents.c.id.desc())
)
_KNOWN_WAY: Final = sa.select(incident_ways.c.incident).where(
    incident_ways.c.incident == bindparam("incident"), incident_ways.c.way_key == bindparam("way")
)


@dataclass(frozen=True, slots=True)
class Way:
    """How notifications of an open incident come."""

    alert_name: str
    receiver: str
    group_key: str


def holding(connection: sa.Connection, fingerprints: Sequence[str], closed_after: datetime) -> dict[str, str]:
    """Which incident holds each fingerprint: an open one, else the one closed last after that moment."""
    found = connection.execute(_HOLDING, {"fingerprints": fingerprints, "closed_after": closed_after})
    return {row.fingerprint: row.id for row in found}


@dataclass(frozen=True, slots=True)
class ByWay:
    """The open incidents that came by some ways."""

    _newest: Mapping[tuple[str, str], str]

    def open(self, receiver: str, group_key: str, alert_name: str) -> str | None:
        """The one of this name that came by this way; the newest, if there are several."""
        return self._newest.get((way_key(receiver, group_key), text_key(alert_name)))


def open_by_way(connection: sa.Connection, by: Iterable[tuple[str, str]]) -> ByWay:
    """The open incidents that came by these receivers and group keys."""
    found = connection.execute(_BY_WAY, {"ways": [way_key(*way) for way in by]})
    return ByWay({(row.way_key, row.name_key): row.id for row in found})


def remember(connection: sa.Connection, incident: str, receiver: str, group_key: str) -> None:
    """Note that notifications of this incident come by this receiver and group."""
    known = {"incident": incident, "way": way_key(receiver, group_key)}
    if connection.scalar(_KNOWN_WAY, known) is None:
        remember_new(connection, [(incident, receiver, group_key)])


def remember_new(connection: sa.Connection, came: Iterable[tuple[str, str, str]]) -> None:
    """The same of new incidents, each with its receiver and group; many cost little more than one."""
    rows = [
        {"incident": incident, "way_key": way_key(receiver, group), "receiver": receiver, "group_key": group}
        for incident, receiver, group in came
    ]
    bulk.insert(connection, incident_ways, rows)


def of_open(connection: sa.Connection) -> tuple[Way, ...]:
    """How notifications of every open incident come, the newest incidents' first."""
    query = (
        sa.select(incidents.c.alert_name, incident_ways.c.receiver, incident_ways.c.group_key)
        .join(incidents, incidents.c.id == incident_ways.c.incident)
        .where(_IS_OPEN)
        .order_by(incidents.c.opened_at.desc())
    )
    return tuple(Way(*row) for row in connection.execute(query))


def active_fingerprints(connection: sa.Connection) -> frozenset[str]:
    """The fingerprints of all alerts that are not resolved."""
    query = sa.select(alerts.c.fingerprint).where(alerts.c.status != AlertStatus.RESOLVED)
    return frozenset(connection.scalars(query))
