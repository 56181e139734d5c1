"""What people asked is kept once, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from responder.domain.command import Asked, Command, Verb
from responder.storage import commands, tables
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.clock import NOON

ASKED = Asked(
    id="a" * 32,
    command=Command(verb=Verb.STATUS),
    who="slack:U0BOB (bob)",
    user="U0BOB",
    channel="C0ALERTS0",
    at=NOON,
    answer_url="https://hooks.slack.com/commands/T0/1/abc",
    due_at=NOON,
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


def test_it_says_whether_it_is_new(database: Database) -> None:
    """What is new is ordered to be answered: nothing else orders it before the sweep does."""
    new = []
    for _ in range(2):
        with database.write() as connection:
            new.append(commands.keep(connection, ASKED))
    assert new == [True, False]
    with database.read() as connection:
        assert commands.load(connection, ASKED.id) == ASKED


def test_what_only_a_newer_version_can_answer_stops_no_other(database: Database) -> None:
    """While two versions run side by side the older one looks after what it knows."""
    later, newer = NOON + timedelta(minutes=1), replace(ASKED, id="b" * 32)
    with database.write() as connection:
        for asked in (newer, ASKED):
            commands.keep(connection, asked)
        of_newer = {"verb": "of the future", "subject": "", "labels": {}, "text": "", "shared": False}
        connection.execute(
            sa.update(tables.commands).where(tables.commands.c.id == newer.id).values(command=of_newer)
        )
        assert commands.overdue(connection, later, later) == (ASKED,)
