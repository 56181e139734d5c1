"""An incident: one episode of one alert name, and how news changes it. Pure.

notification ─▶ absorb ─▶ what changed, and the incident as it is then
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder.domain.alert import Alert, Severity
from responder.domain.marks import AskedSilence, FalseAlarm

REOPENS_WITHIN: Final = timedelta(minutes=30)
FLAPS_AFTER: Final = 3
IN_A_STORM: Final = "it came in a storm"


class IncidentState(StrEnum):
    """Open while an alert of it is not resolved."""

    OPEN = "open"
    CLOSED = "closed"


class Ending(StrEnum):
    """How it ended, by the measure asked again after the last alert resolved."""

    RECOVERED = "recovered"
    GONE = "gone"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What can happen to an incident. Values are kept in the timeline: never rename one."""

    OPENED = "opened"
    ALERT_JOINED = "alert_joined"
    ALERT_RETURNED = "alert_returned"
    ALERT_RESOLVED = "alert_resolved"
    STATUS_CHANGED = "status_changed"
    SEVERITY_RAISED = "severity_raised"
    INVESTIGATED = "investigated"
    INVESTIGATION_ASKED = "investigation_asked"
    TAKEN = "taken"
    RELEASED = "released"
    PAGE_RESOLVED = "page_resolved"
    PAGE_REOPENED = "page_reopened"
    CLOSED = "closed"
    ENDED = "ended"
    CAME_BACK = "came_back"
    FLAPPING = "flapping"
    ENDED_GONE = "ended_gone"
    FIX_APPROVED = "fix_approved"
    FIX_REJECTED = "fix_rejected"
    FIX_REFUSED = "fix_refused"
    FIX_APPLIED = "fix_applied"
    FIX_VERIFIED = "fix_verified"
    FIX_DID_NOT_WORK = "fix_did_not_work"
    FIX_EXTENDED = "fix_extended"
    FIX_ENDS_SOON = "fix_ends_soon"
    FIX_UNDO_WAITS = "fix_undo_waits"
    FIX_NOT_UNDONE = "fix_not_undone"
    FIX_UNDONE = "fix_undone"
    FIX_FAILED = "fix_failed"
    FIX_SUPERSEDED = "fix_superseded"
    SILENCE_ASKED = "silence_asked"
    SILENCED = "silenced"
    SILENCE_FAILED = "silence_failed"
    SILENCE_END_ASKED = "silence_end_asked"
    SILENCE_ENDED = "silence_ended"
    SILENCE_NOT_ENDED = "silence_not_ended"
    FALSE_ALARM = "false_alarm"


BROADCAST: Final = frozenset(
    {
        EventKind.SEVERITY_RAISED,
        EventKind.CAME_BACK,
        EventKind.FLAPPING,
        EventKind.ENDED_GONE,
        EventKind.FIX_DID_NOT_WORK,
        EventKind.FIX_FAILED,
        EventKind.FIX_NOT_UNDONE,
        EventKind.FIX_UNDO_WAITS,
        EventKind.FIX_ENDS_SOON,
    }
)
"""Events told by a reply of their own that reaches the whole channel; an edit would notify nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an incident's timeline. `seq` counts from 1 within the incident, 0 before it is stored."""

    kind: EventKind
    at: datetime
    text: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One episode of one alert name."""

    id: str
    alert_name: str
    state: IncidentState
    severity: Severity
    """The highest that any of its alerts had."""
    revision: int
    """Rises with news worth an investigation: an alert joined or returned, the severity rose."""
    notice: int
    """Rises with every change worth showing; a notifier that told an older one has to tell again."""
    opened_at: datetime
    changed_at: datetime
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    """By fingerprint."""
    closed_at: datetime | None = None
    ending: Ending | None = None
    """None while open, and until the measure was asked after the close."""
    ending_text: str = ""
    """The value then and now, in words."""
    silence: AskedSilence | None = None
    """The last that a person asked for here."""
    false_alarm: FalseAlarm | None = None
    returns: tuple[datetime, ...] = ()
    """When it was reopened in the 30 minutes before the last time, oldest first."""
    flapping_since: datetime | None = None
    unsure: bool = False
    """Alertmanager left alerts out of a notification: compare with its API before anything is closed."""
    taken_by: str = ""
    page_resolved_by: str = ""
    """Who resolved its page while it was still open here."""
    deferred: bool = False
    """It came in a storm: not investigated, not told by itself until that is over or somebody asks for it."""

    @property
    def active(self) -> tuple[Alert, ...]:
        """The alerts that are not resolved."""
        return tuple(alert for alert in self.alerts.values() if not alert.over)

    @property
    def open(self) -> bool:
        return self.state is IncidentState.OPEN

    def flaps(self, now: datetime) -> bool:
        """Whether it flaps, and has not been quiet for 30 minutes since it came back last."""
        quiet = all(now - last >= REOPENS_WITHIN for last in self.returns[-1:])
        return self.flapping_since is not None and not quiet


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What news did to an incident. Without events it was a duplicate, or older than what is known."""

    incident: Incident
    events: tuple[Event, ...] = ()

    @property
    def news(self) -> bool:
        return bool(self.events)


