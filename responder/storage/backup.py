"""A copy of an SQLite database that is in use: as it was at one moment, without stopping anybody.

Who copies only reads, and with a write-ahead log nobody waits for a reader.
"""

import sqlite3
from pathlib import Path

from responder.domain.errors import BadInput
from responder.storage.database import Database


def back_up(database: Database, path: Path) -> None:
    """Write the copy into a new file, with everything in it: orders, too.

    Raises:
        BadInput: the database is none of SQLite's, isn't there, or there is such a file.
    """
    if not database.sqlite:
        raise BadInput("backup", "PostgreSQL is backed up by its own tools: pg_dump")
    source = Path(database.url.database or "")
    if not source.is_file():
        raise BadInput("backup", f"there is no database {source}")
    if path.exists():
        raise BadInput("backup", f"there is {path} already")
    try:
        with sqlite3.connect(source) as in_use, sqlite3.connect(path) as copy:
            path.chmod(0o600)
            in_use.backup(copy)  # in one go: in portions it would begin anew whenever somebody writes
    except (sqlite3.Error, OSError) as error:
        raise BadInput("backup", f"{source} could not be copied to {path}: {error}") from error
