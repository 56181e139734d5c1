"""Makes the pieces of sample incidents and reports, with defaults that fit the reference Hypertool."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.incident import Incident, IncidentState
from responder.domain.notice import Notice
from responder.domain.report import (
    AlertReport,
    Answer,
    Direction,
    Evidence,
    Finding,
    FindingState,
    Likelihood,
    Link,
    RankedCause,
    Ranking,
    Reading,
    Report,
    Row,
    Scalar,
    Subject,
    Trend,
    Verdict,
    Weight,
)
from responder.domain.units import Unit

NOW: Final = datetime(2026, 11, 14, 3, 4, 20, tzinfo=UTC)
"""The moment at which all samples are told."""

STARTED: Final = NOW - timedelta(minutes=2)
PAGE: Final = "https://responder.example.org/incidents/k7m2wq9p?key=c2FtcGxl"
COURSE_POINTS: Final = 60


def alert(
    name: str,
    severity: Severity,
    labels: Mapping[str, str],
    *,
    summary: str = "",
    status: AlertStatus = AlertStatus.FIRING,
) -> Alert:
    """An alert as Alertmanager would tell it; its fingerprint follows from name and labels."""
    named = {"alertname": name, "severity": severity.value, "component": "hypertool", **labels}
    digest = hashlib.sha256(repr(sorted(named.items())).encode()).hexdigest()[:16]
    return Alert(
        fingerprint=digest,
        labels=named,
        annotations={"summary": summary} if summary else {},
        status=status,
        starts_at=STARTED,
        ends_at=NOW if status is AlertStatus.RESOLVED else None,
        generator_url="http://prometheus.example.org/graph?g0.expr=up",
    )


def course(start: float, end: float) -> tuple[tuple[float, float], ...]:
    """An hour of a measure that goes from one value to another, a point a minute, with a little noise."""
    begin = NOW.timestamp() - COURSE_POINTS * 60
    step = (end - start) / (COURSE_POINTS - 1)
    wave = (0.0, 0.4, -0.3, 0.2)
    return tuple(
        (begin + 60 * i, start + step * (i + (wave[i % 4] if 0 < i < COURSE_POINTS - 1 else 0)))
        for i in range(COURSE_POINTS)
    )


def reading(  # noqa: PLR0913 - a reading's facts
    value: float | None,
    unit: Unit,
    threshold: float,
    direction: Direction = Direction.ABOVE,
    *,
    before: float | None = None,
    reason: str = "",
) -> Reading:
    """A reading whose trend follows from where it was an hour before."""
    moving = value is not None and before is not None
    trend = Trend.UNKNOWN
    if value is not None and before is not None:
        trend = Trend.STEADY if value == before else Trend.RISING if value > before else Trend.FALLING
    return Reading(
        value=value,
        unit=unit,
        threshold=threshold,
        direction=direction,
        as_of=NOW if value is not None else None,
        trend=trend,
        points=course(before or 0.0, value or 0.0) if moving else (),
        reason=reason,
    )


def yes(statement: str, weight: Weight = Weight.STRONG, *, supports: bool = True) -> Evidence:
    return Evidence(statement=statement, supports=supports, weight=weight, answer=Answer.YES)


def no(statement: str, weight: Weight = Weight.STRONG, *, supports: bool = True) -> Evidence:
    return Evidence(statement=statement, supports=supports, weight=weight, answer=Answer.NO)


def unmeasured(statement: str, reason: str, weight: Weight = Weight.STRONG) -> Evidence:
    return Evidence(
        statement=statement, supports=True, weight=weight, answer=Answer.NOT_MEASURED, reason=reason
    )


def cause(
    title: str, likelihood: Likelihood, score: float, *evidence: Evidence, check: str = "", look: str = ""
) -> RankedCause:
    return RankedCause(
        cause=title.lower().replace(" ", "-"),
        title=title,
        likelihood=likelihood,
        score=score,
        evidence=evidence,
        check=check,
        look=look,
    )


def ranking(*causes: RankedCause, verdict: Verdict = Verdict.CLEAR, leading: int = 1) -> Ranking:
    return Ranking(verdict=verdict, causes=causes, leading=leading)


def finding(  # noqa: PLR0913 - a finding's facts
    name: str,
    title: str,
    unit: Unit | None,
    rows: Sequence[Row],
    *,
    kind: str = "promql",
    query: str = "",
) -> Finding:
    return Finding(
        diagnostic=name,
        title=title,
        kind=kind,
        state=FindingState.MEASURED if rows else FindingState.NO_DATA,
        unit=unit,
        rows=tuple(rows),
        took=0.021,
        query=query,
        link="http://prometheus.example.org/graph?g0.expr=1" if query else "",
    )


def row(subject: Subject, labels: Mapping[str, str], **values: Scalar) -> Row:
    return Row(subject=subject, labels=labels, values=values)


def alert_report(
    of: Alert,
    headline: str,
    measured: Reading | None,
    ranked: Ranking,
    variables: Sequence[str] = (),
) -> AlertReport:
    return AlertReport(
        fingerprint=of.fingerprint,
        subject=tuple((name, of.labels[name]) for name in variables if name in of.labels),
        status=of.status,
        severity=of.severity,
        starts_at=of.starts_at,
        headline=headline,
        reading=measured,
        ranking=ranked,
        generator_url=of.generator_url,
    )


def incident(*alerts: Alert, **changed: Any) -> Incident:  # noqa: ANN401 - fields of the dataclass
    """An open incident of these alerts, opened two minutes ago."""
    facts: dict[str, Any] = {
        "id": "k7m2wq9p",
        "alert_name": alerts[0].name,
        "state": IncidentState.OPEN,
        "severity": min((a.severity for a in alerts), key=lambda s: s.rank),
        "revision": 1,
        "notice": 2,
        "opened_at": STARTED,
        "changed_at": NOW,
        "alerts": {a.fingerprint: a for a in alerts},
    }
    return Incident(**facts | changed)


def report(title: str, category: str, *alerts: AlertReport, **more: Any) -> Report:  # noqa: ANN401 - fields of the dataclass
    """A complete report of these alerts, the first being the worst."""
    facts: dict[str, Any] = {
        "incident": "k7m2wq9p",
        "revision": 1,
        "alert_name": title.title().replace(" ", ""),
        "title": title,
        "severity": min((a.severity for a in alerts), key=lambda s: s.rank),
        "category": category,
        "playbook": "9f2c41d07ab3",
        "made_at": NOW,
        "took": 0.184,
        "complete": True,
        "alerts": alerts,
        "links": LINKS,
    }
    return Report(**facts | more)


def notice(about: Incident, found: Report | None, **more: Any) -> Notice:  # noqa: ANN401 - fields of the dataclass
    facts: dict[str, Any] = {"page_url": PAGE}
    return Notice(incident=about, report=found, **facts | more)


LINKS: Final = (
    Link(title="Dashboard", url="http://grafana.example.org/d/hypertool-persona-overview?viewPanel=4"),
    Link(title="Alertmanager", url="http://alertmanager.example.org/#/alerts?filter=%7Ba%3D%22b%22%7D"),
    Link(title="Runbook", url="https://runbook.example.org/#tokenbudgetexceeded"),
)
