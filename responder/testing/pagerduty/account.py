"""The state of an account, and all that can be done to it."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from responder.domain.clock import Clock, system_clock
from responder.testing.pagerduty.model import (
    SERVICE,
    Actor,
    Alert,
    Entry,
    Incident,
    Integration,
    Note,
    Refusal,
    Sent,
    Status,
    User,
)
from responder.testing.slack.faults import FaultBoard

TOKEN: Final = "u+stand-in-token"  # noqa: S105 - of a stand-in
ROUTING_KEY: Final = "5tand1nf0rpagerdutyroutingkey000"
SECRET: Final = "stand-in-webhook-secret"  # noqa: S105 - likewise
EMAIL: Final = "responder@example.org"
PEOPLE: Final = (
    User("PANA001", "Ana Ruiz", "ana@example.org"),
    User("PBEN002", "Ben Ito", "ben@example.org"),
    User("PBOT003", "Hypertool Responder", EMAIL),
)
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
MOST_NOTES: Final = 2000


@dataclass
class Account:
    """One account with one service.

    Args:
        token: of the REST API.
        routing_keys: of the service's integrations; each dedupes for itself.
        users: the first is on call.
        webhook_url: where it tells of what happens; empty: nowhere.
        secrets: what that is signed with; several while they are rotated.
        grouping: new alerts join the newest incident that is open.
        clock: what time it is.
    """

    token: str = TOKEN
    routing_keys: Sequence[str] = (ROUTING_KEY,)
    users: Sequence[User] = PEOPLE
    webhook_url: str = ""
    secrets: Sequence[str] = (SECRET,)
    grouping: bool = False
    clock: Clock = system_clock
    faults: FaultBoard = field(default_factory=FaultBoard)
    incidents: list[Incident] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    """Events that happened and were not told yet."""
    sent: list[Sent] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Every call that came in, as its method and path, with the status it got."""
    revision: int = 0

    def __post_init__(self) -> None:
        self.integrations = {
            key: Integration(f"PINT{place:03}", key) for place, key in enumerate(self.routing_keys, 1)
        }

    def trigger(self, integration: Integration, key: str, event: Mapping[str, Any]) -> Alert:
        """An alert that is open gets another line in the log; anything else wakes somebody."""
        if found := self._open_alert(integration, key):
            alert, incident = found
            alert.triggers += 1
            self._log(incident, f"triggered again under {key[:12]}…: {event['payload']['summary']}")
            return alert
        alert = Alert(
            id=f"Q{_id()}",
            integration=integration,
            key=key,
            created_at=self.clock(),
            payload=event["payload"],
            links=tuple(event.get("links") or ()),
            client_url=str(event.get("client_url") or ""),
        )
        self._place(alert)
        return alert

    def acknowledge(self, incident: Incident, by: Actor) -> None:
        """Somebody has it; refuses for what is over."""
        self._needs_open(incident)
        incident.status = Status.ACKNOWLEDGED
        incident.acknowledged_by = by if isinstance(by, User) else None
        self._happened("incident.acknowledged", incident, by, f"acknowledged by {_name(by)}")

    def resolve(self, incident: Incident, by: Actor) -> None:
        """It is over, with all of its alerts; refuses for what is over."""
        self._needs_open(incident)
        for alert in incident.alerts:
            alert.status = Status.RESOLVED
        incident.status = Status.RESOLVED
        self._happened("incident.resolved", incident, by, f"resolved by {_name(by)}")

    def reassign(self, incident: Incident, to: User, by: User) -> None:
        """Somebody else is to have it."""
        self._needs_open(incident)
        incident.assignees, incident.status = [to], Status.TRIGGERED
        incident.acknowledged_by = None
        self._happened("incident.reassigned", incident, by, f"reassigned to {to.name} by {by.name}")

    def unacknowledge(self, incident: Incident) -> None:
        """The time to work on it is over, and it calls again."""
        incident.status, incident.acknowledged_by = Status.TRIGGERED, None
        self._happened("incident.unacknowledged", incident, None, "acknowledgement timed out")

    def merge(self, source: Incident, target: Incident, by: User) -> None:
        """The alerts of one go to another, and it is resolved."""
        target.alerts += source.alerts
        source.alerts, source.merged_into, source.status = [], target, Status.RESOLVED
        self._happened("incident.resolved", source, by, f"merged into #{target.number} by {by.name}")

    def note(self, incident: Incident, by: User, content: str) -> Note:
        """What somebody has to say, also when it is over."""
        if len(incident.notes) >= MOST_NOTES:
            raise Refusal(400, f"Incident has {MOST_NOTES} notes already")
        note = Note(f"N{_id()}", self.clock(), by, content)
        incident.notes.append(note)
        self._log(incident, f"note by {by.name}")
        return note

    def delete_note(self, incident: Incident, note: str) -> None:
        """Nobody is to read it any longer; refuses 404."""
        kept = [one for one in incident.notes if one.id != note]
        if len(kept) == len(incident.notes):
            raise Refusal(404, code=2100)
        incident.notes = kept
        self._log(incident, "a note was deleted")

    def event(self, integration: Integration, action: str, key: str, event: Mapping[str, Any]) -> None:
        """Apply what an integration sent; acknowledging or resolving what isn't open does nothing."""
        if action == "trigger":
            self.trigger(integration, key, event)
        elif found := self._open_alert(integration, key):
            alert, incident = found
            if action == "acknowledge":
                self.acknowledge(incident, integration)
            else:
                self._resolve_alert(alert, incident)

    def incident(self, incident: str) -> Incident:
        """One by its id; refuses 404."""
        found = next((one for one in self.incidents if one.id == incident), None)
        if found is None:
            raise Refusal(404, code=2100)
        return found

    def user(self, email: str) -> User | None:
        return next((one for one in self.users if one.email == email), None)

    def open_incidents(self) -> list[Incident]:
        return [incident for incident in self.incidents if incident.open]

    def _place(self, alert: Alert) -> None:
        """Find the incident for a new alert: with grouping the newest open one, else a new one."""
        if self.grouping and (open_ones := self.open_incidents()):
            open_ones[-1].alerts.append(alert)
            self._log(open_ones[-1], f"alert grouped into it: {alert.payload['summary']}")
            return
        incident = Incident(
            id=f"P{_id()}",
            number=len(self.incidents) + 1,
            title=str(alert.payload["summary"]),
            key=alert.key,
            created_at=alert.created_at,
            alerts=[alert],
            assignees=[self.users[0]],
        )
        self.incidents.append(incident)
        self._happened("incident.triggered", incident, alert.integration, "triggered")

    def _resolve_alert(self, alert: Alert, incident: Incident) -> None:
        alert.status = Status.RESOLVED
        if any(other.open for other in incident.alerts):
            self._log(incident, f"alert resolved: {alert.payload['summary']}")
        else:
            self.resolve(incident, alert.integration)

    def _open_alert(self, integration: Integration, key: str) -> tuple[Alert, Incident] | None:
        """Keys are compared letter by letter, and for each integration by itself."""
        return next(
            (
                (alert, incident)
                for incident in self.incidents
                for alert in incident.alerts
                if alert.open and alert.integration == integration and alert.key == key
            ),
            None,
        )

    def _needs_open(self, incident: Incident) -> None:
        if not incident.open:
            raise Refusal(400, "Incident Already Resolved")

    def _log(self, incident: Incident, text: str) -> None:
        incident.log.append(Entry(self.clock(), text))
        self.revision += 1

    def _happened(self, event: str, incident: Incident, by: Actor | None, text: str) -> None:
        self._log(incident, text)
        if self.webhook_url:
            self.outbox.append(event_of(event, incident, by, self.clock()))


