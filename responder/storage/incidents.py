"""Incidents with their alerts: found, loaded, kept."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import bindparam

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.clock import instant
from responder.domain.incident import Absorbed, Ending, Incident, IncidentState
from responder.domain.marks import AskedSilence, FalseAlarm, SilenceState
from responder.storage import bulk
from responder.storage.among import among
from responder.storage.keys import text_key
from responder.storage.tables import alerts, incidents

T = TypeVar("T")
_SILENCE: Final = TypeAdapter(AskedSilence)
_SILENCE_STATES: Final = frozenset(SilenceState)
_FALSE_ALARM: Final = TypeAdapter(FalseAlarm)

CHUNK: Final = 500
"""Incidents that are held in memory at once, where many are gone through."""
FEW: Final = 500
"""Alerts of one incident of which each copy in memory has its own."""

_IN_MEMORY: Final = WeakValueDictionary[tuple[str, str], Alert]()
"""The others, by incident and fingerprint: several moves at once may hold an incident of ten thousand."""


_LOADED: Final = sa.select(incidents).where(among(incidents.c.id, "ids")).order_by(incidents.c.id)
_LOCKED: Final = _LOADED.with_for_update()
_ALERTS: Final = sa.select(alerts).where(among(alerts.c.incident, "ids")).order_by(alerts.c.position)
_NOTICE: Final = sa.select(incidents.c.notice).where(incidents.c.id == bindparam("incident"))
_UPDATE: Final = incidents.update().where(incidents.c.id == bindparam("known"))
_UPDATE_ALERTS: Final = alerts.update().where(
    alerts.c.incident == bindparam("known"), alerts.c.fingerprint == bindparam("known_fingerprint")
)


def load(connection: sa.Connection, incident: str, *, for_change: bool = False) -> Incident | None:
    """One incident, or None; `for_change` locks it against other replicas until the transaction ends."""
    return load_many(connection, [incident], for_change=for_change).get(incident)


def load_many(
    connection: sa.Connection, ids: Iterable[str], *, for_change: bool = False
) -> dict[str, Incident]:
    """Those of these incidents that exist, by id."""
    query = _LOCKED if for_change else _LOADED
    rows = connection.execute(query, {"ids": sorted(set(ids))}).mappings().all()
    held = _alerts_of(connection, [row["id"] for row in rows])
    return {row["id"]: _incident(row, held[row["id"]]) for row in rows}


def open_notices(connection: sa.Connection) -> dict[str, int]:
    """The newest notice of every open incident, by its id."""
    query = sa.select(incidents.c.id, incidents.c.notice).where(incidents.c.state == IncidentState.OPEN)
    return {row.id: row.notice for row in connection.execute(query)}


def names_of(connection: sa.Connection, ids: Iterable[str]) -> frozenset[str]:
    """The alert names of these incidents."""
    query = sa.select(incidents.c.alert_name).where(among(incidents.c.id, "ids"))
    return frozenset(connection.scalars(query, {"ids": sorted(set(ids))}))


def notice_of(connection: sa.Connection, incident: str) -> int:
    """The newest notice of an incident; 0 if there is no such incident."""
    return connection.scalar(_NOTICE, {"incident": incident}) or 0


def count_open(connection: sa.Connection) -> dict[Severity, int]:
    """How many incidents of each severity are open."""
    query = (
        sa.select(incidents.c.severity, sa.func.count())
        .where(incidents.c.state == IncidentState.OPEN)
        .group_by(incidents.c.severity)
    )
    return {Severity(severity): number for severity, number in connection.execute(query)}


def insert(connection: sa.Connection, *new: Absorbed) -> None:
    """Keep new incidents with their alerts; many cost little more than one."""
    made = [one.incident for one in new]
    bulk.insert(connection, incidents, [_new_row(one) for one in new])
    bulk.insert(connection, alerts, [row for one in made for row in _alert_rows(one.id, one.alerts.values())])


def update(connection: sa.Connection, before: Incident, after: Incident) -> None:
    """Keep what changed of an incident and of its alerts; its silence is left alone where nothing did."""
    columns = _columns(after)
    if after.silence == before.silence:
        del columns["silence"], columns["silence_due_at"]
    connection.execute(_UPDATE, {"known": after.id, **columns})
    changed = [a for a in after.alerts.values() if before.alerts.get(a.fingerprint) != a]
    known = [a for a in changed if a.fingerprint in before.alerts]
    if known:
        rows = [{"known": after.id, "known_fingerprint": a.fingerprint, **_alert_columns(a)} for a in known]
        connection.execute(_UPDATE_ALERTS, rows)
    joined = [a for a in changed if a.fingerprint not in before.alerts]
    bulk.insert(connection, alerts, _alert_rows(after.id, joined, len(before.alerts)))


def chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """The values in portions."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _alerts_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, Alert]]:
    held: dict[str, dict[str, Alert]] = defaultdict(dict)
    for row in connection.execute(_ALERTS, {"ids": ids}).mappings():
        incident, alert = row["incident"], _alert(row)
        of_incident = held[incident]
        of_incident[alert.fingerprint] = alert if len(of_incident) < FEW else _once(incident, alert)
    return held


