"""The file by which what is open moves: JSON lines; the first says what it is, the last that it is whole.

{"responder_export": 1, "schema": "0008", "at": "2026-11-14T03:00:00+00:00"}
{"table": "responder_incidents", "values": {…}}
{"rows": 1}
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from responder.domain.clock import instant
from responder.domain.errors import BadInput, Unusable
from responder.storage import heartbeats, moved_in, transfer
from responder.storage.database import Database
from responder.storage.migrate import is_responders, migrate, newest
from responder.storage.transfer import Row

FORMAT: Final = 1
MARK: Final = "responder_export"
ALIVE: Final = timedelta(seconds=20)
"""A replica that was heard of since then works with the database."""


def write(database: Database, path: Path, at: datetime) -> int:
    """Write what is open into a new file, which only its owner can read; how many rows that were.

    Raises:
        BadInput: no responder ever worked with the database, one does now, or there is such a file.
        Busy: the database can't be reached.
    """
    if not is_responders(database):
        raise BadInput(
            "database", f"no responder has worked with {database.url}: is that the server's database.url?"
        )
    migrate(database)
    _refuse_while_working(database, at)
    header = {MARK: FORMAT, "schema": newest(), "at": at.isoformat()}
    number = 0
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput("file", f"{path} can't be written: {error.strerror}") from error
    with os.fdopen(file, "w", encoding="utf-8") as lines, database.read() as connection:
        print(_line(header), file=lines)
        for row in transfer.rows(connection, at):
            print(_line({"table": row.table, "values": row.values}), file=lines)
            number += 1
        print(_line({"rows": number}), file=lines)
        lines.flush()
        os.fsync(lines.fileno())
    return number


def read_into(database: Database, path: Path, now: datetime) -> int:
    """Keep what the file has in an empty database, all or nothing; how many rows were new.

    A file that was taken in before, by a database that nobody has worked with since, changes nothing.

    Raises:
        BadInput: the file is none of ours, isn't whole, is of another version, the database isn't empty, or
            somebody else writes into it.
        Unusable: this is the very database that the file was written from.
        Busy: the database can't be reached.
    """
    at = _checked(path)
    migrate(database)
    _refuse_while_working(database, now)
    try:
        with database.write() as connection:
            return _keep(connection, database.url, path, at, now)
    except exc.IntegrityError as error:
        with database.read() as connection:
            others = transfer.has_any(connection)
        raise _not_kept(path, others=others) from error


def _keep(connection: sa.Connection, url: sa.URL, path: Path, at: datetime, now: datetime) -> int:
    if transfer.has_any(connection):
        _refuse_unless_taken_in(connection, url, path, at)
        return 0
    try:
        number = transfer.keep(connection, _rows(path))
    except (ValueError, TypeError) as error:
        raise BadInput("file", f"{path} can't be taken in: {error}") from error
    if number:
        moved_in.mark(connection, now)
    return number


def _refuse_unless_taken_in(connection: sa.Connection, url: sa.URL, path: Path, at: datetime) -> None:
    """What came by an import bears its mark; where the same stands without it, it was exported from there."""
    open_there = list(transfer.rows(connection, at))
    if not open_there or open_there != list(_rows(path)):
        raise BadInput("not_empty", f"{url} is not empty: import into a new database")
    if not moved_in.marked(connection):
        raise Unusable(
            f"{url} is the database that {path} was exported from, or a copy of it: nothing was taken in; "
            "name the new one. RESPONDER_DATABASE__URL, where it is set, wins over the configuration's file"
        )


def _not_kept(path: Path, *, others: bool) -> BadInput:
    """What rows that are there already mean: `others` came while these were written, or a row came twice."""
    if others:
        told = "another import, or a responder, wrote into the database at the same time: nothing of"
        return BadInput("not_alone", f"{told} {path} was taken in; when the other is done, import once more")
    return BadInput("file", f"{path} can't be taken in: it has a row twice; export again")


def _refuse_while_working(database: Database, now: datetime) -> None:
    with database.read() as connection:
        alive = heartbeats.alive(connection, now - ALIVE)
    if alive:
        raise BadInput("working", f"{', '.join(alive)} works with this database: stop it first")


def _checked(path: Path) -> datetime:
    """That the file is whole and of this version; when it was written. All of it is read."""
    lines = _documents(path)
    header = next(lines, {})
    if header.get(MARK) != FORMAT:
        raise BadInput("file", f"{path} is no export of this format ({FORMAT})")
    if header.get("schema") != newest():
        raise BadInput(
            "file",
            f"{path} is of schema {header.get('schema')}, and this version of the responder has {newest()}: "
            "export and import with the same version",
        )
    last, before = header, -1
    for document in lines:
        last, before = document, before + 1
    if last != {"rows": before}:
        raise BadInput("file", f"{path} is not whole: export again")
    return instant(header["at"])


def _rows(path: Path) -> Iterator[Row]:
    for document in _documents(path):
        if "table" in document:
            yield Row(document["table"], document["values"])


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                if not isinstance(document, dict):
                    raise BadInput("file", f"{path} is no export of this format ({FORMAT})")
                yield document
    except OSError as error:
        raise BadInput("file", f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput("file", f"{path} is no JSON lines: export again") from error


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
