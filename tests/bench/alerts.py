"""Notifications as Alertmanager sends them, each about alerts that nobody has heard of before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

RECEIVER: Final = "responder"
PATH: Final = "/webhooks/alertmanager"


def notification(alert: str, group: str, subjects: Iterable[Mapping[str, str]], at: datetime) -> bytes:
    """One group, an alert for each subject: the labels that tell it from the others.

    `group` makes alerts and group new: the same name with another group is another incident.
    """
    common = {"alertname": alert, "severity": "critical", "component": "hypertool", "category": "cost"}
    return json.dumps(
        {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{alert}",run="{group}"}}',
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": RECEIVER,
            "groupLabels": {"alertname": alert, "run": group},
            "commonLabels": common,
            "commonAnnotations": {},
            "externalURL": "http://127.0.0.1:9093",
            "alerts": [_alert({**common, **subject}, group, at) for subject in subjects],
        }
    ).encode()


def resolved(body: bytes, at: datetime) -> bytes:
    """The same notification, once all of its alerts are over."""
    said = json.loads(body)
    for one in (said, *said["alerts"]):
        one["status"] = "resolved"
    for alert in said["alerts"]:
        alert["endsAt"] = at.isoformat().replace("+00:00", "Z")
    return json.dumps(said).encode()


def _alert(labels: Mapping[str, str], group: str, at: datetime) -> dict[str, Any]:
    named = f"{sorted(labels.items())} {group}"
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {
            "summary": f"{labels['alertname']}: 250 tokens over the budget",
            "description": "The persona has used 250 tokens more than its budget allows, and uses more.",
            "action": "1. Look at the dashboard. 2. Look for long prompts in Langfuse. 3. Raise the budget.",
            "runbook_url": f"http://127.0.0.1:8080/runbook#{labels['alertname'].lower()}",
        },
        "startsAt": (at - timedelta(minutes=1)).isoformat().replace("+00:00", "Z"),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=up",
        "fingerprint": hashlib.sha256(named.encode()).hexdigest()[:16],
    }
