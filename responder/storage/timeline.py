"""What happened to an incident, in order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from responder.domain.incident import Event, EventKind
from responder.storage import bulk
from responder.storage.tables import events, incidents

_COUNTED: Final = (
    incidents.update()
    .where(incidents.c.id == bindparam("known"))
    .values(events=incidents.c.events + bindparam("more", type_=sa.Integer))
    .returning(incidents.c.events)
)
_KNOWN: Final = frozenset(EventKind)
_ALL: Final = sa.select(events).where(events.c.incident == bindparam("incident")).order_by(events.c.seq)
_OF_KINDS: Final = _ALL.where(events.c.kind.in_(bindparam("kinds", expanding=True)))


def append(connection: sa.Connection, incident: str, happened: Iterable[Event]) -> None:
    """Add lines to the timeline; they are numbered in the order given."""
    new = list(happened)
    if not new:
        return
    last = connection.execute(_COUNTED, {"known": incident, "more": len(new)}).scalar_one()
    bulk.insert(connection, events, _rows(incident, new, last - len(new) + 1))


def begin(connection: sa.Connection, happened: Mapping[str, Sequence[Event]]) -> None:
    """The first lines of the timelines of new incidents, which know their number already."""
    bulk.insert(connection, events, [row for one, new in happened.items() for row in _rows(one, new, 1)])


def _rows(incident: str, new: Iterable[Event], first: int) -> list[dict[str, Any]]:
    return [
        {"incident": incident, "seq": seq, "kind": event.kind, "at": event.at, "text": event.text}
        for seq, event in enumerate(new, first)
    ]


def of(
    connection: sa.Connection, incident: str, kinds: Collection[EventKind] | None = None
) -> tuple[Event, ...]:
    """The timeline of one incident, or its lines of these kinds; oldest first.

    A line of a kind that only a newer version knows is left out.
    """
    query, parameters = (
        (_ALL, {"incident": incident})
        if kinds is None
        else (_OF_KINDS, {"incident": incident, "kinds": sorted(kinds)})
    )
    return tuple(
        Event(kind=EventKind(row["kind"]), at=row["at"], text=row["text"], seq=row["seq"])
        for row in connection.execute(query, parameters).mappings()
        if row["kind"] in _KNOWN
    )
