"""What is open, from one database into another: which rows that are, read and kept as plain JSON.

    incidents, open or closed lately or with a quick fix that isn't over ─▶ all that belongs to them
    audit log, breaker, watchdog, storm, who sends to us, what people asked ─▶ as it is
    leases that were not given back ─▶ as they are: what was sent may not be known yet, and is looked for

Orders stay behind: the sweep makes them anew of what is due, and of what is marked as moved in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from responder.domain.clock import instant
from responder.domain.fix import FixState
from responder.domain.incident import IncidentState
from responder.storage import moved_in
from responder.storage.tables import (
    alerts,
    audit,
    breaker,
    commands,
    deliveries,
    events,
    fixes,
    growth,
    incident_ways,
    incidents,
    leases,
    loss_deliveries,
    losses,
    metadata,
    page_events,
    receivers,
    reports,
    storm_deliveries,
    storms,
    watchdogs,
)
from responder.storage.types import Instant

LATELY: Final = timedelta(days=1)
"""So long after its close old news of an incident is known for what it is; until then it goes along."""
PORTION: Final = 500

Values = Mapping[str, Any]
"""A row by its columns, as JSON has it: moments as text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one table."""

    table: str
    values: Values


def rows(connection: sa.Connection, at: datetime) -> Iterator[Row]:
    """Everything that is to go on, seen at this moment; what others refer to comes first."""
    for table, which in _chosen(at):
        query = sa.select(table).where(which).order_by(*table.primary_key)
        for row in connection.execute(query).mappings():
            yield Row(table.name, {column.name: _written(row[column]) for column in table.columns})


def keep(connection: sa.Connection, new: Iterable[Row]) -> int:
    """Keep rows, in their order, in a database that has none of them; how many that were.

    Raises:
        ValueError: a row is of a table, or has a column, that isn't known here.
    """
    kept, waiting = 0, list[Row]()
    for row in new:
        if waiting and (row.table != waiting[0].table or len(waiting) >= PORTION):
            kept += _insert(connection, waiting)
            waiting = []
        waiting.append(row)
    kept += _insert(connection, waiting)
    if connection.dialect.name == "postgresql":
        _count_on(connection)
    return kept


def has_any(connection: sa.Connection) -> bool:
    """Whether there is a row in any of the tables, of whatever age: a responder has worked with it."""
    tables = metadata.tables.values()
    return any(connection.execute(sa.select(*table.primary_key).limit(1)).first() for table in tables)


def _chosen(at: datetime) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    unfinished = sa.exists().where(fixes.c.incident == incidents.c.id, fixes.c.state != FixState.ENDED)
    lately = incidents.c.closed_at > at - LATELY
    going_on = sa.or_(incidents.c.state == IncidentState.OPEN, lately, unfinished)
    ids = sa.select(incidents.c.id).where(going_on)
    everything = sa.true()
    yield receivers, everything
    yield watchdogs, everything
    yield incidents, going_on
    for table in (incident_ways, alerts, events, reports, deliveries, fixes):
        yield table, table.c.incident.in_(ids)
    yield growth, sa.and_(growth.c.incident.in_(ids), growth.c.grew_from.in_(ids))
    yield audit, everything
    yield breaker, everything
    yield page_events, page_events.c.received_at > at - LATELY
    for about, told, key in ((storms, storm_deliveries, "storm"), (losses, loss_deliveries, "loss")):
        on = about.c.state == sa.literal_column("'on'")
        yield about, on
        yield told, told.c[key].in_(sa.select(about.c.id).where(on))
    yield commands, commands.c.asked_at > at - LATELY
    yield leases, leases.c.key != moved_in.KEY


def _insert(connection: sa.Connection, portion: list[Row]) -> int:
    if not portion:
        return 0
    table = metadata.tables.get(portion[0].table)
    if table is None:
        raise ValueError(f'there is no table "{portion[0].table}"')
    connection.execute(table.insert(), [_read(table, row.values) for row in portion])
    return len(portion)


def _count_on(connection: sa.Connection) -> None:
    """Have PostgreSQL number the audit log's next line after the last one that was kept."""
    sequence = sa.func.pg_get_serial_sequence(audit.name, audit.c.seq.name)
    newest = connection.scalar(sa.select(sa.func.max(audit.c.seq)))
    if newest is not None:
        connection.execute(sa.select(sa.func.setval(sequence, newest)))


def _written(value: Any) -> Any:  # noqa: ANN401 - whatever a column has
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


def _read(table: sa.Table, values: Values) -> dict[str, Any]:
    unknown = values.keys() ^ {column.name for column in table.columns}
    if unknown:
        raise ValueError(f'{table.name} differs in "{min(unknown)}"')
    return {
        name: instant(value) if isinstance(table.c[name].type, Instant) and value is not None else value
        for name, value in values.items()
    }
