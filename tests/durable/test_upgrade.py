"""A database of each release before is upgraded at the start, and the work that was under way in it goes on.

They are kept by `python -m tools.releases`: as the release left them when it was killed.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pytest

from responder.domain.clock import system_clock
from responder.domain.fix import Fix, FixEnd, FixState, Happened
from responder.engine.engine import Config, Engine, Ports
from responder.storage import audit, fixes, migrate
from responder.storage.database import Database
from responder.storage.heartbeats import silent
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator, alert_of, notification_of
from responder.testing.fixing import StandInKnob
from tools.releases.dump import postgres_load, sqlite_load
from tools.releases.story import EXECUTOR, Name, Teller, parts

KEPT: Final = Path(__file__).with_name("releases")
RELEASES: Final = sorted(path.name for path in KEPT.iterdir() if path.is_dir())
WITHIN: Final = 60.0


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def old(new_database_url: str, release: str) -> Database:
    """The database of a release before."""
    database = Database(new_database_url)
    kind = "sqlite" if database.sqlite else "postgres"
    dumped = gzip.decompress((KEPT / release / f"{kind}.sql.gz").read_bytes()).decode()
    if database.sqlite:
        sqlite_load(Path(str(database.url.database)), dumped)
    else:
        postgres_load(new_database_url, dumped)
    return database


class Now:
    """The responder of now on that database, started as a replica of this name."""

    def __init__(self, database: Database, executor: str) -> None:
        self.teller = Teller()
        self.database = database
        self.knob = StandInKnob(system_clock, firing=[alert_of(name=Name.FIXED, persona="backend-engineer")])
        ports = Ports(
            investigator=ScriptedInvestigator(),
            assessor=ScriptedAssessor(),
            notifiers=[self.teller],
            fixes=parts(self.knob),
        )
        self.engine = Engine(database, ports, Config(executor=executor))

    def fix(self) -> Fix:
        """The one that was in force."""
        with self.database.read() as connection:
            *_, fix = fixes.newest(connection)
        return fix


@pytest.fixture(params=[EXECUTOR, "new"])
async def now(request: pytest.FixtureRequest, old: Database) -> AsyncIterator[Now]:
    """Under the old one's name it takes up what it left; under another one it takes it over."""
    now = Now(old, request.param)
    await now.knob.apply(now.fix())  # what the old one did to Hypertool
    await now.engine.start()
    yield now
    await now.engine.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(0.02)


async def test_the_work_of_the_release_before_goes_on(now: Now) -> None:
    """What was under way or retrying is told, once; what was told is not told again, only edited."""
    await until(lambda: {Name.RETRYING, Name.UNDER_WAY} <= set(now.teller.new))
    await until(lambda: now.fix().state is FixState.ENDED)
    assert now.fix().end is FixEnd.EXPIRED
    assert now.knob.value == now.fix().change.before
    with now.database.read() as connection:
        happened = [line.happened for line in reversed(audit.read(connection, fix=now.fix().id))]
    assert happened[:2] == [Happened.PROPOSED, Happened.APPROVED]
    again = alert_of("more", name=Name.TOLD)
    await now.engine.intake.accept(notification_of(again, group_key=Name.TOLD, at=system_clock()))
    await until(lambda: Name.TOLD in now.teller.newest)
    assert sorted(now.teller.new) == sorted([Name.RETRYING, Name.UNDER_WAY])
    assert now.teller.newest[Name.TOLD].incident.open


def test_its_tables_are_as_of_now(old: Database) -> None:
    """A second start changes nothing."""
    migrate.migrate(old)
    migrate.migrate(old)
    revision = f"SELECT version_num FROM {migrate.VERSIONS}"  # noqa: S608 - our own name
    with old.read() as connection:
        assert connection.exec_driver_sql(revision).scalar_one() == migrate.newest()
        assert silent(connection, system_clock()) == (EXECUTOR,)
    old.close()
