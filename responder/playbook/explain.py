"""Findings become a report: what, how bad, why most likely, what may be done. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from responder.domain.alert import Alert
from responder.domain.incident import Incident
from responder.domain.report import (
    WHOLE,
    AlertReport,
    Answer,
    FixSuggestion,
    RankedCause,
    Ranking,
    Reading,
    Report,
    Subject,
    Verdict,
)
from responder.playbook.answers import Answers, Found
from responder.playbook.changes import changes, leases, related
from responder.playbook.context import Context
from responder.playbook.links import links
from responder.playbook.model import Playbook
from responder.playbook.ranking import rank
from responder.playbook.texts import filled, first_filled
from responder.playbook.weigh import weigh
from responder.playbook.words import Words, measured_value

GAINS_OF: Final = 10
"""Alerts, the worst: quick fixes are proposed for fewer, and some of these may resolve before that."""

EXPLAINED: Final = 500
"""Alerts, the worst: more than any page shows. A report of ten thousand would take 25 MB."""

NOT_MEASURED: Final = float("-inf")
"""How far beyond the threshold: behind everything that is measured."""

Sorted = tuple[bool, int, float, datetime]


def explain(
    playbook: Playbook, incident: Incident, answers: Answers, context: Context, *, use_evidence: bool = True
) -> Report:
    """The report of one investigation.

    Args:
        playbook: that of the incident's alert name.
        incident: as it was when the questions were asked.
        answers: to the playbook's measure, diagnostics and tests.
        context: what is known from elsewhere.
        use_evidence: False ranks causes by the runbook alone; for tests that show what evidence is worth.
    """
    found = Found(answers)
    worst = _worst(incident, lambda alert: _beyond(playbook, alert, answers))
    alerts = [_alert(playbook, alert, found, use_evidence=use_evidence) for alert in worst]
    alerts[:GAINS_OF] = [_with_gains(playbook, found, alert) for alert in alerts[:GAINS_OF]]
    bare = _bare(incident, answers.made_at, context, playbook)
    words = _words(playbook, found, alerts)
    ranking = alerts[0].ranking if alerts else Ranking(verdict=Verdict.NONE)
    return replace(
        bare,
        took=answers.took,
        complete=answers.complete,
        alerts=tuple(alerts),
        findings=answers.findings,
        if_nothing=tuple(s for text in playbook.if_you_do_nothing if (s := filled(text, words)) is not None),
        changes=changes(playbook, found, several=len(incident.active) > 1),
        leases=leases(playbook, found),
        related=related(playbook, found),
        fixes=_fixes(playbook, ranking, words),
        checks=_checks(playbook, ranking),
    )


def explain_unknown(incident: Incident, made_at: datetime, context: Context) -> Report:
    """The report of an alert name without a playbook: its labels, annotations and links."""
    bare = _bare(incident, made_at, context, None)
    return replace(bare, alerts=tuple(map(_unknown, _worst(incident, lambda _: NOT_MEASURED))))


def _bare(incident: Incident, made_at: datetime, context: Context, playbook: Playbook | None) -> Report:
    alerts = incident.active or tuple(incident.alerts.values())
    common = _common([alert.labels for alert in alerts])
    return Report(
        incident=incident.id,
        revision=incident.revision,
        alert_name=incident.alert_name,
        title=playbook.title if playbook else incident.alert_name,
        severity=incident.severity,
        category=playbook.category if playbook else common.get("category", ""),
        playbook=playbook.version if playbook else "",
        made_at=made_at,
        took=0.0,
        complete=True,
        alerts=(),
        impact=playbook.impact if playbook else "",
        seen_before=context.seen_before,
        came_back=context.came_back,
        silences=context.silences,
        permanent=context.permanent,
        long_term=playbook.long_term if playbook else (),
        prevention=playbook.prevention if playbook else (),
        links=tuple(links(playbook, alerts, context, made_at)),
        labels=common,
        annotations=_common([alert.annotations for alert in alerts]),
    )


def _alert(playbook: Playbook, alert: Alert, found: Found, *, use_evidence: bool) -> AlertReport:
    subject = playbook.subject(alert.labels)
    reading = found.answers.readings.get(subject)
    evidence = {cause.id: weigh(cause, subject, found) for cause in playbook.causes}
    return replace(
        _unknown(alert),
        subject=subject,
        headline=Words(playbook, found, subject, reading).headline(),
        reading=_worded(playbook, subject, reading),
        ranking=rank(playbook.causes, evidence, use_evidence=use_evidence),
    )


def _worded(playbook: Playbook, subject: Subject, reading: Reading | None) -> Reading | None:
    value = measured_value(reading)
    if reading is None:
        return None
    if value is None:
        return replace(reading, reason=_with_missing(reading.reason, subject))
    return replace(reading, words=playbook.measure.words(value))


def _with_missing(reason: str, subject: Subject) -> str:
    """Why it was not measured, with the labels that were asked by and that the alert doesn't have."""
    missing = [name for name, value in subject if not value]
    if not missing:
        return reason
    return f"{reason or 'no data'}; the alert has no label {', '.join(missing)}"


