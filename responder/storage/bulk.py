"""Many rows for the price of a few.

SQLAlchemy prepares the parameters of every row anew, which costs more than the database does with them. Here
what depends on the columns only is prepared once. SQLite's driver gets the rows as they are. PostgreSQL would
take each row as a statement of its own, and gets all of them as one JSON text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql

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
    as_json: bool

    def parameters(self, rows: Sequence[Row]) -> list[tuple[Any, ...]] | dict[str, str]:
        made = [self._processed(row) for row in rows]
        if self.as_json:
            return {"rows": to_json(made).decode()}
        return [tuple([row[name] for name in self.names]) for row in made]

    def _processed(self, row: Row) -> dict[str, Any]:
        made = dict(row)
        for name, process in self.processors:
            made[name] = process(made[name])
        return made


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, known: bool = False) -> None:
    """Insert rows, each with the columns of the first; with `known`, those that are there already stay."""
    if rows:
        schemas = connection.get_execution_options().get("schema_translate_map") or {}
        prepared = _prepared(table, connection.dialect, tuple(rows[0]), known, tuple(schemas.items()))
        connection.exec_driver_sql(prepared.sql, prepared.parameters(rows))


@lru_cache(maxsize=64)
def _prepared(
    table: sa.Table,
    dialect: sa.Dialect,
    columns: tuple[str, ...],
    known: bool,  # noqa: FBT001 - a part of the key
    schemas: tuple[tuple[str | None, str | None], ...],
) -> _Prepared:
    as_json = dialect.name == "postgresql"
    new = upsert.insert(table, dialect.name)
    if as_json:
        new = new.from_select(list(columns), _out_of_json([table.c[name] for name in columns]))
    statement = new.on_conflict_do_nothing() if known else new
    compiled = statement.compile(
        dialect=dialect,
        column_keys=None if as_json else list(columns),
        schema_translate_map=dict(schemas) or None,
        render_schema_translate=bool(schemas),
    )
    made = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns}
    return _Prepared(
        sql=str(compiled),
        names=tuple(getattr(compiled, "positiontup", None) or columns),
        processors=tuple((name, process) for name, process in made.items() if process is not None),
        as_json=as_json,
    )


def _out_of_json(columns: Sequence[sa.Column[Any]]) -> sa.Select[Any]:
    """The rows that stand in the parameter `rows`, a JSON array of objects."""
    array = sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON)
    shape = [sa.column(column.name, column.type) for column in columns]
    return sa.select(sa.func.json_to_recordset(array).table_valued(*shape).render_derived(with_types=True))
