"""What the questions about an incident are about."""

from responder.domain.alert import Alert
from responder.domain.incident import Incident
from responder.domain.report import Subject
from responder.playbook.model import Playbook


def subjects(playbook: Playbook, incident: Incident) -> tuple[Subject, ...]:
    """What to ask about: the alerts that are not over (all, once none is left), gravest and oldest first."""

    def urgency(alert: Alert) -> tuple[int, object]:
        return (alert.severity.rank, alert.starts_at)

    alerts = sorted(incident.active or incident.alerts.values(), key=urgency)
    return tuple(dict.fromkeys(playbook.subject(alert.labels) for alert in alerts))
