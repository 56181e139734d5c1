"""The report: the result of an investigation, one value that every renderer reads."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from responder.domain.alert import AlertStatus, Severity
from responder.domain.errors import Reason
from responder.domain.units import Unit

Scalar = str | float | bool | None
Subject = tuple[tuple[str, str], ...]
"""What an answer is about: the alert's labels that its playbook asks by, in the playbook's order, as
((label, value), …). The empty tuple is the incident as a whole."""

WHOLE: Final[Subject] = ()


def finite(value: Scalar) -> Scalar:
    """The value, or None where it is not a number or without end: JSON knows neither."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


class FindingState(StrEnum):
    """What became of a diagnostic. "No data" is never 0."""

    MEASURED = "measured"
    NO_DATA = "no_data"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an answer: what it is about, what tells it from its neighbours, and its values by field.

    A PromQL answer has the one field `value`; other kinds have their own (`health`, `reachable`, …).
    """

    subject: Subject
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Scalar]

    @property
    def value(self) -> float | None:
        """The field `value` as a number, if it is one."""
        value = self.values.get("value")
        return float(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer to one diagnostic."""

    diagnostic: str
    title: str
    kind: str
    state: FindingState
    unit: Unit | None = None
    rows: tuple[Row, ...] = ()
    left_out: int = 0
    """How many rows were cut because they were too many."""
    reason: Reason | None = None
    detail: str = ""
    """Why it failed or what is odd about it, in words; a far side's own text."""
    warnings: tuple[str, ...] = ()
    took: float = 0.0
    """Seconds."""
    query: str = ""
    """What was asked, as it can be pasted; empty where there is nothing to paste."""
    link: str = ""
    links: "tuple[Link, ...]" = ()
    """Single things behind the answer, the most telling first; their titles may be a far side's text."""

    def rows_of(self, subject: Subject) -> tuple[Row, ...]:
        """The rows about one alert: those of its subject, or of a part of it that it shares with others.

        A row of the incident as a whole belongs to every alert.
        """
        return tuple(row for row in self.rows if set(row.subject) <= set(subject))


class Likelihood(StrEnum):
    """The runbook's word for how often a cause is the one."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Weight(StrEnum):
    """How much a test's answer says."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Answer(StrEnum):
    """A test's answer."""

    YES = "yes"
    NO = "no"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One test of one cause, answered for one alert."""

    statement: str
    supports: bool
    """True: a yes speaks for the cause; False: a yes speaks against it."""
    weight: Weight
    answer: Answer
    reason: str = ""
    """Why it was not measured, in words."""

    @property
    def counts(self) -> bool:
        return self.answer is Answer.YES


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCause:
    """A row of the runbook's table with what was found for and against it."""

    cause: str
    title: str
    likelihood: Likelihood
    score: float
    evidence: tuple[Evidence, ...]
    check: str = ""
    """What a person must look at where nothing can be measured, or to be sure."""
    look: str = ""
    """Where to look: a sentence."""

    def said(self, *, supports: bool) -> tuple[Evidence, ...]:
        """The evidence that counts for (or against) this cause, the strongest first."""
        order = tuple(Weight)
        found = (e for e in self.evidence if e.counts and e.supports is supports)
        return tuple(sorted(found, key=lambda e: order.index(e.weight)))


class Verdict(StrEnum):
    """What the evidence allows to say."""

    CLEAR = "clear"
    TIED = "tied"
    """The first two are within a factor of 1.5: can't tell them apart."""
    UNTESTED = "untested"
    """Nothing measured speaks for a leading cause: the order is the runbook's, less what is ruled out."""
    NONE = "none"
    """There is no playbook, or it names no cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The causes of one alert, the likeliest first."""

    verdict: Verdict
    causes: tuple[RankedCause, ...] = ()
    leading: int = 0
    """How many of the first causes can't be told apart (1 where it is clear)."""

    @property
    def measured(self) -> bool:
        """Whether any test of any cause was answered."""
        return any(e.answer is not Answer.NOT_MEASURED for cause in self.causes for e in cause.evidence)

    @property
    def leaders(self) -> tuple[RankedCause, ...]:
        return self.causes[: self.leading]


class Direction(StrEnum):
    """On which side of the threshold it is bad."""

    ABOVE = "above"
    BELOW = "below"


