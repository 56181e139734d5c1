"""Deleting what is old and over, a portion at a time: each in a transaction that keeps nobody waiting."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from responder.domain.fix import HOLDING
from responder.domain.incident import IncidentState
from responder.storage.tables import (
    audit,
    commands,
    fixes,
    incidents,
    leases,
    losses,
    notifications,
    page_events,
    rejected,
    round_trips,
    storms,
)


class Kept(StrEnum):
    """What is kept for how long. Values are metric labels: never rename one."""

    INCIDENTS = "incidents"
    """With all that belongs to them; and storms, losses of the watchdog."""
    NOTIFICATIONS = "notifications"
    """What came, from Alertmanager, PagerDuty and the doctor, taken in or rejected; leases not given back."""
    AUDIT = "audit"
    COMMANDS = "commands"
    """What people asked, and its answer while it may be shared."""


@dataclass(frozen=True, slots=True)
class Old:
    """The rows of one table that are old enough, by one moment of theirs, and may go."""

    table: sa.Table
    moment: sa.Column[datetime]
    may_go: tuple[sa.ColumnElement[bool], ...] = ()

    def forget(self, connection: sa.Connection, before: datetime, portion: int) -> int:
        [key] = self.table.primary_key
        old = sa.select(key).where(self.moment < before, *self.may_go).order_by(self.moment).limit(portion)
        return connection.execute(self.table.delete().where(key.in_(old))).rowcount


_HELD: Final = sa.exists().where(fixes.c.incident == incidents.c.id, fixes.c.state.in_(sorted(HOLDING)))
_NEWEST: Final = sa.select(sa.func.max(audit.c.seq)).scalar_subquery()
OLD: Final = {
    Kept.INCIDENTS: (
        Old(incidents, incidents.c.closed_at, (incidents.c.state == IncidentState.CLOSED, ~_HELD)),
        Old(storms, storms.c.ended_at),
        Old(losses, losses.c.over_at),
    ),
    Kept.NOTIFICATIONS: (
        Old(notifications, notifications.c.received_at),
        Old(rejected, rejected.c.received_at),
        Old(round_trips, round_trips.c.received_at),
        Old(page_events, page_events.c.received_at),
        Old(leases, leases.c.until),
    ),
    # The newest line stays whatever its age: its number says what the next one's is.
    Kept.AUDIT: (Old(audit, audit.c.at, (audit.c.seq < _NEWEST,)),),
    Kept.COMMANDS: (Old(commands, commands.c.asked_at),),
}


def forget(connection: sa.Connection, kept: Kept, before: datetime, portion: int) -> int:
    """Delete what was over before then, at most so many rows; how many that were.

    What belongs to an incident goes with it. Open incidents and those with a quick fix in force stay.
    """
    deleted = 0
    for old in OLD[kept]:
        deleted += old.forget(connection, before, portion - deleted)
        if deleted >= portion:
            break
    return deleted
