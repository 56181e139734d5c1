"""Many rows for the price of a few.

SQLAlchemy prepares the parameters of every row anew, which costs more than SQLite does with them. Here what
depends on the columns only is prepared once, and the driver gets the rows as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from responder.storage import upsert

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An insert as the driver takes it."""

    sql: str
    names: tuple[str, ...]
    """Of the columns, in the order of the driver's parameters."""
    processors: tuple[tuple[str, Callable[[Any], Any]], ...]
    """What the types of some columns make of a value."""
    positional: bool

    def parameters(self, row: Row) -> tuple[Any, ...] | dict[str, Any]:
        made = dict(row)
        for name, process in self.processors:
            made[name] = process(made[name])
        return tuple([made[name] for name in self.names]) if self.positional else made


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, known: bool = False) -> None:
    """Insert rows, each with the columns of the first; with `known`, those that are there already stay."""
    if rows:
        schemas = connection.get_execution_options().get("schema_translate_map") or {}
        prepared = _prepared(table, connection.dialect, tuple(rows[0]), known, tuple(schemas.items()))
        connection.exec_driver_sql(prepared.sql, [prepared.parameters(row) for row in rows])


@lru_cache(maxsize=64)
def _prepared(
    table: sa.Table,
    dialect: sa.Dialect,
    columns: tuple[str, ...],
    known: bool,  # noqa: FBT001 - a part of the key
    schemas: tuple[tuple[str | None, str | None], ...],
) -> _Prepared:
    new = upsert.insert(table, dialect.name)
    statement = new.on_conflict_do_nothing() if known else new
    compiled = statement.compile(
        dialect=dialect,
        column_keys=list(columns),
        schema_translate_map=dict(schemas) or None,
        render_schema_translate=bool(schemas),
    )
    made = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns}
    return _Prepared(
        sql=str(compiled),
        names=tuple(getattr(compiled, "positiontup", None) or columns),
        processors=tuple((name, process) for name, process in made.items() if process is not None),
        positional=dialect.positional,
    )
