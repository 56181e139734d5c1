"""Two versions work side by side on one database, under load: nothing is lost, and nothing done twice.

The old one is the code of now; the new one is made of it (`newer.py`). Both are processes that are stopped as
Kubernetes does. What they tell stands in a file; Hypertool's control API is served here.
"""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import pytest
import sqlalchemy as sa

from responder.domain.fix import FixEnd, Happened
from responder.storage.database import Database
from responder.storage.migrate import VERSIONS
from responder.storage.tables import incidents
from responder.testing.loopback import loopback_client, serving, until_ready
from tests.durable.fix_lives import BUDGET, PATIENCE, POLL, TOKEN, Life, hypertool, lived, payload, persona
from tests.durable.gate import Gate
from tests.durable.newer import REMEMBERED, next_revision

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

PERSONAS: Final = 400
FALLBACK_AFTER: Final = timedelta(minutes=2)
"""Long after that Hypertool would end a lease itself."""
PAUSE: Final = 0.1
"""Seconds between two notifications."""
ONCE: Final = (Happened.PROPOSED, Happened.APPROVED, Happened.INTENDED, Happened.APPLIED, Happened.UNDONE)


@dataclass
class Site:
    """Where replicas of both versions work, and what is sent to those that are up."""

    database_url: str
    control_url: str
    folder: Path
    up: list[Life] = field(default_factory=list)
    accepted: dict[str, Life] = field(default_factory=dict)
    """The incidents, and which replica has taken each in."""
    fixes: list[str] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def ledger(self) -> Path:
        return self.folder / "told.jsonl"

    def told(self) -> list[dict[str, str]]:
        """What was told as new, and by whom."""
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]

    @asynccontextmanager
    async def replica(self, name: str, *, newer: bool = False) -> AsyncIterator[Life]:
        """A replica until it is stopped, at the latest when the block is left."""
        number = len(self.logs)
        self.logs.append(self.folder / f"{number}-{name}.log")
        more = [str(self.folder / f"migrations-{number}")] if newer else []
        command = ["-m", "tests.durable.rolling_replica", self.database_url, name, str(self.ledger)]
        async with lived(*command, self.control_url, TOKEN, *more, log=self.logs[-1]) as one:
            yield one

    async def joins(self, one: Life) -> None:
        """From now on it is sent to."""
        await until_ready(one.api)
        self.up.append(one)

    async def leaves(self, one: Life) -> None:
        """It is sent nothing more, and told to stop; it does so in good order."""
        self.up.remove(one)
        one.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await one.process.wait() == 0

    async def fires(self, to: Life) -> str:
        """One more incident; who can't keep it is sent it again, or another is."""
        number = next(self._numbers)
        while True:
            try:
                answer = await to.api.post("/webhooks/alertmanager", json=payload(number, over=False))
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                [incident] = answer.json()["incidents"]
                self.accepted[incident] = to
                return str(incident)
            await asyncio.sleep(POLL)
            to = self.up[number % len(self.up)]

    async def approves(self, at: Life) -> None:
        """A fix that is proposed and approved here."""
        self.fixes.append(await at.approve(await self.fires(at)))

    async def load(self, over: asyncio.Event) -> None:
        """One notification after the other, to those that are up in turn."""
        for number in count():
            if over.is_set():
                break
            await self.fires(self.up[number % len(self.up)])
            await asyncio.sleep(PAUSE)


@asynccontextmanager
async def loaded(site: Site) -> AsyncIterator[None]:
    """While the block lasts notifications come in."""
    over = asyncio.Event()
    load = asyncio.create_task(site.load(over))
    try:
        yield
    finally:
        over.set()
        await load


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(POLL)


