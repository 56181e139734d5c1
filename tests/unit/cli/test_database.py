"""`responder database`: a copy of what is in use, and what is open in a file that moves."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from responder.domain.clock import system_clock
from responder.storage import heartbeats, receivers
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.postgres import Postgres

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


def test_it_says_into_what_it_took_them_and_refuses_the_one_they_are_from(
    responder: Command, used: Database, tmp_path: Path
) -> None:
    with used.write() as connection:
        receivers.put(connection, "responder")
    assert responder("database", "export", "open.jsonl").exit_code == 0
    back = responder("database", "import", "open.jsonl")
    assert back.exit_code == 1
    assert back.stderr.startswith("sqlite:///responder.db is the database that open.jsonl was exported from")
    elsewhere = {"RESPONDER_DATABASE__URL": f"sqlite:///{tmp_path}/other.db"}
    first = responder("database", "import", "open.jsonl", env=elsewhere)
    assert first.stdout == f"1 row taken in by sqlite:///{tmp_path}/other.db\n"
    again = responder("database", "import", "open.jsonl", "--json", env=elsewhere)
    assert (again.exit_code, json.loads(again.stdout)["rows"]) == (0, 0)


@pytest.mark.postgres
def test_it_says_no_password(responder: Command, used: Database, postgres: Postgres) -> None:
    assert responder("database", "export", "open.jsonl").exit_code == 0
    with postgres.database() as url:
        there = {"RESPONDER_DATABASE__URL": url.replace("postgres@", "postgres:S3CR3T@")}
        made = responder("database", "import", "open.jsonl", env=there)
    assert made.exit_code == 0
    assert "postgresql+psycopg://postgres:***@127.0.0.1" in made.stdout


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
