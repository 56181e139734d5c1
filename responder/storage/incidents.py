"""Incidents with their alerts: found, loaded, kept."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.clock import instant
from responder.domain.incident import Ending, Incident, IncidentState
from responder.storage.keys import text_key, way_key
from responder.storage.tables import alerts, incident_ways, incidents

T = TypeVar("T")

CHUNK: Final = 500
"""Values in one `IN (…)`."""


def load(connection: sa.Connection, incident: str, *, for_change: bool = False) -> Incident | None:
    """One incident, or None; `for_change` locks it against other replicas until the transaction ends."""
    return load_many(connection, [incident], for_change=for_change).get(incident)


def load_many(
    connection: sa.Connection, ids: Iterable[str], *, for_change: bool = False
) -> dict[str, Incident]:
    """Those of these incidents that exist, by id."""
    found: dict[str, Incident] = {}
    for chunk in chunks(sorted(set(ids))):
        query = sa.select(incidents).where(incidents.c.id.in_(chunk)).order_by(incidents.c.id)
        rows = connection.execute(query.with_for_update() if for_change else query).mappings().all()
        held = _alerts_of(connection, [row["id"] for row in rows])
        found |= {row["id"]: _incident(row, held[row["id"]]) for row in rows}
    return found


def holding(connection: sa.Connection, fingerprints: Sequence[str], closed_after: datetime) -> dict[str, str]:
    """Which incident holds each fingerprint: an open one, else the one closed last after that moment."""
    held: dict[str, str] = {}
    for chunk in chunks(fingerprints):
        query = (
            sa.select(alerts.c.fingerprint, incidents.c.id)
            .join(incidents, incidents.c.id == alerts.c.incident)
            .where(alerts.c.fingerprint.in_(chunk))
            .where(sa.or_(incidents.c.state == IncidentState.OPEN, incidents.c.closed_at > closed_after))
            .order_by(
                incidents.c.state == IncidentState.OPEN,
                alerts.c.status != AlertStatus.RESOLVED,
                incidents.c.closed_at,
                incidents.c.opened_at,
            )
        )
        held |= {row.fingerprint: row.id for row in connection.execute(query)}
    return held


def open_by_way(connection: sa.Connection, receiver: str, group_key: str, alert_name: str) -> str | None:
    """The open incident of this name that came by this way; the newest, if there are several."""
    query = (
        sa.select(incidents.c.id)
        .join(incident_ways, incident_ways.c.incident == incidents.c.id)
        .where(incident_ways.c.way_key == way_key(receiver, group_key))
        .where(incidents.c.name_key == text_key(alert_name))
        .where(incidents.c.state == IncidentState.OPEN)
        .order_by(incidents.c.opened_at.desc(), incidents.c.id)
        .limit(1)
    )
    return connection.scalar(query)


def remember_way(
    connection: sa.Connection, incident: str, receiver: str, group_key: str, *, new: bool = False
) -> None:
    """Note that notifications of this incident come by this receiver and group."""
    key = way_key(receiver, group_key)
    known = sa.select(incident_ways.c.incident).where(
        incident_ways.c.incident == incident, incident_ways.c.way_key == key
    )
    if new or connection.scalar(known) is None:
        connection.execute(
            incident_ways.insert().values(
                incident=incident, way_key=key, receiver=receiver, group_key=group_key
            )
        )


def ways_of(connection: sa.Connection, incident: str) -> tuple[tuple[str, str], ...]:
    """Every (receiver, group key) an incident came by."""
    query = sa.select(incident_ways.c.receiver, incident_ways.c.group_key).where(
        incident_ways.c.incident == incident
    )
    return tuple((receiver, group_key) for receiver, group_key in connection.execute(query))


@dataclass(frozen=True, slots=True)
class Way:
    """How notifications of an open incident come."""

    alert_name: str
    receiver: str
    group_key: str


def open_ways(connection: sa.Connection) -> tuple[Way, ...]:
    """How notifications of every open incident come, the newest incidents' first."""
    query = (
        sa.select(incidents.c.alert_name, incident_ways.c.receiver, incident_ways.c.group_key)
        .join(incidents, incidents.c.id == incident_ways.c.incident)
        .where(incidents.c.state == IncidentState.OPEN)
        .order_by(incidents.c.opened_at.desc())
    )
    return tuple(Way(*row) for row in connection.execute(query))


def active_fingerprints(connection: sa.Connection) -> frozenset[str]:
    """The fingerprints of all alerts that are not resolved."""
    query = sa.select(alerts.c.fingerprint).where(alerts.c.status != AlertStatus.RESOLVED)
    return frozenset(connection.scalars(query))


