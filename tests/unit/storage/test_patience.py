"""How long PostgreSQL is waited for: a lock, a replica that hangs in a transaction, any answer at all."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from responder.domain.errors import Busy
from responder.storage.database import Database, lock_names
from responder.storage.patience import SETTINGS, Patient, unhurried
from responder.testing.line import line_to

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def settings(connection: sa.Connection) -> list[str]:
    return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in SETTINGS]


def test_the_server_ends_what_takes_too_long(database: Database) -> None:
    """A replica that is frozen in a transaction keeps its locks for no longer than that."""
    wanted = [f"{seconds}s" for seconds in SETTINGS.values()]
    with database.write() as connection:
        assert settings(connection) == wanted
    others = database.engine_for_others()
    with others.begin() as connection:
        assert settings(connection) == wanted
    others.dispose()


def test_a_migration_may_take_its_time_and_what_comes_after_it_may_not(database: Database) -> None:
    with database.write() as connection:
        with unhurried(connection):
            assert settings(connection) == ["0"] * len(SETTINGS)
            held = connection.connection.driver_connection
            assert isinstance(held, Patient)
            assert held.patience is None
        assert held.patience is not None
    with database.write() as connection:
        assert "0" not in settings(connection)


def test_a_lock_that_another_one_keeps_means_busy(database: Database) -> None:
    def lock(*, wait: str) -> None:
        with database.write() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{wait}'")
            lock_names(connection, {"A"})

    with database.write() as theirs:
        lock_names(theirs, {"A"})
        with pytest.raises(Busy, match="lock timeout"):
            lock(wait="50ms")
    lock(wait="50ms")


def test_a_transaction_that_the_server_ended_means_busy(database: Database) -> None:
    def hang() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            there = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
            with database.engine.connect() as other:
                while other.execute(there, {"pid": pid}).scalar_one():
                    other.rollback()  # so that it sees what is new
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(Busy, match="idle-in-transaction"):
        hang()


def test_a_server_that_takes_no_writes_means_busy(database: Database) -> None:
    """It is another one's standby now, or soon."""

    def create() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql("CREATE TABLE new (what int)")

    with pytest.raises(Busy, match="read-only"):
        create()


def test_a_server_that_answers_nothing_means_busy(database_url: str) -> None:
    """The connection is given up: the next one is asked, as soon as there is one."""
    url = sa.make_url(database_url)
    assert url.port is not None
    with line_to(url.port) as line:
        database = Database(url.set(port=line.port).render_as_string(hide_password=False))

        def ask(*, patience: float) -> int:
            with database.write() as connection:
                held = connection.connection.driver_connection
                assert isinstance(held, Patient)
                held.patience = patience
                if patience < 1:
                    line.fall_silent()
                return int(connection.exec_driver_sql("SELECT 1").scalar_one())

        with pytest.raises(Busy, match="no answer"):
            ask(patience=0.2)
        line.mend()
        assert ask(patience=20) == 1
        database.close()
