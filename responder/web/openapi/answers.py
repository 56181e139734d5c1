"""What the API answers, as models.

The views (`web/views.py` and the routes) make these by hand, which costs less than to have each answer
checked; that both agree is for the tests to show.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel

from responder.domain.alert import AlertStatus, Severity
from responder.domain.fix import FixEnd, FixKind, FixMode, FixState, Happened
from responder.domain.incident import Ending, EventKind, IncidentState
from responder.domain.marks import SilenceState
from responder.domain.notice import DeliveryState
from responder.domain.report import Likelihood, Report
from responder.engine import paging
from responder.policy.gates import Refusal
from responder.web.pagerduty import Unheard

Scalar = str | int | float | bool | None


class Exact(BaseModel):
    """An answer that has these members and no others."""

    model_config = ConfigDict(extra="forbid")


class ProblemShown(BaseModel):
    """An error (RFC 9457); `reason` is one word of a closed vocabulary, where there is one."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    reason: str = ""


class SilenceShown(Exact):
    """The last silence that somebody asked for here."""

    by: str
    at: AwareDatetime
    until: AwareDatetime
    reason: str
    state: SilenceState
    failure: str
    ended_by: str
    silences: list[str]


class FalseAlarmShown(Exact):
    """Somebody said that nothing was wrong."""

    by: str
    at: AwareDatetime
    reason: str


class _Incident(Exact):
    id: str
    alert: str
    status: IncidentState
    severity: Severity
    opened_at: AwareDatetime
    changed_at: AwareDatetime
    closed_at: AwareDatetime | None
    ending: Ending | None
    ending_text: str
    silence: SilenceShown | None
    false_alarm: FalseAlarmShown | None
    firing: int
    taken_by: str
    page_resolved_by: str
    flapping: bool
    deferred: bool
    revision: int


class IncidentSummary(_Incident):
    """One incident as the list shows it; `alerts` is how many there are."""

    alerts: int


class IncidentList(Exact):
    """Incidents, the newest first; with a `cursor` there are more."""

    incidents: list[IncidentSummary]
    cursor: str | None


class AlertShown(Exact):
    """One labelled instance."""

    fingerprint: str
    status: AlertStatus
    severity: Severity
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    generator_url: str


class DeliveryShown(Exact):
    """How far one notifier is."""

    notifier: str
    state: DeliveryState
    notice: int
    attempts: int
    error: str
    receipt: dict[str, Any]


class EventShown(Exact):
    """One line of the timeline."""

    seq: int
    kind: EventKind
    at: AwareDatetime
    text: str


class FixShown(Exact):
    """One quick fix: what it sets, why, and how far it is."""

    id: str
    incident: str
    alert: str
    labels: dict[str, str]
    quick_fix: str
    title: str
    about: str
    kind: FixKind
    state: FixState
    refusal: Refusal | Literal[""]
    refusal_text: str
    digest: str
    action: str
    target: str
    from_: Annotated[Scalar, Field(alias="from")]
    to: Scalar
    unit: str
    lasts_seconds: float
    cause: str
    answers: bool
    why: str
    buys: str
    evidence: list[str]
    playbook: str
    approved_by: str
    measured_before: float | None
    measured_after: float | None
    extended: int
    attempts: int
    ends_as: FixEnd | None
    outcome: FixEnd | None
    outcome_text: str
    open_until: AwareDatetime | None
    proposed_at: AwareDatetime | None
    approved_at: AwareDatetime | None
    applied_at: AwareDatetime | None
    verified_at: AwareDatetime | None
    until: AwareDatetime | None
    waits_since: AwareDatetime | None
    ended_at: AwareDatetime | None


class IncidentDetails(_Incident):
    """Everything about one incident; `report` is the newest one, as it was stored."""

    alerts: list[AlertShown]
    report: Report | None
    deliveries: list[DeliveryShown]
    fixes: list[FixShown]
    timeline: list[EventShown]
    grew_from: list[str]
    grew_into: list[str]


class RoundTripShown(Exact):
    """When the doctor's test alert arrived."""

    received_at: AwareDatetime
    status: str


class WatchdogShown(Exact):
    """Whether the watchdog is expected, when it was last heard, and since when it is missed."""

    expected: bool
    heard_at: AwareDatetime | None
    lost_at: AwareDatetime | None


class BreakerShown(Exact):
    """Whether quick fixes are paused, and who decided it."""

    paused: bool
    why: str
    by: str
    since: AwareDatetime | None


class FixList(Exact):
    """Quick fixes, the newest first; `mode` is null where nothing could be changed."""

    fixes: list[FixShown]
    mode: FixMode | None
    breaker: BreakerShown


class AuditLine(BaseModel):
    """A line of the audit log; what else it says depends on what happened."""

    seq: int
    at: AwareDatetime
    fix: str
    incident: str
    happened: Happened
    by: str


class FixDetails(FixShown):
    """One quick fix with its lines of the audit log."""

    audit: list[AuditLine]


class FixDecided(Exact):
    """The fix as it is now."""

    fix: FixShown


class AuditLog(Exact):
    """Lines, the newest first; `before` leads to older ones."""

    lines: list[AuditLine]
    before: int | None


class CauseNamed(Exact):
    """A row of the runbook's table."""

    id: str
    title: str
    likelihood: Likelihood


class FixNamed(Exact):
    """A quick fix, and the causes that it answers."""

    id: str
    title: str
    answers: list[str]


class PlaybookShown(Exact):
    """A playbook in use."""

    alert: str
    title: str
    severity: Severity
    category: str
    variables: list[str]
    version: str
    incidents: int
    false_alarms: int
    causes: list[CauseNamed]
    fixes: list[FixNamed]


class PlaybookList(Exact):
    """The playbooks in use."""

    loaded_at: AwareDatetime
    playbooks: list[PlaybookShown]


class ReloadShown(Exact):
    """The configuration was loaded anew."""

    playbooks: int
    loaded_at: AwareDatetime
    waits_for_restart: list[str]


class Diagnosis(RootModel[Report]):
    """The report."""


class Taken(Exact):
    """The notification is kept, and so is the order to work on it."""

    notification_id: str
    incidents: list[str]


class PageEventTaken(Exact):
    """What became of an event of PagerDuty's."""

    outcome: paging.Heard | Unheard


_ODD: Final = {
    "type": "object",
    "description": "What JSON has no number for, such as inf.",
    "required": ["#float"],
    "properties": {"#float": {"enum": ["inf", "-inf", "nan"]}},
}


def with_odd_numbers(defined: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas, where a report's numbers may be what JSON has no number for: see `playbook.codec`."""
    exact = {one.__name__ for one in globals().values() if isinstance(one, type) and issubclass(one, Exact)}
    return {name: schema if name in exact else _odd(schema) for name, schema in defined.items()}


def _odd(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    match schema:
        case {"type": "number"}:
            return {"anyOf": [schema, _ODD]}
        case dict():
            return {key: _odd(value) for key, value in schema.items()}
        case list():
            return [_odd(value) for value in schema]
        case _:
            return schema