def opened(incident_id: str, alerts: Iterable[Alert], now: datetime, *, truncated: bool = False) -> Absorbed:
    """A new incident of these alerts, which share their name and of which at least one is not resolved."""
    known: dict[str, Alert] = {}
    for alert in alerts:
        before = known.get(alert.fingerprint)
        if before is None or alert.newer_than(before):
            known[alert.fingerprint] = alert
    first = next(iter(known.values()))
    incident = Incident(
        id=incident_id,
        alert_name=first.name,
        state=IncidentState.OPEN,
        severity=_highest(alert for alert in known.values() if not alert.over),
        revision=1,
        notice=1,
        opened_at=now,
        changed_at=now,
        alerts=known,
        unsure=truncated,
    )
    return Absorbed(
        incident,
        (
            Event(
                kind=EventKind.OPENED, at=now, text="1 alert" if len(known) == 1 else f"{len(known)} alerts"
            ),
        ),
    )


def absorb(  # noqa: PLR0913 - each says one thing of the news
    incident: Incident,
    alerts: Iterable[Alert],
    now: datetime,
    *,
    truncated: bool = False,
    certain: bool = False,
    full: bool = False,
) -> Absorbed:
    """Let an incident take in what was said of alerts that belong to it.

    News older than what is known changes nothing. The end of an alert never seen to fire is remembered
    without a word, so that its beginning, should it come late, is old news. A closed incident that gets a
    firing alert is open again: the caller has made sure that it may be reopened (`may_reopen`).

    Args:
        incident: as it is known.
        alerts: what was said of alerts of its name.
        now: when it was said.
        truncated: alerts were left out: nothing is closed until a comparison has seen them all.
        certain: Alertmanager itself was asked: this is how it is, whatever was known.
        full: it was asked for all alerts: what was unsure is settled.
    """
    events: list[Event] = []
    known = dict(incident.alerts)
    for alert in alerts:
        before = known.get(alert.fingerprint)
        newer = before is None or alert.newer_than(before)
        kind = _what_happened(before, alert) if newer or certain else None
        if newer or kind is not None:
            known[alert.fingerprint] = alert
        if kind is not None:
            events.append(Event(kind=kind, at=now, text=alert.fingerprint))
    unsure = (incident.unsure or truncated) and not full
    after = replace(incident, alerts=known, unsure=unsure)
    return _settle(incident, after, events, now)


def may_reopen(incident: Incident, now: datetime) -> bool:
    """Whether an alert that fires again belongs to this closed incident: within 30 minutes of its close."""
    return incident.closed_at is not None and now - incident.closed_at < REOPENS_WITHIN


def asked_again(incident: Incident, now: datetime, who: str) -> Absorbed:
    """Somebody wants it investigated, storm or not: a new revision, though nothing is worth showing yet."""
    after = replace(incident, revision=incident.revision + 1, deferred=False)
    return Absorbed(after, (Event(kind=EventKind.INVESTIGATION_ASKED, at=now, text=who),))


def taken(incident: Incident, now: datetime, who: str) -> Absorbed:
    """Somebody has it, storm or not; a second time by the same person changes nothing."""
    if incident.taken_by == who:
        return Absorbed(incident)
    deferred = incident.deferred and not incident.open
    after = replace(incident, taken_by=who, deferred=deferred, notice=incident.notice + 1, changed_at=now)
    return Absorbed(after, (Event(kind=EventKind.TAKEN, at=now, text=who),))


