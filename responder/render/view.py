"""What a notice says once the incident (always fresh) and its report (maybe older) are put together. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.fix import Fix
from responder.domain.incident import Ending, Incident
from responder.domain.notice import Kin, Notice
from responder.domain.report import AlertReport, Ranking, Reading, Report, Verdict
from responder.domain.units import Unit
from responder.render.limits import clean, lower_first

COMMON: Final = frozenset({"alertname", "severity", "component", "category", "job"})
"""Labels that don't tell one alert from another."""

HEADLINE_LONGEST: Final = 300
MUTED: Final = frozenset({AlertStatus.SILENCED, AlertStatus.INHIBITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A notice as renderers read it; every text in it is still as it came."""

    incident: Incident
    report: Report | None
    alerts: tuple[AlertReport, ...]
    """Those not over, worst first; all of them when the incident is closed."""
    page_url: str
    fixes: tuple[Fix, ...] = ()
    kin: tuple[Kin, ...] = ()
    at: datetime | None = None
    """When this is told."""
    asked: bool = False

    @property
    def worst(self) -> AlertReport:
        return self.alerts[0]

    @property
    def title(self) -> str:
        return (self.report and self.report.title) or self.incident.alert_name

    @property
    def muted(self) -> str:
        """The word "silenced" or "inhibited" where every alert is; the first alert's word."""
        return self.worst.status.value if all(a.status in MUTED for a in self.alerts) else ""

    @property
    def word(self) -> str:
        """The word in brackets before everything: "critical", "warning, silenced", "resolved", "asked"."""
        if not self.incident.open:
            return "resolved"
        if self.asked:
            return "asked"
        return ", ".join(filter(None, (self.incident.severity.value, self.muted)))

    @property
    def again(self) -> str:
        """The words "came back" or "flapping" where it is, else nothing."""
        after_a_lease = self.report is not None and self.report.came_back is not None
        if not self.incident.open or not (self.incident.returns or after_a_lease):
            return ""
        flaps = self.incident.flaps(self.at) if self.at else self.incident.flapping_since is not None
        return "flapping" if flaps else "came back"

    @property
    def about_worst(self) -> bool:
        """Whether the report's sentences about its first alert are about the one shown first."""
        first = self.report.worst if self.report else None
        return first is not None and first.fingerprint == self.worst.fingerprint

    @property
    def reading(self) -> Reading | None:
        return self.worst.reading

    @property
    def ranking(self) -> Ranking:
        return self.worst.ranking


def view(notice: Notice) -> View:
    """Put incident and report together: the incident knows which alerts stand, the report why."""
    known = tuple(_standing(notice))
    open_ones = tuple(a for a in known if a.status is not AlertStatus.RESOLVED)
    shown = open_ones if notice.incident.open and open_ones else known
    return View(
        incident=notice.incident,
        report=notice.report,
        alerts=shown or (_nothing(notice.incident),),
        page_url=notice.page_url,
        fixes=notice.fixes,
        kin=notice.kin,
        at=notice.at,
        asked=notice.asked,
    )


def tone(incident: Incident) -> str:
    """The name of its colour: that of what is well only where it is over and may be well."""
    if incident.open:
        return incident.severity.value
    return Severity.WARNING.value if incident.ending is Ending.GONE else "resolved"


def headline(alert: AlertReport) -> str:
    return clean(alert.headline, HEADLINE_LONGEST)


def subject_words(labels: Mapping[str, str]) -> str:
    """The values that tell this alert from others, in the order of the labels' names."""
    return clean(" ".join(labels[name] for name in sorted(labels) if name not in COMMON), HEADLINE_LONGEST)


def subject_of(seen: View) -> str:
    """What the worst alert is about, for a sentence: "backend-engineer"."""
    if seen.worst.subject:
        return clean("/".join(value for _, value in seen.worst.subject), HEADLINE_LONGEST)
    alert = seen.incident.alerts.get(seen.worst.fingerprint)
    return subject_words(alert.labels) if alert else ""


def trend_words(alert: AlertReport) -> str:
    """Where it is going: "rising", "getting worse", "steady"; nothing where it isn't known.

    A headline that counts what is over a limit ("250 tokens over 2000") grows while its measure (what
    remains) falls, so for a measure that is bad when low the measure's own direction would mislead.
    """
    reading = alert.reading
    if reading is None or reading.trend.value == "unknown" or reading.unit is Unit.YES_NO:
        return ""
    if reading.trend.value == "steady" or reading.direction.value == "above":
        return reading.trend.value
    if " over " in alert.headline:
        return "rising" if reading.worsening else "falling"
    return "getting worse" if reading.worsening else "getting better"


def likely(seen: View) -> str:
    """The leading causes: "prompt bloat", "large prompts or long completions"; nothing without evidence."""
    if seen.ranking.verdict not in {Verdict.CLEAR, Verdict.TIED}:
        return ""
    return cause_names(seen.ranking)


def cause_names(ranking: Ranking) -> str:
    names = [lower_first(clean(cause.title, 80)) for cause in ranking.leaders[:3]]
    return " or ".join(names)


def lasted(incident: Incident) -> timedelta | None:
    return incident.closed_at - incident.opened_at if incident.closed_at else None


def _standing(notice: Notice) -> Iterator[AlertReport]:
    """Every alert of the incident with its present status: the report's, in its order, then the others."""
    alerts, told = notice.incident.alerts, set()
    for known in notice.report.alerts if notice.report else ():
        told.add(known.fingerprint)
        now = alerts.get(known.fingerprint)
        yield replace(known, status=now.status) if now else known
    for fingerprint, alert in alerts.items():
        if fingerprint not in told:
            yield _bare(alert)


def _bare(alert: Alert) -> AlertReport:
    """An alert nobody has looked into yet."""
    words = alert.annotations.get("summary") or f"{alert.name} {subject_words(alert.labels)}"
    return AlertReport(
        fingerprint=alert.fingerprint,
        subject=(),
        status=alert.status,
        severity=alert.severity,
        starts_at=alert.starts_at,
        headline=words.strip(),
        reading=None,
        ranking=Ranking(verdict=Verdict.NONE),
        generator_url=alert.generator_url,
    )


def _nothing(incident: Incident) -> AlertReport:
    """An incident whose alerts are not known: it must still be told."""
    return AlertReport(
        fingerprint="",
        subject=(),
        status=AlertStatus.FIRING,
        severity=incident.severity,
        starts_at=incident.opened_at,
        headline=incident.alert_name,
        reading=None,
        ranking=Ranking(verdict=Verdict.NONE),
    )
