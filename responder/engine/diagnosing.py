"""A diagnosis without an alert: run a playbook now for labels that somebody names. Changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from responder.domain.alert import Alert, AlertStatus
from responder.domain.errors import BadInput
from responder.domain.incident import Incident, opened
from responder.domain.notice import Notice
from responder.domain.report import Report
from responder.engine.explaining import PlaybookInvestigator
from responder.playbook.model import Playbook, Playbooks
from responder.yamldoc import did_you_mean

ASKED: Final = "asked"
"""Stands for the incident's id and the alert's fingerprint: there is neither."""


async def diagnose(investigator: PlaybookInvestigator, alert_name: str, labels: Mapping[str, str]) -> Notice:
    """The report that an alert with these labels would get at this moment.

    Raises:
        BadInput: there is no such playbook, or a label that it asks by is missing.
    """
    playbook = playbook_for(investigator.playbooks(), alert_name, labels)
    incident = _imagined(playbook, labels, investigator.clock())
    report = await investigator.investigate(incident, _nobody)
    subject = " / ".join(labels[name] for name in playbook.variables)
    return Notice(incident=incident, report=_no_more_than_known(report, subject), asked=True)


def playbook_for(playbooks: Playbooks, alert_name: str, labels: Mapping[str, str]) -> Playbook:
    """The playbook of this alert name, if these labels are enough to ask by.

    Raises:
        BadInput: says what is missing.
    """
    playbook = playbooks.get(alert_name)
    if playbook is None:
        hint = did_you_mean(alert_name, playbooks)
        raise BadInput("no_playbook", f'there is no playbook for "{alert_name}"{hint}')
    missing = [name for name in playbook.variables if not labels.get(name)]
    if missing:
        wanted = ", ".join(f"{name}=…" for name in missing)
        raise BadInput("missing_label", f"{alert_name} can't be asked without more labels: add {wanted}")
    return playbook


def _imagined(playbook: Playbook, labels: Mapping[str, str], now: datetime) -> Incident:
    alert = Alert(
        fingerprint=ASKED,
        labels={"alertname": playbook.alert, "severity": playbook.severity, **labels},
        annotations={},
        status=AlertStatus.FIRING,
        starts_at=now,
    )
    return opened(ASKED, [alert], now).incident


def _no_more_than_known(report: Report, subject: str) -> Report:
    """Without an alert a headline must not say what only an alert could know: the labels may be mistyped."""
    if not subject:
        return report
    said = f"nothing is measured of {subject}"
    alerts = (
        replace(one, headline=said) if one.reading is None or one.reading.value is None else one
        for one in report.alerts
    )
    return replace(report, alerts=tuple(alerts))


async def _nobody(_: Report) -> None:
    """Nobody waits for a first word."""
