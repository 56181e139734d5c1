"""A backup of what others write all the time: it ends, and holds up none of them."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from responder.storage.backup import back_up
from responder.storage.database import Database

ROWS = 400


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Several megabytes: many times what is copied before anybody else can write."""
    database = Database(f"sqlite:///{tmp_path}/responder.db")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (what BLOB)")
        for _ in range(ROWS):
            connection.exec_driver_sql("INSERT INTO kept VALUES (randomblob(20000))")
    yield database
    database.close()


def test_it_ends_although_others_write(database: Database, tmp_path: Path) -> None:
    backing_up = threading.Thread(target=back_up, args=(database, tmp_path / "copy.db"), daemon=True)
    backing_up.start()
    written = 0
    while backing_up.is_alive() and written < 5 * ROWS:
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO kept VALUES ('meanwhile')")
        written += 1
    assert not backing_up.is_alive()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (copied,) = copy.execute("SELECT count(*) FROM kept").fetchone()
    copy.close()
    assert ROWS <= copied <= ROWS + written
