"""PostgreSQL's databases with the responder's tables, emptied and used again by one test after the other.

Making one takes a second of a core: for the migrations, and because PostgreSQL makes 300 files, which a file
system is slow at where as many have just been deleted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from responder.storage.database import Database
from responder.storage.migrate import VERSIONS, migrate
from responder.testing.postgres import Postgres

SHAPE: Final = f"""
SELECT array_agg(part ORDER BY part) FROM (
  SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS part
  FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT version_num FROM {VERSIONS}
) AS parts
"""  # noqa: S608 - a constant's name
"""The columns, indexes and constraints of our tables, and their revision."""
EMPTY: Final = f"""
DO $$ DECLARE one record; BEGIN
  SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to whatever
  FOR one IN SELECT * FROM pg_tables
    WHERE schemaname IN ('public', 'dbos') AND tablename NOT IN ('{VERSIONS}', 'dbos_migrations')
  LOOP EXECUTE format('DELETE FROM %I.%I', one.schemaname, one.tablename); END LOOP;
  FOR one IN SELECT * FROM pg_sequences WHERE schemaname IN ('public', 'dbos')
  LOOP PERFORM setval(format('%I.%I', one.schemaname, one.sequencename), one.start_value, false); END LOOP;
END $$
"""  # noqa: S608 - likewise


class Emptied:
    """Hands them out.

    Args:
        server: where they are.
    """

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._spare: list[str] = []
        self._shape: object = None

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database whose tables are there, all empty; what is left in them is deleted."""
        name = self._spare.pop() if self._spare else self._made()
        try:
            yield self._server.url(name)
        finally:
            self._take_back(name)

    def _made(self) -> str:
        name = self._server.create()
        database = Database(self._server.url(name))
        migrate(database)
        database.close()
        if self._shape is None:
            with psycopg.connect(self._server.url(name)) as connection:
                self._shape = connection.execute(SHAPE.encode()).fetchone()
        return name

    def _take_back(self, used: str) -> None:
        """Empty it for the next test; drop it where this one changed the tables themselves."""
        try:
            name = self._server.rename(used)
        except psycopg.errors.ObjectInUse:  # somebody comes back to it again and again
            self._server.drop(used)
            return
        with psycopg.connect(self._server.url(name)) as connection:
            unchanged = connection.execute(SHAPE.encode()).fetchone() == self._shape
            if unchanged:
                connection.execute(EMPTY.encode())
        if unchanged:
            self._spare.append(name)
        else:
            self._server.drop(name)
