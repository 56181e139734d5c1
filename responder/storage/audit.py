"""The audit log: what was done to Hypertool, by whom and why. Rows are only ever added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from responder.domain.clock import written
from responder.domain.fix import FixState, Happened, Moved
from responder.domain.report import Scalar, finite
from responder.storage.tables import audit

LIMIT: Final = 100
UNDOING: Final = frozenset(
    {Happened.UNDO_INTENDED, Happened.UNDO_WAITS, Happened.UNDO_FAILS, Happened.UNDONE}
)
"""What is about the way back."""
PORTION: Final = 1000
_TURN: Final = 0x61756469
"""The number of the lock that rows are added under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row; `what` has action, target, from, to, until, why, evidence and outcome.

    `from` and `to` are kept as of the quick fix, and shown as of the row.

    That all fixes are paused, or resumed, is of no fix and of no incident, and has a `text` only.
    """

    seq: int
    at: datetime
    fix: str
    incident: str
    happened: str
    """A `Happened`, or a newer version's word."""
    by: str
    what: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The row as the API and the file of JSON lines show it."""
        return {
            "seq": self.seq,
            "at": written(self.at),
            "fix": self.fix,
            "incident": self.incident,
            "happened": self.happened,
            "by": self.by,
            **self.what,
            **self._back(),
        }

    def _back(self) -> dict[str, Any]:
        """From where to where undoing leads; empty: it is about what the quick fix sets."""
        tried = self.happened is Happened.TRIED and self.what.get("state") == FixState.UNDOING
        if not (tried or self.happened in UNDOING) or self.what.get("to") is None:
            return {}
        return {"from": self.what["to"], "to": self.what["from"]}


def add(connection: sa.Connection, moved: Moved, at: datetime) -> None:
    """Write down a move of a fix."""
    fix = moved.fix
    _in_turn(connection)
    connection.execute(
        audit.insert().values(
            at=at,
            fix=fix.id,
            incident=fix.incident,
            happened=moved.happened,
            by=moved.by,
            body=json.dumps(_what(moved), allow_nan=False, separators=(",", ":")),
        )
    )


def add_of_all(connection: sa.Connection, happened: Happened, by: str, at: datetime, text: str) -> None:
    """Write down that all fixes are paused, or may be applied again."""
    _in_turn(connection)
    body = json.dumps({"text": text})
    row = {"at": at, "fix": "", "incident": "", "happened": happened, "by": by, "body": body}
    connection.execute(audit.insert().values(row))


def read(
    connection: sa.Connection,
    *,
    before: int | None = None,
    fix: str = "",
    incident: str = "",
    limit: int = LIMIT,
) -> tuple[Line, ...]:
    """The newest lines, the newest first; `before` leads to those before a `seq`."""
    query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if fix:
        query = query.where(audit.c.fix == fix)
    if incident:
        query = query.where(audit.c.incident == incident)
    return _lines(connection, query)


def after(connection: sa.Connection, seq: int, limit: int = PORTION) -> tuple[Line, ...]:
    """The lines after this one, the oldest first."""
    return _lines(connection, sa.select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit))


def newest(connection: sa.Connection) -> int:
    """The `seq` of the newest line; 0 if there is none."""
    return connection.scalar(sa.select(sa.func.max(audit.c.seq))) or 0


def _in_turn(connection: sa.Connection) -> None:
    """Have rows become visible in the order of their `seq`: who reads on from one misses none.

    SQLite has one writer at a time; PostgreSQL gives out numbers long before the row that has one is there.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def _lines(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Line, ...]:
    return tuple(
        Line(
            seq=row["seq"],
            at=row["at"],
            fix=row["fix"],
            incident=row["incident"],
            happened=_happened(row["happened"]),
            by=row["by"],
            what=json.loads(row["body"], parse_constant=lambda _: None),
        )
        for row in connection.execute(query).mappings()
    )


def _what(moved: Moved) -> dict[str, Any]:
    fix, change = moved.fix, moved.fix.change
    refused = moved.happened is Happened.PROPOSED and fix.refusal
    return {
        "alert": fix.alert_name,
        "quick_fix": fix.fix,
        "action": change.action,
        "target": change.target,
        "from": _written(change.before),
        "to": _written(change.after),
        "unit": change.unit,
        "lasts_seconds": fix.lasts.total_seconds(),
        "until": fix.expires_at.isoformat() if fix.expires_at else None,
        "cause": fix.cause,
        "answers": fix.answers,
        "evidence": list(fix.evidence),
        "approved_by": fix.approved_by,
        "measured_before": finite(fix.measured_before),
        "measured_after": finite(fix.measured_after),
        "state": fix.state,
        "outcome": fix.end,
        "text": moved.text,
        **({"refusal": fix.refusal} if refused else {}),
    }


def _written(value: Scalar) -> Scalar:
    """A whole number without a point, whether it was kept before or not."""
    return int(value) if isinstance(value, float) and value.is_integer() else finite(value)


def _happened(word: str) -> str:
    return Happened(word) if word in set(Happened) else word
