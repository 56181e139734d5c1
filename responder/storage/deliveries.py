"""How far each notifier is with each incident."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from responder.domain.alert import Severity
from responder.domain.incident import IncidentState
from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.storage import upsert
from responder.storage.leases import held_by_any
from responder.storage.tables import deliveries, incidents

_ONE: Final = sa.select(deliveries).where(
    deliveries.c.incident == bindparam("incident"), deliveries.c.notifier == bindparam("notifier")
)


@dataclass(frozen=True, slots=True)
class Behind:
    """A notifier that has not told the newest notice of an incident yet."""

    incident: str
    notice: int
    severity: Severity
    attempts: int


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery as it is kept, with the moment of its next attempt."""

    delivery: Delivery
    due_at: datetime | None = None


def of(connection: sa.Connection, incident: str) -> tuple[Delivery, ...]:
    """Every notifier's delivery of one incident, by the notifiers' names."""
    query = sa.select(deliveries).where(deliveries.c.incident == incident).order_by(deliveries.c.notifier)
    return tuple(_delivery(row) for row in connection.execute(query).mappings())


def one(connection: sa.Connection, incident: str, notifier: str) -> StoredDelivery:
    """How far one notifier is; where it told nothing yet, that."""
    row = connection.execute(_ONE, {"incident": incident, "notifier": notifier}).mappings().first()
    if row is not None:
        return StoredDelivery(_delivery(row), row["due_at"])
    nothing = Delivery(
        about=incident, notifier=notifier, state=DeliveryState.RETRYING, notice=0, receipt=Receipt()
    )
    return StoredDelivery(nothing)


def put(connection: sa.Connection, delivery: Delivery, now: datetime, due_at: datetime | None = None) -> None:
    """Keep how far a notifier is, and when it will try again if it has to."""
    row = {
        "incident": delivery.about,
        "notifier": delivery.notifier,
        "state": delivery.state,
        "notice": delivery.notice,
        "receipt": delivery.receipt.data,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "due_at": due_at,
        "changed_at": now,
    }
    upsert.put(connection, deliveries, row)


def put_ordered(
    connection: sa.Connection, behind: Behind, notifier: str, now: datetime, until: datetime
) -> None:
    """Note that telling was ordered anew, so that it isn't until then; counts as an attempt."""
    stored = one(connection, behind.incident, notifier)
    put(connection, replace(stored.delivery, attempts=behind.attempts + 1), now, due_at=until)


def behind(
    connection: sa.Connection, notifier: str, changed_before: datetime, now: datetime, limit: int = 200
) -> tuple[Behind, ...]:
    """Incidents whose newest notice this notifier has not told, though nothing seems to be under way.

    Left out are those that changed a moment ago, wait for their next attempt, or are being told just now.
    """
    key = sa.literal("tell/", sa.Text) + incidents.c.id + sa.literal(f"/{notifier}", sa.Text)
    query = (
        sa.select(
            incidents.c.id,
            incidents.c.notice,
            incidents.c.severity,
            sa.func.coalesce(deliveries.c.attempts, 0),
        )
        .outerjoin(
            deliveries, sa.and_(deliveries.c.incident == incidents.c.id, deliveries.c.notifier == notifier)
        )
        .where(sa.or_(deliveries.c.notice.is_(None), deliveries.c.notice < incidents.c.notice))
        .where(incidents.c.changed_at < changed_before, ~incidents.c.deferred)
        .where(sa.or_(deliveries.c.due_at.is_(None), deliveries.c.due_at < now))
        .where(~held_by_any(key, now))
        .order_by(incidents.c.changed_at)
        .limit(limit)
    )
    return tuple(
        Behind(incident, notice, Severity(severity), attempts)
        for incident, notice, severity, attempts in connection.execute(query)
    )


def backlog(connection: sa.Connection, notifier: str, since: datetime) -> dict[Severity, int]:
    """How many incidents that changed since then this notifier has still to tell for the first time.

    Deferred ones aren't on their way to it, nor what it refused and what it has nobody to say to yet.
    """
    of_late = sa.and_(incidents.c.state == IncidentState.CLOSED, incidents.c.closed_at > since)
    on_its_way = sa.or_(
        deliveries.c.state.is_(None),
        deliveries.c.state == DeliveryState.RETRYING,
        sa.and_(deliveries.c.state == DeliveryState.WAITING, deliveries.c.error == ""),
    )
    query = (
        sa.select(incidents.c.severity, sa.func.count())
        .select_from(incidents)
        .outerjoin(
            deliveries, sa.and_(deliveries.c.incident == incidents.c.id, deliveries.c.notifier == notifier)
        )
        .where(sa.or_(incidents.c.state == IncidentState.OPEN, of_late), ~incidents.c.deferred)
        .where(incidents.c.changed_at > since)
        .where(sa.func.coalesce(deliveries.c.notice, 0) == 0, on_its_way)
        .group_by(incidents.c.severity)
    )
    return {Severity(severity): number for severity, number in connection.execute(query)}


def _delivery(row: sa.RowMapping) -> Delivery:
    return Delivery(
        about=row["incident"],
        notifier=row["notifier"],
        state=DeliveryState(row["state"]),
        notice=row["notice"],
        receipt=Receipt(data=row["receipt"]),
        attempts=row["attempts"],
        error=row["error"],
    )