@pytest.mark.soak
async def test_a_rolling_upgrade_loses_nothing_and_does_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    """An old replica, a new one beside it, a new one in place of the old; at last an old one comes back."""
    database, control = Database(database_url), Gate(hypertool(PERSONAS, FALLBACK_AFTER))
    async with serving(control) as control_url, AsyncExitStack() as lives:
        site = Site(database_url, control_url, tmp_path)
        old = await lives.enter_async_context(site.replica("one"))
        await site.joins(old)
        await site.approves(old)
        async with loaded(site):
            new = await lives.enter_async_context(site.replica("two", newer=True))
            await site.joins(new)
            assert revision(database) == next_revision()
            before = len(site.told())
            await site.approves(old)
            await site.approves(new)
            await until(lambda: {line["by"] for line in site.told()[before:]} == {"one", "two"})
            await reads_what_a_newer_one_wrote(old, database)
            await site.leaves(old)
            upgraded = await lives.enter_async_context(site.replica("one", newer=True))
            await site.joins(upgraded)
            await site.approves(upgraded)
        await all_is_done(site, upgraded, database)
        by_new = {incident for incident, by in site.accepted.items() if by is not old}
        await until(lambda: by_new <= remembered(database))
        await an_older_one_does_not_start(site, database)
        for one in (new, upgraded):
            await site.leaves(one)

    assert Counter(line["incident"] for line in site.told()) == dict.fromkeys(site.accepted, 1)
    assert Counter(control.carried) == dict.fromkeys(control.carried, 1)
    assert len(control.carried) == 2 * len(site.fixes)
    assert len(by_new) < len(site.accepted)
    for log in site.logs[:-1]:
        assert not [line for line in log.read_text().splitlines() if "level=error" in line]
    database.close()


async def reads_what_a_newer_one_wrote(old: Life, database: Database) -> None:
    """Shows an incident whose report, timeline and row have what it doesn't know, and changes it."""
    moody = sa.text(
        "SELECT incident FROM responder_reports JOIN responder_remembered USING (incident)"
        " WHERE body LIKE '%the new version%'"
    )

    def found() -> list[str]:
        with database.read() as connection:
            return list(connection.scalars(moody))

    await until(lambda: bool(found()))
    incident = found()[0]
    await old.order(f"incidents/{incident}/take")
    shown = await old.get(f"incidents/{incident}")
    assert shown["taken_by"] == "ann"
    assert shown["report"]["alert_name"] == "TokenBudgetExceeded"
    assert "remembered" not in {line["kind"] for line in shown["timeline"]}


async def all_is_done(site: Site, one: Life, database: Database) -> None:
    """What was accepted is told; every fix is applied and undone, and its knob is as it was."""
    await until(lambda: {line["incident"] for line in site.told()} >= site.accepted.keys())
    for fix in site.fixes:
        ended = await one.ended(fix)
        happened = [line["happened"] for line in ended["audit"]]
        assert [one for one in happened if one in ONCE] == list(ONCE), happened
        assert ended["outcome"] == FixEnd.EXPIRED
    with database.read() as connection:
        assert set(connection.scalars(sa.select(incidents.c.id))) == site.accepted.keys()
    async with loopback_client(headers={"Authorization": f"Bearer {TOKEN}"}) as web:
        for number in range(len(site.accepted)):
            knob = (await web.get(f"{site.control_url}/control/v1/personas/{persona(number)}/budget")).json()
            assert (knob["value"], knob["lease"]) == (BUDGET, None)


async def an_older_one_does_not_start(site: Site, database: Database) -> None:
    """Its tables are newer than it knows; it takes nothing in, changes nothing, and can be stopped."""
    async with site.replica("three") as back:
        assert (await back.api.get("/-/ready")).status_code == httpx.codes.SERVICE_UNAVAILABLE
        answer = await back.api.post("/webhooks/alertmanager", json=payload(PERSONAS, over=False))
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        back.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            await back.process.wait()
    assert "action=started" not in site.logs[-1].read_text()
    assert revision(database) == next_revision()


def revision(database: Database) -> str:
    """That the tables are at."""
    with database.read() as connection:
        return str(connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSIONS))))


def remembered(database: Database) -> set[str]:
    """The incidents of which the move was made that only the new version knows."""
    with database.read() as connection:
        return set(connection.scalars(sa.select(REMEMBERED.c.incident)))
