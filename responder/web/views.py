"""Incidents as the API shows them."""

import json
from datetime import datetime
from typing import Any

from responder.domain.alert import Alert
from responder.domain.incident import Event, Incident
from responder.domain.notice import Delivery
from responder.engine.reading import Details


def summary(incident: Incident) -> dict[str, Any]:
    """One line of the list."""
    return {
        "id": incident.id,
        "alert": incident.alert_name,
        "status": incident.state,
        "severity": incident.severity,
        "opened_at": moment(incident.opened_at),
        "changed_at": moment(incident.changed_at),
        "closed_at": moment(incident.closed_at),
        "ending": incident.ending,
        "ending_text": incident.ending_text,
        "alerts": len(incident.alerts),
        "firing": len(incident.active),
        "taken_by": incident.taken_by,
        "flapping": incident.flapping_since is not None,
        "revision": incident.revision,
    }


def details(found: Details) -> dict[str, Any]:
    """Everything about one incident."""
    return {
        **summary(found.incident),
        "alerts": [_alert(alert) for alert in found.incident.alerts.values()],
        "report": json.loads(found.report.body) if found.report else None,
        "deliveries": [_delivery(delivery) for delivery in found.deliveries],
        "fixes": [],
        "timeline": [_event(event) for event in found.timeline],
    }


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "fingerprint": alert.fingerprint,
        "status": alert.status,
        "severity": alert.severity,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": moment(alert.starts_at),
        "ends_at": moment(alert.ends_at),
        "generator_url": alert.generator_url,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "notifier": delivery.notifier,
        "state": delivery.state,
        "notice": delivery.notice,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "receipt": dict(delivery.receipt.data),
    }


def _event(event: Event) -> dict[str, Any]:
    return {"seq": event.seq, "kind": event.kind, "at": moment(event.at), "text": event.text}
