"""`responder database`: a copy of what is in use, and what is open in a file that moves."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from responder.domain.clock import system_clock
from responder.storage import heartbeats
from responder.storage.database import Database
from responder.storage.migrate import migrate

Command = Callable[..., Result]


@pytest.fixture
def used(tmp_path: Path) -> Database:
    """The database of the defaults, in the folder where the commands are called."""
    database = Database(f"sqlite:///{tmp_path}/responder.db")
    migrate(database)
    return database


def test_it_copies_a_database_that_is_in_use(responder: Command, used: Database, tmp_path: Path) -> None:
    with used.write() as connection:
        heartbeats.beat(connection, "responder", system_clock())
        made = responder("database", "backup", "copy.db")
    assert (made.exit_code, made.stdout) == (0, "copy.db has everything that was kept\n")
    copy = tmp_path / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    again = responder("database", "backup", "copy.db")
    assert (again.exit_code, again.stderr) == (2, "there is copy.db already\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///nowhere.db", "there is no database nowhere.db\n"),
        ("postgresql://localhost/responder", "PostgreSQL is backed up by its own tools: pg_dump\n"),
    ],
)
def test_it_copies_nothing_else(responder: Command, tmp_path: Path, url: str, said: str) -> None:
    made = responder("database", "backup", "copy.db", env={"RESPONDER_DATABASE__URL": url})
    assert (made.exit_code, made.stderr) == (2, said)
    assert not (tmp_path / "copy.db").exists()


def test_what_was_exported_can_be_imported_once(responder: Command, used: Database, tmp_path: Path) -> None:
    written = responder("database", "export", "open.jsonl", "--json")
    assert json.loads(written.stdout) == {"file": "open.jsonl", "rows": 0}
    elsewhere = {"RESPONDER_DATABASE__URL": f"sqlite:///{tmp_path}/other.db"}
    assert responder("database", "import", "open.jsonl", env=elsewhere).exit_code == 0


def test_it_exports_nothing_from_where_no_responder_was(responder: Command, tmp_path: Path) -> None:
    """Else a wrong address would give an export without rows, and what is in force would be left behind."""
    made = responder("database", "export", "open.jsonl")
    said = "no responder has worked with sqlite:///responder.db: is that the server's database.url?\n"
    assert (made.exit_code, made.stderr) == (2, said)
    assert not list(tmp_path.iterdir())


def test_it_exports_nothing_while_the_server_runs(responder: Command, used: Database) -> None:
    with used.write() as connection:
        heartbeats.beat(connection, "responder", system_clock())
    made = responder("database", "export", "open.jsonl")
    assert (made.exit_code, made.stderr) == (2, "responder works with this database: stop it first\n")
