"""What happened to an incident, in order."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from responder.domain.incident import Event, EventKind
from responder.storage.tables import events, incidents


def append(connection: sa.Connection, incident: str, happened: Iterable[Event]) -> None:
    """Add lines to the timeline; they are numbered in the order given."""
    new = list(happened)
    if not new:
        return
    counted = (
        incidents.update()
        .where(incidents.c.id == incident)
        .values(events=incidents.c.events + len(new))
        .returning(incidents.c.events)
    )
    last = connection.execute(counted).scalar_one()
    connection.execute(
        events.insert(),
        [
            {"incident": incident, "seq": seq, "kind": event.kind, "at": event.at, "text": event.text}
            for seq, event in enumerate(new, last - len(new) + 1)
        ],
    )


def of(
    connection: sa.Connection, incident: str, kinds: Collection[EventKind] | None = None
) -> tuple[Event, ...]:
    """The timeline of one incident, or its lines of these kinds; oldest first."""
    query = sa.select(events).where(events.c.incident == incident).order_by(events.c.seq)
    if kinds is not None:
        query = query.where(events.c.kind.in_(sorted(kinds)))
    return tuple(
        Event(kind=EventKind(row["kind"]), at=row["at"], text=row["text"], seq=row["seq"])
        for row in connection.execute(query).mappings()
    )
