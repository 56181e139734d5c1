"""Rows whose column is one of many texts, asked with one parameter however many they are.

`IN (…)` with a parameter for each of them costs more to prepare than to answer.
"""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def among(column: sa.Column[str], name: str) -> sa.ColumnElement[bool]:
    """Whether the column is one of the texts in the parameter of this name: a sequence."""
    return _Among(column, sa.bindparam(name, type_=_Texts))


class _Among(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "_Among":  # noqa: ARG002 - SQLAlchemy's
        """Itself: SQLite would be asked whether it equals 1, and use no index."""
        return self


@compiles(_Among, "postgresql")
def _any_of_an_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({texts})"


@compiles(_Among, "sqlite")
def _in_a_json_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - a column of ours and a parameter


class _Texts(sa.TypeDecorator[Sequence[str]]):
    """An array on PostgreSQL, a JSON array on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        wanted = postgresql.ARRAY(sa.Text) if dialect.name == "postgresql" else sa.Text()
        return dialect.type_descriptor(wanted)

    def process_bind_param(self, value: Sequence[str] | None, dialect: sa.Dialect) -> list[str] | str | None:
        if value is None:
            return None
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))
