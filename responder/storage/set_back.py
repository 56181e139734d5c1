"""What was kept before the clock was set back seems to be of the future: it is brought to the present.

Else nobody would look after it until the clock has caught up: it seems to have changed a moment ago, and its
next attempt to be an hour away. When something fired, opened or ended stays as it was kept.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from responder.storage.tables import (
    deliveries,
    incidents,
    loss_deliveries,
    losses,
    storm_deliveries,
    storms,
)

APART: Final = timedelta(minutes=1)
"""The clocks of replicas may differ by so much."""
ABOUT: Final = (incidents, storms, losses)
TOLD: Final = (deliveries, storm_deliveries, loss_deliveries)


def bring_to(connection: sa.Connection, now: datetime) -> int:
    """How many rows were of the future."""
    later = now + APART
    changed = [table.update().where(table.c.changed_at > later).values(changed_at=now) for table in ABOUT]
    due = [
        table.update().where(table.c.changed_at > later).values(changed_at=now, due_at=now) for table in TOLD
    ]
    return sum(connection.execute(update).rowcount for update in (*changed, *due))