def event_of(kind: str, incident: Incident, by: Actor | None, at: datetime) -> dict[str, Any]:
    """An event as a webhook of version 3 carries it."""
    data: dict[str, Any] = {
        "id": incident.id,
        "type": "incident",
        "number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "incident_key": incident.key,
        "created_at": _moment(incident.created_at),
        "service": SERVICE,
        "assignees": [user.reference for user in incident.assignees],
        "urgency": "high",
        "resolve_reason": merge_reason(incident),
    }
    return {
        "id": _event_id(),
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": _moment(at),
        "agent": by.reference if by else None,
        "client": None,
        "data": data,
    }


def merge_reason(incident: Incident) -> dict[str, Any] | None:
    """Why it is resolved, where that is because it was merged."""
    if incident.merged_into is None:
        return None
    into = {"id": incident.merged_into.id, "type": "incident_reference"}
    return {"type": "merge_resolve_reason", "incident": into}


def ping(at: datetime) -> dict[str, Any]:
    """What PagerDuty sends to try a webhook."""
    return {
        "id": _event_id(),
        "event_type": "pagey.ping",
        "resource_type": "pagey",
        "occurred_at": _moment(at),
        "agent": PEOPLE[0].reference,
        "client": None,
        "data": {"message": "Hello from your friend Pagey!", "type": "ping"},
    }


def keys_of(incidents: Collection[Incident]) -> set[str]:
    """The dedup keys of all their alerts."""
    return {alert.key for incident in incidents for alert in incident.alerts}


def _event_id() -> str:
    return f"01{uuid4().hex[:24].upper()}"


def _id() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(6))


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _name(by: Actor) -> str:
    return by.name if isinstance(by, User) else "the integration"