def ended(incident: Incident, now: datetime, ending: Ending, text: str) -> Absorbed:
    """What the measure said after the last alert resolved; while it flaps, nobody is told by a reply."""
    after = replace(incident, ending=ending, ending_text=text, notice=incident.notice + 1, changed_at=now)
    kind = EventKind.ENDED_GONE if ending is Ending.GONE and not incident.flaps(now) else EventKind.ENDED
    return Absorbed(after, (Event(kind=kind, at=now, text=text),))


def shown(incident: Incident, now: datetime) -> Incident:
    """The incident with something new to show: a report, or readings that changed."""
    return replace(incident, notice=incident.notice + 1, changed_at=now)


def released(incident: Incident, now: datetime) -> Incident:
    """The incident without the storm that deferred it: from now on people wait for it."""
    return replace(incident, deferred=False, changed_at=now)


def investigation_due(incident: Incident, revision: int) -> bool:
    """Whether the answer for this revision is still wanted: an older one is stored, not shown."""
    return incident.open and revision == incident.revision


def _what_happened(before: Alert | None, alert: Alert) -> EventKind | None:
    if before is None:
        return EventKind.ALERT_JOINED if not alert.over else None
    if alert.over:
        return None if before.over else EventKind.ALERT_RESOLVED
    if before.over:
        return EventKind.ALERT_RETURNED
    if before.status is not alert.status or before.starts_at != alert.starts_at:
        return EventKind.STATUS_CHANGED
    return None


def _settle(before: Incident, after: Incident, events: list[Event], now: datetime) -> Absorbed:
    """Draw the conclusions: severity, reopening, closing, revision and notice."""
    severity = _highest([*after.active]) if after.active else before.severity
    if severity.rank < before.severity.rank:
        events.append(Event(kind=EventKind.SEVERITY_RAISED, at=now, text=f"{before.severity} → {severity}"))
        after = replace(after, severity=severity)
    if after.active and not before.open:
        after, came_back = _reopened(after, now)
        events.extend(came_back)
    if before.open and not after.active and not after.unsure:
        after = replace(after, state=IncidentState.CLOSED, closed_at=now, ending=None, ending_text="")
        events.append(Event(kind=EventKind.CLOSED, at=now))
        if after.deferred:  # people were told of it by the summary only: its measure is not asked
            after = replace(after, ending=Ending.UNKNOWN, ending_text=IN_A_STORM)
    if not events:
        return Absorbed(after)
    investigate = any(event.kind in _NEWS for event in events)
    after = replace(
        after,
        revision=before.revision + investigate,
        notice=before.notice + 1,
        changed_at=now,
    )
    return Absorbed(after, tuple(events))


_NEWS: Final = frozenset({EventKind.ALERT_JOINED, EventKind.ALERT_RETURNED, EventKind.SEVERITY_RAISED})


def _reopened(incident: Incident, now: datetime) -> tuple[Incident, tuple[Event, ...]]:
    """Open again; the third return within 30 minutes is flapping, told once until 30 minutes were quiet.

    Whenever people are told that it came back it is nobody's: who had it was done with it at its end, and it
    calls anew. Who takes it while it flaps keeps it.
    """
    last = incident.returns[-1] if incident.returns else None
    quiet = last is None or now - last >= REOPENS_WITHIN
    flapping_since = None if quiet else incident.flapping_since
    recent = tuple(moment for moment in (*incident.returns, now) if now - moment < REOPENS_WITHIN)
    if flapping_since is not None:
        kinds: tuple[EventKind, ...] = ()
    elif len(recent) >= FLAPS_AFTER:
        flapping_since, kinds = now, (EventKind.FLAPPING,)
    else:
        kinds = (EventKind.CAME_BACK,)
    incident = replace(
        incident,
        state=IncidentState.OPEN,
        closed_at=None,
        ending=None,
        ending_text="",
        returns=recent,
        flapping_since=flapping_since,
        page_resolved_by="",
    )
    told = tuple(Event(kind=kind, at=now) for kind in kinds)
    if not told or not incident.taken_by:
        return incident, told
    let_go = Event(kind=EventKind.RELEASED, at=now, text=incident.taken_by)
    return replace(incident, taken_by=""), (*told, let_go)


def _highest(alerts: Iterable[Alert]) -> Severity:
    return min({alert.severity for alert in alerts}, key=lambda severity: severity.rank)
