"""The database: one SQLite file, or a PostgreSQL that any number of replicas share.

SQLite writers take the write lock when they begin (`BEGIN IMMEDIATE`), so what a transaction read is still
true when it writes; on PostgreSQL the rows that decide are locked (`FOR UPDATE`, advisory locks).
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects import postgresql

from responder.domain.errors import Busy, Unusable
from responder.storage import patience
from responder.storage.keys import lock_key
from responder.storage.turns import Turns

POOL: Final = 3
"""Connections. SQLite's memory grows with them, and it has one writer anyway."""
CACHE_KIB: Final = 512
"""Of SQLite's pages, each connection keeps. With 2000, the default, the process grew for an hour: what goes
through whole tables now and then fills one cache after the other. The system caches the file, too."""

BUSY_SECONDS: Final = 5
"""How long a writer waits for the lock before the answer is "busy"."""

_AWAY: Final = (exc.OperationalError, exc.TimeoutError, exc.InterfaceError, exc.InternalError)
"""How it is said that the database can't do it now. Internal ones are PostgreSQL's: it ended a transaction in
which nothing happened, or takes no writes because another server does."""

_NO_RIGHT: Final = "42501"
"""PostgreSQL's word (SQLSTATE) for what a role may not do."""

_READING: Final = "responder_reading"


class Database:
    """Where everything is kept. `url` as SQLAlchemy writes it (`sqlite:///responder.db`, `postgresql://…`)."""

    def __init__(self, url: str, *, pool: int = POOL, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = normal_url(url)
        self.engine = create_engine(self.url, pool=pool, busy_seconds=busy_seconds)
        self._turns = Turns(busy_seconds)
        self._busy_seconds = busy_seconds
        if self.sqlite:
            self._turns.give_back_on_return(self.engine)
            event.listen(self.engine, "begin", self._begin_sqlite)

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write; committed at the end.

        Raises:
            Busy: the database is locked, away, or lost a race: nothing was kept.
            Unusable: its user lacks a right.
        """
        with spoken("written"), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads, and waits for no writer.

        Raises:
            Busy: the database can't be reached.
            Unusable: its user lacks a right.
        """
        with spoken("read"), self.engine.connect().execution_options(**{_READING: True}) as connection:
            yield connection

    def engine_for_others(self) -> sa.Engine:
        """Another engine on the same database, for code that begins its transactions by itself.

        What it commits survives the process, but on SQLite not the power: the file may then be as it was a
        moment before, and whatever `write` committed until that moment is still in it.
        """
        engine = create_engine(self.url, busy_seconds=self._busy_seconds, immediate=True)
        if self.sqlite:
            self._turns.give_back_on_return(engine)
            event.listen(engine, "begin", self._turns.take)
        return engine

    def close(self) -> None:
        """Close all connections; one that a thread still works with, as soon as it is given back."""
        close(self.engine)

    def _begin_sqlite(self, connection: sa.Connection) -> None:
        if connection.get_execution_options().get(_READING, False):
            connection.exec_driver_sql("BEGIN")
        else:
            self._turns.take(connection)
            connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def spoken(what: str) -> Iterator[None]:
    """Have what goes wrong with the database told in our words; `what` can't be done with it.

    Raises:
        Busy: it can't do it now.
        Unusable: its user lacks a right.
    """
    try:
        yield
    except _AWAY as error:
        raise Busy(f"the database can't be {what}: {_reason(error)}") from error
    except exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _NO_RIGHT:
            raise
        raise Unusable(
            f"the database can't be {what}: {_reason(error)}: docs/operating.md, "
            '"What PostgreSQL has to allow", says which rights its user needs'
        ) from error


def normal_url(url: str) -> sa.URL:
    """The URL with the driver that we bring: `postgres://` and `postgresql://` mean psycopg."""
    made = sa.make_url(url.replace("postgres://", "postgresql://", 1))
    return made.set(drivername="postgresql+psycopg") if made.get_backend_name() == "postgresql" else made


def create_engine(
    url: sa.URL, *, pool: int = POOL, busy_seconds: float = BUSY_SECONDS, immediate: bool = False
) -> sa.Engine:
    """An engine with the settings that durability needs.

    With `immediate` SQLite's driver begins a transaction by itself, at the first change, and a commit waits
    for no disk; without, the caller begins it, and it does.
    """
    if url.get_backend_name() != "sqlite":
        patient = sa.create_engine(
            url, pool_size=pool, max_overflow=pool, pool_pre_ping=True, pool_timeout=busy_seconds,
            connect_args={**patience.CONNECT_ARGS, "prepare_threshold": None},
        )  # fmt: skip
        patience.make_patient(patient)
        return patient
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, poolclass=sa.QueuePool, pool_size=pool, max_overflow=0, pool_timeout=busy_seconds * 2
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = "IMMEDIATE" if immediate else None
        connection.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if immediate else 'FULL'}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")

    return engine


def close(engine: sa.Engine) -> None:
    """Close all its connections; one that a thread still works with, as soon as it is given back."""
    event.listen(engine.pool, "checkin", lambda _, record: record.close())
    engine.dispose()


def lock_names(connection: sa.Connection, names: Collection[str]) -> None:
    """Hold these names until the end of the transaction, so that no other replica routes alerts of them.

    PostgreSQL also answers what the transaction asks by its indexes: until its statistics know that a table
    grew, in the first minute of a storm, it would rather go through all of it. SQLite needs nothing of this:
    its writer is alone.
    """
    if names and connection.dialect.name == "postgresql":
        keys = sorted(set(map(lock_key, names)))
        in_order = sa.func.unnest(sa.cast(keys, postgresql.ARRAY(sa.BigInteger)))
        by_index = sa.func.set_config("enable_seqscan", "off", True)
        connection.execute(sa.select(by_index, sa.func.pg_advisory_xact_lock(in_order)))


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0][:200]
