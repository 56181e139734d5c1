"""The database goes away, hangs or can't be written: 503 in time, nothing lost, and all goes on by itself."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, Self

import pytest
import sqlalchemy as sa

from responder.testing.line import Line

ACCEPTED: Final = 202
BUSY: Final = 503
WAITING: Final = (BUSY, "waiting for the database\n")
READY: Final = (200, "ready\n")
HEALTHY: Final = (200, "healthy\n")
WITHIN: Final = 50.0
"""Seconds. That nothing waits for the end of a lease is claimed without a clock by the tests of insisting."""

SECONDS: Final = [
    pytest.param(0.0, id="short"),
    pytest.param(70.0, id="long", marks=pytest.mark.soak),
]
"""How long it stays away, beyond the moment at which the replica says so."""


class Sender:
    """Sends one notification after the other, each again until it is accepted, as Alertmanager does."""

    def __init__(self, replica: Any) -> None:
        self.accepted: list[str] = []
        self.refused = 0
        self._replica = replica
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._stop.wait(0.1):
            name = f"Alert{len(self.accepted)}"
            status = self._replica.post(name)
            assert status in {ACCEPTED, BUSY}, status
            if status == ACCEPTED:
                self.accepted.append(name)
            else:
                self.refused += 1


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("seconds", SECONDS)
def test_postgresql_goes_away_under_load(  # noqa: PLR0913, PLR0917 - fixtures
    start: Any, ledger: Any, until: Any, line: Line, through: str, seconds: float
) -> None:
    """First every connection breaks; then nothing is answered any more on those that stand."""
    replica = start(url=through)
    with Sender(replica) as sender:
        for goes_away in (line.cut, line.fall_silent):
            until(lambda: len(sender.accepted) > 3)
            goes_away()
            is_away_and_comes_back(replica, sender, until, seconds, line.mend)
    was_told_once(ledger, sender, until)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seconds", SECONDS)
def test_sqlites_file_is_locked_under_load(
    start: Any, ledger: Any, until: Any, database_url: str, seconds: float
) -> None:
    """Another program holds the write lock, as a backup that hangs does."""
    replica = start()
    with Sender(replica) as sender:
        until(lambda: len(sender.accepted) > 3)
        file = sa.make_url(database_url).database
        assert file is not None
        with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            is_away_and_comes_back(replica, sender, until, seconds, lambda: other.execute("ROLLBACK"))
    was_told_once(ledger, sender, until)


def is_away_and_comes_back(
    replica: Any, sender: Sender, until: Any, seconds: float, come_back: Callable[[], object]
) -> None:
    """It says what it waits for, refuses what it can't keep, lives, and takes everything in again."""
    refused = sender.refused
    until(lambda: replica.ask("/-/ready") == WAITING)
    until(lambda: sender.refused > refused)
    assert replica.ask("/-/healthy") == HEALTHY
    threading.Event().wait(seconds)
    accepted = len(sender.accepted)
    come_back()
    until(lambda: replica.ask("/-/ready") == READY)
    until(lambda: len(sender.accepted) > accepted + 3)


def was_told_once(ledger: Any, sender: Sender, until: Any) -> None:
    """Everything that was accepted is told soon, and once."""
    until(lambda: len(ledger.told()) >= len(sender.accepted), seconds=WITHIN)
    assert set(ledger.told().values()) == {1}
    assert len(ledger.told()) == len(sender.accepted)
