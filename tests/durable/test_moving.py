"""What is open moves from SQLite to PostgreSQL, and the real engine goes on with it: no order came along."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from responder.domain.clock import system_clock
from responder.domain.errors import Reason, Unreachable
from responder.domain.notice import Receipt
from responder.engine.engine import Config, Engine, Ports
from responder.storage import transfer_file
from responder.storage.database import Database
from responder.testing.engine import (
    ScriptedAssessor,
    ScriptedInvestigator,
    ScriptedNotifier,
    alert_of,
    minutes,
    notification_of,
)


def engine_on(url: str, slack: ScriptedNotifier) -> Engine:
    ports = Ports(investigator=ScriptedInvestigator(), assessor=ScriptedAssessor(), notifiers=[slack])
    return Engine(Database(url), ports, Config())


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_what_was_told_goes_on_and_what_was_not_is_told(database_url: str, tmp_path: Path) -> None:
    before, old = ScriptedNotifier("slack"), f"sqlite:///{tmp_path}/old.db"
    left = engine_on(old, before)
    await left.start()
    [told] = (await left.intake.accept(notification_of(alert_of("a"), group_key="a"))).incidents
    await until(lambda: before.told)
    before.errors = [Unreachable("Slack", Reason.SERVER_ERROR) for _ in range(100)]
    [untold] = (await left.intake.accept(notification_of(alert_of("b", name="B"), group_key="b"))).incidents
    await until(lambda: len(before.previous) > 1)
    await left.stop()

    file = tmp_path / "open.jsonl"
    with closing(Database(old)) as source, closing(Database(database_url)) as target:
        transfer_file.write(source, file, system_clock())
        transfer_file.read_into(target, file, system_clock())

    slack = ScriptedNotifier("slack")
    moved = engine_on(database_url, slack)
    await moved.start()
    over = notification_of(alert_of("a", end=minutes(1)), group_key="a", at=minutes(1))
    assert (await moved.intake.accept(over)).incidents == (told,)
    await until(lambda: {notice.incident.id for notice in slack.told} == {told, untold})
    await moved.stop()
    previous = dict(zip((notice.incident.id for notice in slack.told), slack.previous, strict=True))
    assert previous[told] == Receipt(data={"told": 1})
