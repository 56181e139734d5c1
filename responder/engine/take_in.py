"""What one notification changes, inside the transaction that keeps it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import ROUND_TRIP, WATCHDOG, Alert, Notification
from responder.domain.ids import new_incident_id
from responder.domain.incident import Absorbed, Incident, absorb, opened
from responder.engine.desk import Desk, Work
from responder.engine.routing import Routed, by_name, names_of, route
from responder.storage import incidents, notifications, ways
from responder.storage.notifications import Came, Outcome
from responder.storage.ways import ByWay

NONCE: Final = "nonce"
"""The label by which the doctor knows its test alert again."""
REMEMBERED: Final = timedelta(days=1)
"""So long after an incident's close old news of its alerts is known for what it is."""

Numbered = tuple[str, Notification]
"""A notification with its id."""
Change = tuple[Incident | None, Absorbed]
"""An incident, or None for a new one, and what a notification makes of it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a notification."""

    notification: str
    outcome: Outcome
    incidents: tuple[str, ...]
    changes: tuple[Absorbed, ...] = ()


def names_to_lock(batch: Iterable[Notification]) -> set[str]:
    """The names whose routing these notifications decide on."""
    return set().union(*(names_of(notification.alerts) for notification in batch))


def take_in(
    desk: Desk, work: Work, notification_id: str, notification: Notification, *, missed: bool = False
) -> Taken:
    """Route the alerts, let the incidents take them in, give the orders, and keep that it came.

    `missed`: nobody sent it; it is what Alertmanager says now of alerts that we don't hold.
    """
    return take_in_all(desk, work, [(notification_id, notification)], missed=missed)[0]


def take_in_all(desk: Desk, work: Work, batch: Sequence[Numbered], *, missed: bool = False) -> list[Taken]:
    """The same for many, one after the other as far as it matters; what is new is kept in one go."""
    return [taken for part in apart(batch) for taken in _take_in(desk, work, part, missed=missed)]


