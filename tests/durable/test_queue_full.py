"""More notifications than may wait, then a kill: nobody was told that one was kept, and all come again."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from responder.engine.intake import WAITING
from responder.storage.database import Database
from responder.storage.tables import alerts, incidents, notifications
from responder.testing.clock import NOON
from tests.bench.alerts import PATH, notification
from tests.bench.wire import connected

KEPT: Final = ("First", "Second", "Third")
LATER: Final = tuple(f"Waits{number}" for number in range(2 * WAITING))
"""While they come, the writer goes on to the next of those that wait as each has waited a second in vain."""
CONNECTIONS: Final = 16
FULL: Final = b"more notifications wait"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_queue_and_a_restart_lose_nothing(start: Any, database_url: str) -> None:
    replica = await asyncio.to_thread(start)
    kept = await sent(replica, KEPT)
    with closing(sqlite3.connect(file_of(database_url), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        refused = await sent_until_full(replica, LATER)
        replica.kill()
        holder.execute("ROLLBACK")
    assert refused[-1][1].find(FULL) >= 0, "the queue was never full"
    assert {status for status, _ in refused} == {503}
    again = await asyncio.to_thread(start)
    assert rows(database_url) == (3, 3, 3)
    assert await sent(again, KEPT) == kept
    later = await sent(again, LATER)
    assert len(set(later)) == len(LATER)
    assert rows(database_url)[:2] == (3 + len(LATER), 3 + len(LATER))


def file_of(database_url: str) -> Path:
    return Path(sa.make_url(database_url).database or "")


def rows(database_url: str) -> tuple[int, ...]:
    """Incidents, alerts and notifications that are kept."""
    database = Database(database_url)
    with database.read() as connection:
        found = [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (incidents, alerts, notifications)
        ]
    database.close()
    return tuple(found)


def body_of(name: str) -> bytes:
    return notification(name, name, [{}], NOON)


def port_of(replica: Any) -> int:
    return int(replica.url.rpartition(":")[2])


async def sent(replica: Any, names: Sequence[str]) -> list[str]:
    """Send all, over a few connections; the incident of each, all of which were accepted."""
    left = iter(names)
    found: dict[str, str] = {}

    async def post() -> None:
        async with connected(port_of(replica)) as connection:
            for name in left:
                status, answer = await connection.post(PATH, body_of(name))
                assert status == 202, answer
                (found[name],) = json.loads(answer)["incidents"]

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(post())
    return [found[name] for name in names]


async def sent_until_full(replica: Any, names: Sequence[str]) -> list[tuple[int, bytes]]:
    """Send all at once, until one is turned away because too many wait; the answers until then, it last."""
    answers: list[tuple[int, bytes]] = []

    async def post(name: str) -> bool:
        async with connected(port_of(replica)) as connection:
            answers.append(answer := await connection.post(PATH, body_of(name)))
        return FULL in answer[1]

    sending = [asyncio.create_task(post(name)) for name in names]
    for one in asyncio.as_completed(sending):
        if await one:
            break
    for one in sending:
        one.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    return sorted(answers, key=lambda answer: FULL in answer[1])
