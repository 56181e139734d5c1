"""What was kept before the clock was set back seems to be of the future: it is brought to the present.

Else nobody would look after it until the clock has caught up: it seems to have changed a moment ago, and its
next attempt to be an hour away. When something fired, opened or closed stays as it was kept.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from responder.storage.tables import (
    commands,
    deliveries,
    heartbeats,
    incidents,
    listening,
    loss_deliveries,
    losses,
    reports,
    storm_deliveries,
    storms,
)

APART: Final = timedelta(minutes=1)
"""The clocks of replicas may differ by so much."""
TOLD: Final = (deliveries, storm_deliveries, loss_deliveries)
LOOKED_AT: Final = (
    *(table.c.changed_at for table in (incidents, storms, losses)),
    reports.c.made_at,
    heartbeats.c.at,
    incidents.c.silence_due_at,
    commands.c.due_at,
)
"""What the chores go by."""


def looked_at(connection: sa.Connection, now: datetime) -> datetime:
    """When a replica looked for the watchdog last, as one does all the time; now, if none ever did."""
    return connection.scalar(sa.select(listening.c.looked_at)) or now


def bring_to(connection: sa.Connection, now: datetime) -> int:
    """How many rows were of the future."""
    later = now + APART
    told = [
        table.update().where(table.c.changed_at > later).values(changed_at=now, due_at=now) for table in TOLD
    ]
    looked_at = [sa.update(at.table).where(at > later).values({at: now}) for at in LOOKED_AT]
    heard = listening.update().where(listening.c.looked_at > later).values(since=now, looked_at=now)
    return sum(connection.execute(update).rowcount for update in (*told, *looked_at, heard))