def apart(batch: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """The batch in parts in which no two are about the same alert or come the same way."""
    part: list[Numbered] = []
    about: set[object] = set()
    for numbered in batch:
        new = _about(numbered[1])
        if not about.isdisjoint(new):
            yield part
            part, about = [], set()
        part.append(numbered)
        about |= new
    if part:
        yield part


def _about(notification: Notification) -> set[object]:
    fingerprints = (alert.fingerprint for alert in notification.alerts)
    return {(notification.receiver, notification.group_key), *fingerprints}


def _take_in(desk: Desk, work: Work, part: Sequence[Numbered], *, missed: bool) -> Iterable[Taken]:
    held = _held(work.connection, [notification for _, notification in part])
    changed = [_changes(held, notification, certain=missed) for _, notification in part]
    if len(part) > 1 and _meet(changed):  # different alerts of one incident: the second must see the first
        return [taken for one in part for taken in _take_in(desk, work, [one], missed=missed)]
    for (_, notification), changes in zip(part, changed, strict=True):
        _remember_ours(work.connection, notification)
        for before, absorbed in changes:
            if before is not None:
                desk.keep(work, before, absorbed)
                ways.remember(work.connection, before.id, notification.receiver, notification.group_key)
    _keep_new(desk, work, part, changed)
    taken = [
        _taken(*numbered, [absorbed for _, absorbed in changes], missed=missed)
        for numbered, changes in zip(part, changed, strict=True)
    ]
    kept = zip(part, taken, strict=True)
    notifications.put(work.connection, (Came(*one, new.outcome, new.incidents) for one, new in kept))
    return taken


def _keep_new(desk: Desk, work: Work, part: Sequence[Numbered], changed: Sequence[Sequence[Change]]) -> None:
    new = [
        (absorbed, notification)
        for (_, notification), changes in zip(part, changed, strict=True)
        for before, absorbed in changes
        if before is None
    ]
    desk.keep_new(work, [absorbed for absorbed, _ in new])
    ways.remember_new(
        work.connection,
        ((absorbed.incident.id, one.receiver, one.group_key) for absorbed, one in new),
    )


def _taken(
    notification_id: str, notification: Notification, changes: Sequence[Absorbed], *, missed: bool
) -> Taken:
    outcome = Outcome.MISSED if missed else _outcome(notification, changes)
    return Taken(notification_id, outcome, tuple(one.incident.id for one in changes), tuple(changes))


def _meet(changed: Iterable[Iterable[Change]]) -> bool:
    """Whether two notifications change the same incident."""
    known = [before.id for changes in changed for before, _ in changes if before is not None]
    return len(known) != len(set(known))


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of the alerts and ways of some notifications."""

    holding: Mapping[str, str]
    """The incident that holds a fingerprint, or held it last."""
    by_way: ByWay
    incidents: Mapping[str, Incident]


def _held(connection: sa.Connection, part: Sequence[Notification]) -> _Held:
    oldest = min(notification.received_at for notification in part) - REMEMBERED
    fingerprints = [alert.fingerprint for notification in part for alert in notification.alerts]
    holding = ways.holding(connection, fingerprints, oldest)
    by_way = ways.open_by_way(connection, [(one.receiver, one.group_key) for one in part])
    wanted = {*holding.values(), *_open_by_way(by_way, part)}
    known = incidents.load_many(connection, wanted, for_change=True) if wanted else {}
    return _Held(holding, by_way, known)


def _open_by_way(by_way: ByWay, part: Iterable[Notification]) -> Iterator[str]:
    for one in part:
        for name in names_of(one.alerts):
            if incident := by_way.open(one.receiver, one.group_key, name):
                yield incident


def _changes(held: _Held, notification: Notification, *, certain: bool) -> list[Change]:
    """What the notification makes of each incident, and of none: a new one."""
    now, truncated = notification.received_at, notification.truncated > 0
    known: dict[str, list[Alert]] = defaultdict(list)
    changes: list[Change] = []
    for name, alerts in by_name(notification.alerts).items():
        routed = _routed(held, notification, name, alerts, certain=certain)
        for incident, news in routed.known.items():
            known[incident] += (
                news  # one that was sent under another name before may hold alerts of two names
            )
        if routed.fresh:
            changes.append((None, opened(new_incident_id(now), routed.fresh, now, truncated=truncated)))
    for incident, news in known.items():
        before = held.incidents[incident]
        changes.append((before, absorb(before, news, now, truncated=truncated, certain=certain)))
    return changes


def _routed(
    held: _Held, notification: Notification, name: str, alerts: Sequence[Alert], *, certain: bool
) -> Routed:
    holders = {
        alert.fingerprint: held.incidents[held.holding[alert.fingerprint]]
        for alert in alerts
        if alert.fingerprint in held.holding
    }
    by_way = held.by_way.open(notification.receiver, notification.group_key, name)
    return route(alerts, holders, by_way, notification.received_at, certain=certain)


def _remember_ours(connection: sa.Connection, notification: Notification) -> None:
    """The doctor's test alert and the watchdog are noted, and become no incidents."""
    at: datetime = notification.received_at
    for alert in notification.alerts:
        if alert.name == ROUND_TRIP:
            notifications.put_round_trip(connection, alert.labels.get(NONCE, ""), at, alert.status)
        elif alert.name == WATCHDOG and not alert.over:
            notifications.put_watchdog(connection, notification.receiver, at)


def _outcome(notification: Notification, changes: Sequence[Absorbed]) -> Outcome:
    if notification.alerts and not names_of(notification.alerts):
        return Outcome.RESERVED
    if not any(change.news for change in changes):
        return Outcome.DUPLICATE
    return Outcome.OPENED if any(_is_new(change) for change in changes) else Outcome.CHANGED


def _is_new(change: Absorbed) -> bool:
    return change.incident.notice == 1
