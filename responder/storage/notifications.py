"""Notifications: those taken in, those rejected, and the two kinds that are ours."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from responder.domain.alert import Notification
from responder.storage import bulk, upsert
from responder.storage.keys import text_key
from responder.storage.tables import notifications, rejected, round_trips, watchdogs

KEPT_REJECTED: Final = 100
KEPT_BODY: Final = 65_536
"""Bytes of a rejected body."""
KEPT_MESSAGE: Final = 1000


class Outcome(StrEnum):
    """What a notification did. Values are metric labels: never rename one."""

    OPENED = "opened"
    CHANGED = "changed"
    DUPLICATE = "duplicate"
    RESERVED = "reserved"
    MISSED = "missed"
    """Nobody sent it; it was found by comparing with Alertmanager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A test alert of the doctor's that came back."""

    received_at: datetime
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A body that can never be understood, from somebody who may send."""

    id: str
    at: datetime
    reason: str
    message: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Came:
    """A notification that came, and what it did."""

    id: str
    notification: Notification
    outcome: Outcome
    incidents: tuple[str, ...]


def put(connection: sa.Connection, came: Iterable[Came]) -> None:
    """Keep that they came; many cost little more than one."""
    bulk.insert(connection, notifications, [_row(one) for one in came])


def _row(came: Came) -> dict[str, Any]:
    notification = came.notification
    return {
        "id": came.id,
        "received_at": notification.received_at,
        "receiver": notification.receiver,
        "group_key": notification.group_key,
        "external_url": notification.external_url,
        "alerts": len(notification.alerts),
        "truncated": notification.truncated,
        "outcome": came.outcome,
        "incidents": json.dumps(came.incidents),
    }


def put_rejected(connection: sa.Connection, rejection: Rejection) -> None:
    """Keep a body that can't be understood; only the newest ones stay, and of each only the beginning."""
    connection.execute(
        rejected.insert().values(
            id=rejection.id,
            received_at=rejection.at,
            reason=rejection.reason,
            message=rejection.message[:KEPT_MESSAGE].replace("\0", "\ufffd"),
            size=len(rejection.body),
            body=rejection.body[:KEPT_BODY].decode("utf-8", "replace").replace("\0", "\ufffd"),
        )
    )
    newest = (
        sa.select(rejected.c.id).order_by(rejected.c.received_at.desc(), rejected.c.id).limit(KEPT_REJECTED)
    )
    connection.execute(rejected.delete().where(rejected.c.id.not_in(newest.subquery().select())))


def put_round_trip(connection: sa.Connection, nonce: str, at: datetime, status: str) -> None:
    """Keep that a test alert arrived."""
    row = {"nonce_key": text_key(nonce), "received_at": at, "status": status}
    upsert.put(connection, round_trips, row)


def round_trip(connection: sa.Connection, nonce: str) -> RoundTrip | None:
    """The test alert of this nonce, once it has arrived."""
    query = sa.select(round_trips.c.received_at, round_trips.c.status).where(
        round_trips.c.nonce_key == text_key(nonce)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else RoundTrip(**row)


def put_watchdog(connection: sa.Connection, receiver: str, at: datetime) -> None:
    """Keep that the watchdog was heard by this receiver."""
    row = {"receiver_key": text_key(receiver), "receiver": receiver, "received_at": at}
    upsert.put(connection, watchdogs, row)
