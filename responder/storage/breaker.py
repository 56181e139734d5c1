"""Whether fixes are paused, kept over restarts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from responder.storage import upsert
from responder.storage.tables import breaker

_ONLY: Final = 1
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Open: no fix is applied until a person resumes. `changed_at` is when that was last decided."""

    open: bool = False
    why: str = ""
    by: str = ""
    changed_at: datetime = NEVER


def read(connection: sa.Connection) -> Breaker:
    """How it stands."""
    columns = (breaker.c.open, breaker.c.why, breaker.c.by, breaker.c.changed_at)
    row = connection.execute(sa.select(*columns).where(breaker.c.id == _ONLY)).mappings().first()
    return Breaker() if row is None else Breaker(**row)


def put(connection: sa.Connection, now_it_is: Breaker) -> None:
    """Open or close it."""
    upsert.put(
        connection,
        breaker,
        {
            "id": _ONLY,
            "open": now_it_is.open,
            "why": now_it_is.why,
            "by": now_it_is.by,
            "changed_at": now_it_is.changed_at,
        },
    )
