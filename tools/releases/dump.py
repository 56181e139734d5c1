"""A database as SQL, and a database from SQL."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg

from responder.testing.postgres import programs


def sqlite_dump(file: Path) -> str:
    """All of an SQLite database, also while it is in use."""
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(connection.iterdump())


def sqlite_load(file: Path, dumped: str) -> None:
    """Make an SQLite database of it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(dumped)


def postgres_dump(url: str) -> str:
    """All of a PostgreSQL database."""
    how = ("--inserts", "--no-owner", "--no-privileges")
    command: list[str | Path] = [programs() / "pg_dump", *how, "--dbname", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the wheel's own
    lines = done.stdout.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("--", "\\")))  # the latter are psql's own


def postgres_load(url: str, dumped: str) -> None:
    """Fill an empty PostgreSQL database with it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(dumped.encode())
