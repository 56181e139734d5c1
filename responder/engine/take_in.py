"""What one notification changes, inside the transaction that keeps it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import ROUND_TRIP, WATCHDOG, Alert, Notification
from responder.domain.ids import new_incident_id
from responder.domain.incident import REOPENS_WITHIN, Absorbed, Incident, absorb, opened
from responder.engine.desk import Desk, Work
from responder.engine.routing import Routed, by_name, route
from responder.storage import incidents, notifications, ways
from responder.storage.keys import lock_key
from responder.storage.notifications import Outcome

NONCE: Final = "nonce"
"""The label by which the doctor knows its test alert again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a notification."""

    notification: str
    outcome: Outcome
    incidents: tuple[str, ...]
    changes: tuple[Absorbed, ...] = ()


def names_to_lock(batch: Iterable[Notification]) -> list[int]:
    """The names whose routing these notifications decide on."""
    return [lock_key(name) for notification in batch for name in by_name(notification.alerts)]


def take_in(
    desk: Desk, work: Work, notification_id: str, notification: Notification, *, missed: bool = False
) -> Taken:
    """Route the alerts, let the incidents take them in, give the orders, and keep that it came.

    `missed`: nobody sent it; it is what Alertmanager says now of alerts that we don't hold.
    """
    _remember_ours(work.connection, notification)
    ids: list[str] = []
    changes: list[Absorbed] = []
    for name, alerts in by_name(notification.alerts).items():
        for before, absorbed in _changes(work.connection, notification, name, alerts, certain=missed):
            desk.keep(work, before, absorbed)
            ways.remember(
                work.connection, absorbed.incident.id, notification.receiver, notification.group_key,
                new=before is None,
            )  # fmt: skip
            ids.append(absorbed.incident.id)
            changes.append(absorbed)
    outcome = Outcome.MISSED if missed else _outcome(notification, changes)
    notifications.put(work.connection, notification_id, notification, outcome, tuple(ids))
    return Taken(notification_id, outcome, tuple(ids), tuple(changes))


def _changes(
    connection: sa.Connection,
    notification: Notification,
    name: str,
    alerts: Sequence[Alert],
    *,
    certain: bool,
) -> Iterable[tuple[Incident | None, Absorbed]]:
    now, truncated = notification.received_at, notification.truncated > 0
    routed, held = _routed(connection, notification, name, alerts, certain=certain)
    for incident, news in routed.known.items():
        yield held[incident], absorb(held[incident], news, now, truncated=truncated, certain=certain)
    if routed.fresh:
        yield None, opened(new_incident_id(), routed.fresh, now, truncated=truncated)


def _routed(
    connection: sa.Connection,
    notification: Notification,
    name: str,
    alerts: Sequence[Alert],
    *,
    certain: bool,
) -> tuple[Routed, dict[str, Incident]]:
    now = notification.received_at
    holding = ways.holding(connection, [a.fingerprint for a in alerts], now - REOPENS_WITHIN)
    by_way = ways.open_by_way(connection, notification.receiver, notification.group_key, name)
    wanted = {*holding.values(), *([by_way] if by_way else [])}
    held = incidents.load_many(connection, wanted, for_change=True) if wanted else {}
    holders = {fingerprint: held[incident] for fingerprint, incident in holding.items()}
    return route(alerts, holders, by_way, now, certain=certain), held


def _remember_ours(connection: sa.Connection, notification: Notification) -> None:
    """The doctor's test alert and the watchdog are noted, and become no incidents."""
    at: datetime = notification.received_at
    for alert in notification.alerts:
        if alert.name == ROUND_TRIP:
            notifications.put_round_trip(connection, alert.labels.get(NONCE, ""), at, alert.status)
        elif alert.name == WATCHDOG and not alert.over:
            notifications.put_watchdog(connection, notification.receiver, at)


def _outcome(notification: Notification, changes: Sequence[Absorbed]) -> Outcome:
    if notification.alerts and not by_name(notification.alerts):
        return Outcome.RESERVED
    if not any(change.news for change in changes):
        return Outcome.DUPLICATE
    return Outcome.OPENED if any(_is_new(change) for change in changes) else Outcome.CHANGED


def _is_new(change: Absorbed) -> bool:
    return change.incident.notice == 1
