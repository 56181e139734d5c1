"""Insert or update, the same on both databases.

Statements are built once: building one costs more than running it.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


@cache
def upsert(table: sa.Table, dialect: str) -> sa.Insert:
    """Insert the given columns; where the key is there already, update all columns but the key."""
    new = insert(table, dialect)
    keys = {column.name for column in table.primary_key}
    changed = {column.name: new.excluded[column.name] for column in table.columns if column.name not in keys}
    return new.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def put(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    """Keep one row; all columns of the table are given."""
    connection.execute(upsert(table, connection.dialect.name), values)


def insert(table: sa.Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The dialect's own insert, which can say what to do on a conflict."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