class Trend(StrEnum):
    """Where a measure is going: worse or better is for the direction to say."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How bad it is for one alert: the playbook's measure, now and before."""

    value: float | None
    unit: Unit
    threshold: float
    direction: Direction
    as_of: datetime | None
    trend: Trend = Trend.UNKNOWN
    points: tuple[tuple[float, float], ...] = ()
    """The measure's recent course: (seconds since the epoch, value), oldest first, at most 60."""
    reason: str = ""
    """Why there is no value, in words."""
    words: str = ""
    """How people read the value; a quantile of a histogram is "between 5 and 10 min", never 429 s."""

    @property
    def within_limit(self) -> bool:
        """Whether the value is on the good side of its threshold, not just at it; False without one."""
        if self.value is None:
            return False
        over = self.value - self.threshold
        return over < 0 if self.direction is Direction.ABOVE else over > 0

    @property
    def worsening(self) -> bool:
        return self.trend is (Trend.RISING if self.direction is Direction.ABOVE else Trend.FALLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReport:
    """What is known about one alert of the incident."""

    fingerprint: str
    subject: Subject
    status: AlertStatus
    severity: Severity
    starts_at: datetime
    headline: str
    """What and how bad, without severity, trend or cause: "backend-engineer 250 tokens over 2000"."""
    reading: Reading | None
    ranking: Ranking
    gains: Mapping[str, str] = field(default_factory=dict)
    """What quick fixes gain for it at the present rate, by fix; of the worst alerts only."""
    generator_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that changed in the two hours before: a knob, a new chatmode, a start of the process."""

    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBefore:
    """Earlier incidents of the same alert name with an alert in common."""

    times: int
    within_days: int
    last_incident: str
    last_closed_at: datetime | None
    last_cause: str = ""
    last_ending: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """An alert fires again a short time after the end of the quick fix that had been in force for it."""

    title: str
    """The fix's."""
    incident: str
    """That the fix was for; it can be this one, open again."""
    ended_at: datetime
    fires_since: datetime
    url: str = ""
    """The page of that incident, signed and read-only; empty where there is none, or where it is this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSuggestion:
    """A quick fix the playbook has for this alert."""

    fix: str
    title: str
    answers: bool
    """Whether it answers a leading cause; if not it buys time and does not cure."""
    buys: str = ""
    """What it gains at the present rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permanent:
    """What a value should be for good that leases had to raise again and again; a person changes it."""

    target: str
    about: str
    """Which alert's it is: "backend-engineer"."""
    times: int
    """How often it was raised within `days` days."""
    days: int
    present: Scalar
    """What is set when no lease holds it."""
    unit: str
    daily: tuple[float, ...]
    """What was used on each of those days that is over and was measured, the oldest first."""
    percentile: float | None
    """The 95th of them."""
    value: float | None
    """That plus 20 %, rounded, within the knob's bounds; None: nothing was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place to look."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence of Alertmanager's that mutes an alert of the incident."""

    id: str
    created_by: str
    comment: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A quick fix in force at Hypertool, as its control API tells it."""

    resource: str
    value: Scalar
    before: Scalar
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of one investigation of one incident.

    `alerts` has the incident's alerts, worst first, and of very many only the worst; where the whole text is
    about one alert ("if you do nothing", what a fix buys), it is about the first.
    """

    incident: str
    revision: int
    alert_name: str
    title: str
    severity: Severity
    category: str
    playbook: str
    """The playbook's version (digest of its text); empty: there is none for this alert name."""
    made_at: datetime
    took: float
    """Seconds."""
    complete: bool
    """False: not every diagnostic has answered yet; a complete one will follow."""
    alerts: tuple[AlertReport, ...]
    findings: tuple[Finding, ...] = ()
    impact: str = ""
    if_nothing: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    seen_before: SeenBefore | None = None
    came_back: CameBack | None = None
    silences: tuple[Silence, ...] = ()
    leases: tuple[Lease, ...] = ()
    fixes: tuple[FixSuggestion, ...] = ()
    permanent: tuple[Permanent, ...] = ()
    checks: tuple[str, ...] = ()
    """Manual checks for what can't be measured."""
    long_term: tuple[str, ...] = ()
    prevention: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    """Names of related alerts that are active now."""
    links: tuple[Link, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that all alerts share; with `annotations` what is shown where there is no playbook."""
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def worst(self) -> AlertReport | None:
        return self.alerts[0] if self.alerts else None

    @property
    def not_measured(self) -> tuple[Finding, ...]:
        """Diagnostics without an answer, shown in one line at the end."""
        return tuple(f for f in self.findings if f.state is not FindingState.MEASURED)
