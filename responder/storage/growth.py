"""Which incident grew out of which."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from responder.domain.incident import Incident, IncidentState
from responder.storage import upsert
from responder.storage.incidents import load_many
from responder.storage.keys import text_key
from responder.storage.tables import growth, incidents
from responder.storage.types import Instant

MOST: Final = 20
"""Incidents that are looked at: the newest."""

_EARLIER: Final = (
    sa.select(incidents.c.id)
    .where(incidents.c.name_key.in_(bindparam("names", expanding=True)))
    .where(incidents.c.opened_at < bindparam("opened_before", type_=Instant))
    .where(
        sa.or_(
            incidents.c.state == IncidentState.OPEN,
            incidents.c.closed_at > bindparam("closed_after", type_=Instant),
        )
    )
    .order_by(incidents.c.opened_at.desc())
    .limit(MOST)
)
_OF: Final = (
    sa.select(growth)
    .where(sa.or_(growth.c.incident == bindparam("one"), growth.c.grew_from == bindparam("one")))
    .order_by(growth.c.incident, growth.c.grew_from)
)


@dataclass(frozen=True, slots=True)
class Grown:
    """Another incident; `grew_from`: the one asked about grew out of it, else the other way round."""

    other: str
    grew_from: bool


def earlier(
    connection: sa.Connection, names: Collection[str], opened_before: datetime, closed_after: datetime
) -> tuple[Incident, ...]:
    """Incidents of these alert names that were opened before, and are open or closed after then."""
    wanted = {
        "names": [text_key(name) for name in names],
        "opened_before": opened_before,
        "closed_after": closed_after,
    }
    return tuple(load_many(connection, connection.scalars(_EARLIER, wanted)).values())


def put(connection: sa.Connection, incident: str, grew_from: str) -> bool:
    """Keep that an incident grew out of another one; whether that is news."""
    new = upsert.insert(growth, connection.dialect.name).on_conflict_do_nothing()
    row = {"incident": incident, "grew_from": grew_from}
    return connection.execute(new.returning(growth.c.incident), row).first() is not None


def of(connection: sa.Connection, incident: str) -> tuple[Grown, ...]:
    """What an incident grew out of, and what grew out of it."""
    return tuple(
        Grown(row.grew_from, grew_from=True)
        if row.incident == incident
        else Grown(row.incident, grew_from=False)
        for row in connection.execute(_OF, {"one": incident})
    )