def _once(incident: str, alert: Alert) -> Alert:
    """The one that is in memory, if it is the same."""
    known = _IN_MEMORY.get((incident, alert.fingerprint))
    if known == alert:
        return known
    _IN_MEMORY[incident, alert.fingerprint] = alert
    return alert


def _new_row(new: Absorbed) -> Mapping[str, Any]:
    incident = new.incident
    key = text_key(incident.alert_name)
    return {"id": incident.id, "name_key": key, "events": len(new.events), **_columns(incident)}


def _alert_rows(incident: str, new: Iterable[Alert], position: int = 0) -> list[Mapping[str, Any]]:
    return [
        {"incident": incident, "fingerprint": alert.fingerprint, "position": number, **_alert_columns(alert)}
        for number, alert in enumerate(new, position)
    ]


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
        **_marks(incident),
        "returns": json.dumps([moment.isoformat() for moment in incident.returns]),
        "flapping_since": incident.flapping_since,
        "unsure": incident.unsure,
        "taken_by": incident.taken_by,
        "page_resolved_by": incident.page_resolved_by,
        "deferred": incident.deferred,
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


def _marks(incident: Incident) -> dict[str, Any]:
    silence, false_alarm = incident.silence, incident.false_alarm
    return {
        "silence": _SILENCE.dump_json(silence).decode() if silence else None,
        "silence_due_at": silence.due_at if silence else None,
        "false_alarm": _FALSE_ALARM.dump_json(false_alarm).decode() if false_alarm else None,
    }


def _silence(kept: str) -> AskedSilence:
    """As it is kept; one in a state that only a newer version knows reads as made: it holds, none is due."""
    silence = json.loads(kept)
    if silence["state"] not in _SILENCE_STATES:
        silence["state"] = SilenceState.MADE
    return _SILENCE.validate_python(silence)


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
        silence=_silence(row["silence"]) if row["silence"] else None,
        false_alarm=_FALSE_ALARM.validate_json(row["false_alarm"]) if row["false_alarm"] else None,
        returns=tuple(map(instant, json.loads(row["returns"]))),
        flapping_since=row["flapping_since"],
        unsure=row["unsure"],
        taken_by=row["taken_by"],
        page_resolved_by=row["page_resolved_by"],
        deferred=row["deferred"],
    )


def _alert(row: sa.RowMapping) -> Alert:
    return Alert(
        fingerprint=row["fingerprint"],
        labels=_shared(row["labels"]),
        annotations=_shared(row["annotations"]),
        status=AlertStatus(row["status"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        generator_url=row["generator_url"],
    )


def _shared(texts: Mapping[str, str]) -> dict[str, str]:
    """The same, with each text in memory once: the alerts of a large group differ in little."""
    return {intern(key): intern(text) for key, text in texts.items()}
