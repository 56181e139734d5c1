"""Incidents and their fixes as the API shows them."""

import json
from datetime import datetime
from typing import Any

from responder.domain.alert import Alert
from responder.domain.clock import written
from responder.domain.fix import Fix, FixState
from responder.domain.incident import Event, Incident
from responder.domain.notice import Delivery
from responder.domain.report import finite
from responder.engine.reading import Details
from responder.policy.gates import words_of
from responder.storage.audit import Line


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
        "silence": _silence(incident),
        "false_alarm": _false_alarm(incident),
        "alerts": len(incident.alerts),
        "firing": len(incident.active),
        "taken_by": incident.taken_by,
        "page_resolved_by": incident.page_resolved_by,
        "flapping": incident.flapping_since is not None,
        "deferred": incident.deferred,
        "revision": incident.revision,
    }


def _silence(incident: Incident) -> dict[str, Any] | None:
    """The last that somebody asked for here."""
    silence = incident.silence
    if silence is None:
        return None
    return {
        "by": silence.by,
        "at": moment(silence.at),
        "until": moment(silence.until),
        "reason": silence.why,
        "state": silence.state,
        "failure": silence.failure,
        "ended_by": silence.ended_by,
        "silences": list(silence.made),
    }


def _false_alarm(incident: Incident) -> dict[str, Any] | None:
    said = incident.false_alarm
    return {"by": said.by, "at": moment(said.at), "reason": said.why} if said else None


def details(found: Details) -> dict[str, Any]:
    """Everything about one incident."""
    return {
        **summary(found.incident),
        "alerts": [_alert(alert) for alert in found.incident.alerts.values()],
        "report": json.loads(found.report.body) if found.report else None,
        "deliveries": [_delivery(delivery) for delivery in found.deliveries],
        "fixes": [fix_view(fix) for fix in found.fixes],
        "timeline": [_event(event) for event in found.timeline],
        "grew_from": [one.incident for one in found.kin if one.grew_from],
        "grew_into": [one.incident for one in found.kin if not one.grew_from],
    }


def fix_view(fix: Fix) -> dict[str, Any]:
    """One quick fix: what it sets, why, and how far it is."""
    change = fix.change
    return {
        "id": fix.id,
        "incident": fix.incident,
        "alert": fix.alert_name,
        "labels": dict(fix.labels),
        "quick_fix": fix.fix,
        "title": fix.title,
        "about": fix.about,
        "kind": fix.kind,
        "state": fix.state,
        "refusal": fix.refusal,
        "refusal_text": words_of(fix.refusal),
        "digest": fix.digest,
        "action": change.action,
        "target": change.target,
        "from": finite(change.before),
        "to": finite(change.after),
        "unit": change.unit,
        "lasts_seconds": fix.lasts.total_seconds(),
        "cause": fix.cause,
        "answers": fix.answers,
        "why": fix.why,
        "buys": fix.buys,
        "evidence": list(fix.evidence),
        "playbook": fix.playbook,
        "approved_by": fix.approved_by,
        "measured_before": finite(fix.measured_before),
        "measured_after": finite(fix.measured_after),
        "extended": fix.extended,
        "attempts": fix.attempt,
        "ends_as": fix.ends_as,
        "outcome": fix.end,
        "outcome_text": fix.end_text,
        **_times(fix),
    }


def _times(fix: Fix) -> dict[str, str | None]:
    """When it got where; `until` is a lease's end, `open_until` the end of the time for an approval."""
    offered = fix.state is FixState.PROPOSED and not fix.refusal
    return {
        "open_until": moment(fix.due_at) if offered else None,
        "proposed_at": moment(fix.proposed_at),
        "approved_at": moment(fix.approved_at),
        "applied_at": moment(fix.applied_at),
        "verified_at": moment(fix.verified_at),
        "until": moment(fix.expires_at),
        "waits_since": moment(fix.waits_since),
        "ended_at": moment(fix.ended_at),
    }


def line_view(line: Line) -> dict[str, Any]:
    """One line of the audit log."""
    return line.document()


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else written(at)


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
