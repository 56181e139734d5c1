"""The database goes away, hangs or can't be written: 503 in time, nothing lost, and all goes on by itself."""

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, Self

import pytest
import sqlalchemy as sa

from responder.domain.errors import Busy
from responder.engine.engine import Config, Engine, Ports
from responder.storage.database import Database
from responder.testing.engine import (
    ScriptedAssessor,
    ScriptedInvestigator,
    ScriptedNotifier,
    alert_of,
    notification_of,
)
from responder.testing.line import Line

ACCEPTED: Final = 202
BUSY: Final = 503
WAITING: Final = (BUSY, "waiting for the database\n")
READY: Final = (200, "ready\n")
HEALTHY: Final = (200, "healthy\n")
WITHIN: Final = 50.0
"""Seconds. That nothing waits for the end of a lease is claimed without a clock by the tests of insisting."""

NAME: Final = "database.test"
LOOKUP: Final = 60.0
"""Seconds that a name server which does not answer is waited for."""

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


@dataclass(slots=True)
class NameServer:
    """Knows where the database is, while it answers; a lookup can't be broken off."""

    answers: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    server, system = NameServer(), socket.getaddrinfo
    server.answers.set()

    def look_up(host: Any, *how: Any, **more: Any) -> Any:
        if host == NAME:
            server.asked.set()
            server.answers.wait(LOOKUP)
            host = "127.0.0.1"
        return system(host, *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield server
    server.answers.set()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_the_databases_name_can_not_be_looked_up(
    line: Line, through: str, name_server: NameServer
) -> None:
    """A failover cuts every connection, and the name server answers nothing: intake says so all the same."""
    url = sa.make_url(through).set(host=NAME).render_as_string(hide_password=False)
    notifier = ScriptedNotifier()
    ports = Ports(investigator=ScriptedInvestigator(), assessor=ScriptedAssessor(), notifiers=[notifier])
    engine = Engine(Database(url), ports, Config(answer_within=1))
    await engine.start()
    name_server.answers.clear()
    name_server.asked.clear()
    line.cut()
    line.mend()
    with pytest.raises(Busy, match="doesn't answer in time"):
        await asyncio.wait_for(engine.intake.accept(notification_of(alert_of())), LOOKUP / 2)
    assert name_server.asked.is_set()
    name_server.answers.set()
    await accepted(engine)
    await asyncio.wait_for(notifier.begun.wait(), WITHIN)
    await engine.stop()


async def accepted(engine: Engine) -> None:
    """Send it again until it is taken in, as Alertmanager does."""
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                await engine.intake.accept(notification_of(alert_of()))
            except Busy:
                await asyncio.sleep(0.1)
            else:
                return
