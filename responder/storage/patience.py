"""How long we wait for PostgreSQL: a server that hangs, or another one's lock, must hold nobody up for ever.

The server ends what it can end by itself: a wait for a lock, a statement that runs for too long, and the
transaction of a replica that was frozen in the middle of it and whose locks all others wait for. Where it
answers nothing at all, the driver gives up, and the connection with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg import errors
from psycopg.abc import PQGen
from sqlalchemy import event

T = TypeVar("T")

CONNECT_SECONDS: Final = 5
LOCK_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 15
IDLE_SECONDS: Final = 15
"""A transaction in which nothing happens for so long is not ours to keep: whoever began it hangs."""
ANSWER_SECONDS: Final = 20.0
"""Longer than anything the server ends by itself."""
ALIVE_AFTER_SECONDS: Final = 10
"""A connection on which nothing came for so long is asked whether the other side is there, by the system."""
ALIVE_EVERY_SECONDS: Final = 5
ALIVE_ATTEMPTS: Final = 2
"""So many questions without an answer end it."""
_INTERVAL: Final = 0.1

CONNECT_ARGS: Final = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": ALIVE_AFTER_SECONDS,
    "keepalives_interval": ALIVE_EVERY_SECONDS,
    "keepalives_count": ALIVE_ATTEMPTS,
    "tcp_user_timeout": int(ANSWER_SECONDS * 1000),
}
SETTINGS: Final = {
    "lock_timeout": LOCK_SECONDS,
    "statement_timeout": STATEMENT_SECONDS,
    "idle_in_transaction_session_timeout": IDLE_SECONDS,
}
"""Settings of a session, in seconds."""
_SET: Final = "SELECT " + ", ".join(f"set_config('{name}', %s, false)" for name in SETTINGS)


class Patient(psycopg.Connection[Any]):
    """A connection whose every answer is waited for so many seconds only."""

    patience: float | None = ANSWER_SECONDS

    def wait(
        self,
        gen: PQGen[T],
        interval: float = _INTERVAL,
        timeout: float | None = None,
    ) -> T:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout as error:  # noqa: SLF001 - the driver has no other name for it
            self.pgconn.finish()  # whatever may still come is no answer to what is asked next
            raise psycopg.OperationalError(f"no answer in {self.patience:.0f} s") from error


def make_patient(engine: sa.Engine) -> None:
    """Have the connections of this engine, on PostgreSQL, wait no longer than that."""

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, arguments: list[Any], named: dict[str, Any]) -> Patient:
        made = Patient.connect(*arguments, **named)
        try:
            made.autocommit = True
            made.execute(_SET, [f"{seconds}s" for seconds in SETTINGS.values()])
            made.autocommit = False
        except psycopg.Error:
            made.close()
            raise
        return made


@contextmanager
def unhurried(connection: sa.Connection) -> Iterator[None]:
    """On PostgreSQL let what this transaction does take its time: migrations wait for one another."""
    held = connection.connection.driver_connection
    if not isinstance(held, Patient):
        yield
        return
    for name in SETTINGS:
        connection.execute(sa.select(sa.func.set_config(name, "0", sa.true())))
    held.patience = None
    try:
        yield
    finally:
        held.patience = ANSWER_SECONDS