def _unknown(alert: Alert) -> AlertReport:
    return AlertReport(
        fingerprint=alert.fingerprint,
        subject=WHOLE,
        status=alert.status,
        severity=alert.severity,
        starts_at=alert.starts_at,
        headline=alert.annotations.get("summary") or alert.name,
        reading=None,
        ranking=Ranking(verdict=Verdict.NONE),
        generator_url=alert.generator_url,
    )


def _worst(incident: Incident, beyond: Callable[[Alert], float]) -> Sequence[Alert]:
    """Still active first, then by severity, then the furthest beyond the threshold, then the oldest."""

    def place(alert: Alert) -> Sorted:
        return (alert.over, alert.severity.rank, -beyond(alert), alert.starts_at)

    return sorted(incident.alerts.values(), key=place)[:EXPLAINED]


def _beyond(playbook: Playbook, alert: Alert, answers: Answers) -> float:
    value = measured_value(answers.readings.get(playbook.subject(alert.labels)))
    return NOT_MEASURED if value is None else playbook.measure.beyond(value)


def _words(playbook: Playbook, found: Found, alerts: Sequence[AlertReport]) -> Words:
    worst = alerts[0] if alerts else None
    return Words(playbook, found, worst.subject if worst else WHOLE, worst.reading if worst else None)


def _with_gains(playbook: Playbook, found: Found, alert: AlertReport) -> AlertReport:
    words = Words(playbook, found, alert.subject, alert.reading)
    gains = {fix.id: text for fix in playbook.fixes if (text := first_filled(fix.buys, words))}
    return replace(alert, gains=gains)


def _fixes(playbook: Playbook, ranking: Ranking, words: Words) -> tuple[FixSuggestion, ...]:
    leading = {cause.cause for cause in ranking.leaders}
    return tuple(
        FixSuggestion(
            fix=fix.id,
            title=fix.title,
            answers=bool(leading & set(fix.answers)),
            buys=first_filled(fix.buys, words),
        )
        for fix in playbook.fixes
    )


def _checks(playbook: Playbook, ranking: Ranking) -> tuple[str, ...]:
    """What a person looks at: for the leading causes, then for those that could not be measured."""
    leading = list(ranking.leaders or ranking.causes[:1])
    unmeasured = [cause for cause in ranking.causes if _unmeasured(cause) and cause not in leading]
    by_cause = (f"{cause.title}: {cause.check}" for cause in [*leading, *unmeasured] if cause.check)
    return (*by_cause, *playbook.manual_checks)


def _unmeasured(cause: RankedCause) -> bool:
    """Whether nothing could be measured for a cause, and nothing that was measured rules it out."""
    asked = [one for one in cause.evidence if one.supports]
    return all(one.answer is Answer.NOT_MEASURED for one in asked) and not cause.said(supports=False)


def _common(each: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all of them have alike."""
    first, *others = each or [{}]
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}
