"""How values are kept that the two databases would keep differently."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC, as microseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's
        return None if value is None else _EPOCH + int(value) * _TICK


class JsonText(sa.TypeDecorator[Mapping[str, Any]]):
    """A JSON object as text: the same on both databases, and never reordered."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else to_json(value if isinstance(value, dict) else dict(value)).decode()

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Mapping[str, Any] | None:  # noqa: ANN401, ARG002 - SQLAlchemy's
        return None if value is None else json.loads(value)