def open_ids(connection: sa.Connection) -> tuple[str, ...]:
    """Every open incident, the most urgent and oldest first is for the caller to sort."""
    query = sa.select(incidents.c.id).where(incidents.c.state == IncidentState.OPEN)
    return tuple(connection.scalars(query))


def notice_of(connection: sa.Connection, incident: str) -> int:
    """The newest notice of an incident; 0 if there is no such incident."""
    return connection.scalar(sa.select(incidents.c.notice).where(incidents.c.id == incident)) or 0


def count_open(connection: sa.Connection) -> dict[Severity, int]:
    """How many incidents of each severity are open."""
    query = (
        sa.select(incidents.c.severity, sa.func.count())
        .where(incidents.c.state == IncidentState.OPEN)
        .group_by(incidents.c.severity)
    )
    return {Severity(severity): number for severity, number in connection.execute(query)}


def insert(connection: sa.Connection, incident: Incident) -> None:
    """Keep a new incident with its alerts."""
    connection.execute(
        incidents.insert().values(
            id=incident.id, name_key=text_key(incident.alert_name), events=0, **_columns(incident)
        )
    )
    _insert_alerts(connection, incident.id, list(incident.alerts.values()), 0)


def update(connection: sa.Connection, before: Incident, after: Incident) -> None:
    """Keep what changed of an incident and of its alerts."""
    connection.execute(incidents.update().where(incidents.c.id == after.id).values(**_columns(after)))
    changed = [a for a in after.alerts.values() if before.alerts.get(a.fingerprint) != a]
    known = [a for a in changed if a.fingerprint in before.alerts]
    for alert in known:
        connection.execute(
            alerts.update()
            .where(alerts.c.incident == after.id, alerts.c.fingerprint == alert.fingerprint)
            .values(**_alert_columns(alert))
        )
    joined = [a for a in changed if a.fingerprint not in before.alerts]
    _insert_alerts(connection, after.id, joined, len(before.alerts))


def chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """The values in portions that fit one query."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _alerts_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, Alert]]:
    held: dict[str, dict[str, Alert]] = defaultdict(dict)
    query = sa.select(alerts).where(alerts.c.incident.in_(ids)).order_by(alerts.c.position)
    for row in connection.execute(query).mappings():
        held[row["incident"]][row["fingerprint"]] = _alert(row)
    return held


def _insert_alerts(connection: sa.Connection, incident: str, new: Sequence[Alert], position: int) -> None:
    rows = [
        {"incident": incident, "fingerprint": alert.fingerprint, "position": number, **_alert_columns(alert)}
        for number, alert in enumerate(new, position)
    ]
    if rows:
        connection.execute(alerts.insert(), rows)


def _columns(incident: Incident) -> dict[str, Any]:
    return {
        "alert_name": incident.alert_name,
        "state": incident.state,
        "severity": incident.severity,
        "revision": incident.revision,
        "notice": incident.notice,
        "opened_at": incident.opened_at,
        "changed_at": incident.changed_at,
        "closed_at": incident.closed_at,
        "ending": incident.ending,
        "ending_text": incident.ending_text,
        "returns": json.dumps([moment.isoformat() for moment in incident.returns]),
        "flapping_since": incident.flapping_since,
        "unsure": incident.unsure,
        "taken_by": incident.taken_by,
    }


def _alert_columns(alert: Alert) -> dict[str, Any]:
    return {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "status": alert.status,
        "starts_at": alert.starts_at,
        "ends_at": alert.ends_at,
        "generator_url": alert.generator_url,
    }


def _incident(row: sa.RowMapping, held: Mapping[str, Alert]) -> Incident:
    return Incident(
        id=row["id"],
        alert_name=row["alert_name"],
        state=IncidentState(row["state"]),
        severity=Severity(row["severity"]),
        revision=row["revision"],
        notice=row["notice"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        alerts=held,
        closed_at=row["closed_at"],
        ending=Ending(row["ending"]) if row["ending"] else None,
        ending_text=row["ending_text"],
        returns=tuple(map(instant, json.loads(row["returns"]))),
        flapping_since=row["flapping_since"],
        unsure=row["unsure"],
        taken_by=row["taken_by"],
    )


def _alert(row: sa.RowMapping) -> Alert:
    return Alert(
        fingerprint=row["fingerprint"],
        labels=row["labels"],
        annotations=row["annotations"],
        status=AlertStatus(row["status"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        generator_url=row["generator_url"],
    )
