"""A database that goes away, or is held by somebody else, when a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from responder.domain.errors import Busy
from responder.storage.database import Database
from responder.storage.tables import metadata

AWAY: Final = "x"
UNHEARD: Final = "?"


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Nobody else can write until the end of the block; what is there can be read."""
    with database.write() as connection:
        if not database.sqlite:
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(metadata.tables)} IN EXCLUSIVE MODE")
        yield


class Course:
    """What becomes of the next transactions that write.

    Called with a text, a character each: `.` is kept, `x` finds the database away, and of `?` it is not
    heard that it was kept.
    """

    def __init__(self, database: Database) -> None:
        self.coming: list[str] = []
        self._write = database.write
        database.write = self._writing  # type: ignore[method-assign] # this one's

    def __call__(self, coming: str) -> None:
        self.coming.extend(coming)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        now = self.coming.pop(0) if self.coming else "."
        if now == AWAY:
            raise Busy("away")
        with self._write() as connection:
            yield connection
        if now == UNHEARD:
            raise Busy("away before it answered")
