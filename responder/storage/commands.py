"""What people asked by `/hypertool`, and what they were answered."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from responder.domain.command import URL_LASTS, Asked, AskedState, Command, Verb
from responder.storage.leases import held_by_any
from responder.storage.tables import commands
from responder.storage.upsert import insert

LIMIT: Final = 100
_VERBS: Final = frozenset(Verb)
LEASE: Final = "answer/"


def keep(connection: sa.Connection, asked: Asked) -> bool:
    """Keep what somebody asked; whether it is new: the same may come more than once."""
    row = {"id": asked.id, "asked_at": asked.at, **_columns(asked)}
    new = insert(commands, connection.dialect.name).values(row).on_conflict_do_nothing()
    # PostgreSQL's driver does not say how many rows an insert made.
    return connection.execute(new.returning(commands.c.id)).first() is not None


def keep_again(connection: sa.Connection, asked: Asked) -> int | None:
    """Keep it anew where nobody could be told; answers how often that was tried. None: it is not so."""
    failed = sa.and_(commands.c.id == asked.id, commands.c.state == AskedState.FAILED)
    anew = {"asked_at": asked.at, **_columns(asked), "attempts": commands.c.attempts}
    row = connection.execute(
        commands.update().where(failed).values(anew).returning(commands.c.attempts)
    ).first()
    return None if row is None else int(row.attempts)


def update(connection: sa.Connection, after: Asked) -> None:
    """Keep how far it is."""
    connection.execute(commands.update().where(commands.c.id == after.id).values(_columns(after)))


def load(connection: sa.Connection, command: str) -> Asked | None:
    """What was asked by this id."""
    row = connection.execute(sa.select(commands).where(commands.c.id == command)).mappings().first()
    return None if row is None else _asked(row)


def overdue(connection: sa.Connection, before: datetime, now: datetime) -> tuple[Asked, ...]:
    """What was to be answered before then, and nobody is at work on, the longest first."""
    key = sa.literal(LEASE, sa.Text) + commands.c.id
    query = (
        sa.select(commands)
        .where(commands.c.due_at < before)
        .where(~held_by_any(key, now))
        .order_by(commands.c.due_at)
        .limit(LIMIT)
    )
    found = connection.execute(query).mappings()
    return tuple(_asked(row) for row in found if row["command"]["verb"] in _VERBS)


def forget_addresses(connection: sa.Connection, now: datetime) -> None:
    """Delete answer addresses that are no longer good."""
    stale = sa.and_(commands.c.asked_at < now - URL_LASTS, commands.c.answer_url != "")
    connection.execute(commands.update().where(stale).values(answer_url=""))


def _columns(asked: Asked) -> dict[str, Any]:
    command = asked.command
    return {
        "state": asked.state,
        "due_at": asked.due_at,
        "who": asked.who,
        "user": asked.user,
        "channel": asked.channel,
        "command": {
            "verb": command.verb,
            "subject": command.subject,
            "labels": dict(command.labels),
            "text": command.text,
            "shared": command.shared,
        },
        "answer_url": asked.answer_url,
        "uses": asked.uses,
        "attempts": asked.attempts,
        "said": asked.said,
    }


def _asked(row: sa.RowMapping) -> Asked:
    command = row["command"]
    return Asked(
        id=row["id"],
        command=Command(**{**command, "verb": Verb(command["verb"])}),
        who=row["who"],
        user=row["user"],
        channel=row["channel"],
        at=row["asked_at"],
        due_at=row["due_at"],
        answer_url=row["answer_url"],
        uses=row["uses"],
        attempts=row["attempts"],
        state=AskedState(row["state"]),
        said=row["said"],
    )
