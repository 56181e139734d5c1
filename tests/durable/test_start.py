"""The start: tried again while the database is away; else the process ends, and the log says why."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
import yaml
from dbos import DBOS

from responder.engine.durable import Durable
from responder.engine.engine import Config, Engine, Ports
from responder.storage.database import Database
from responder.storage.migrate import VERSIONS, migrate
from responder.storage.transfer import has_any
from responder.testing.engine import (
    ScriptedAssessor,
    ScriptedInvestigator,
    ScriptedNotifier,
    alert_of,
    notification_of,
)
from responder.testing.free_port import free_port
from responder.testing.line import Line
from responder.testing.loopback import loopback_client, serving, until_ready
from responder.testing.postgres import Postgres
from responder.web.factory import WebConfig, create_app

PATIENCE: Final = 60.0
OPERATING: Final = Path(__file__).parents[2] / "docs" / "operating.md"


class Started:
    """A responder whose start is under way in this process, and how often it was begun."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.notifier = ScriptedNotifier()
        ports = Ports(
            investigator=ScriptedInvestigator(), assessor=ScriptedAssessor(), notifiers=[self.notifier]
        )
        self.engine = Engine(Database(url, busy_seconds=1), ports, Config())
        self.given_up = asyncio.Event()
        self.tries = 0
        begin = Durable.start

        async def start(durable: Durable, runner: Any) -> None:
            self.tries += 1
            await begin(durable, runner)

        monkeypatch.setattr(Durable, "start", start)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Until it is ready, and then for the block."""
        app = create_app(self.engine, WebConfig(give_up=self.given_up.set))
        async with serving(app) as url, loopback_client(base_url=url) as client:
            await until_ready(client)
            yield

    async def is_at_work(self) -> None:
        """What is sent now is told."""
        await self.engine.intake.accept(notification_of(alert_of()))
        await asyncio.wait_for(self.notifier.begun.wait(), PATIENCE)


def spoil_first(
    monkeypatch: pytest.MonkeyPatch, name: str, spoil: Callable[[], object], mend: Callable[[], object]
) -> None:
    """Have something happen before DBOS does this for the first time, and be over when it has failed."""
    does = getattr(DBOS, name)
    first = iter([True])

    @contextmanager
    def spoilt() -> Iterator[None]:
        if not next(first, False):
            yield
            return
        spoil()
        try:
            yield
        finally:
            mend()

    def launch() -> None:
        with spoilt():
            does()

    async def register(*what: Any, **more: Any) -> Any:
        with spoilt():
            return await does(*what, **more)

    monkeypatch.setattr(DBOS, name, launch if name == "launch" else register)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("name", ["launch", "register_queue_async"])
@pytest.mark.parametrize("goes_away", [Line.cut, Line.fall_silent])
async def test_the_database_goes_away_in_the_middle_of_it(
    goes_away: Callable[[Line], None], name: str, line: Line, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again in the same process, which then works as ever."""
    spoil_first(monkeypatch, name, lambda: goes_away(line), line.mend)
    started = Started(through, monkeypatch)
    async with started.served():
        await started.is_at_work()
    assert started.tries == 2
    assert not started.given_up.is_set()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_another_replica_holds_a_lock_for_too_long(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an upgrade, while that one changes the durable engine's tables."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as other:
        spoil_first(
            monkeypatch,
            "launch",
            lambda: other.execute("LOCK TABLE dbos.dbos_migrations IN ACCESS EXCLUSIVE MODE"),
            other.rollback,
        )
        started = Started(database_url, monkeypatch)
        async with started.served():
            await started.is_at_work()
    assert started.tries == 2


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_the_server_answers_while_the_database_does_not(
    line: Line, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The durable engine waits for the database, and nobody else for it."""
    launched, answered = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> None:
        line.fall_silent()
        loop.call_soon_threadsafe(launched.set)

    def until_answered() -> None:
        asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(PATIENCE)
        line.mend()

    spoil_first(monkeypatch, "launch", hang, until_answered)
    started = Started(through, monkeypatch)
    app = create_app(started.engine, WebConfig())
    async with serving(app) as url, loopback_client(base_url=url) as client:
        await asyncio.wait_for(launched.wait(), PATIENCE)
        ready, healthy = await client.get("/-/ready"), await client.get("/-/healthy")
        answered.set()
        await until_ready(client)
    assert (ready.status_code, ready.text) == (503, "waiting for the durable engine\n")
    assert healthy.status_code == 200


async def test_a_defect_is_said_and_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever nobody foresaw: a process that lives for nothing would never be started again."""

    def broken() -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(DBOS, "launch", broken)
    started = Started(database_url, monkeypatch)
    async with serving(create_app(started.engine, WebConfig(give_up=started.given_up.set))):
        await asyncio.wait_for(started.given_up.wait(), PATIENCE)
    said = capsys.readouterr().out
    assert "start_failed" in said
    assert "Traceback" in said
    assert started.tries == 1


def ended(folder: Path, url: str) -> tuple[int, str]:
    """How `responder serve` ends with this database, and what it says."""
    file = folder / "responder.yaml"
    file.write_text(yaml.safe_dump({"server": {"port": free_port()}, "database": {"url": url}}))
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "responder", "serve", "--config", file],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    return run.returncode, run.stderr


def failures(said: str) -> list[str]:
    return [line for line in said.splitlines() if "action=start_failed" in line]


def test_tables_that_are_newer_end_it_and_the_log_says_what_to_do(
    new_database_url: str, tmp_path: Path
) -> None:
    """So it is when an upgrade is rolled back: a supervisor sees it, and starts it again."""
    database = Database(new_database_url)
    migrate(database)
    with database.write() as connection:
        connection.execute(sa.text(f"UPDATE {VERSIONS} SET version_num = '9999'"))  # noqa: S608 - a name of ours
    code, said = ended(tmp_path, new_database_url)
    [failure] = failures(said)
    assert code == 1
    assert "newer (9999) than this version" in failure
    assert "start the version that made them" in failure
    with database.read() as connection:  # and touches nothing
        assert not has_any(connection)
    database.close()


@dataclass(frozen=True, slots=True)
class Role:
    """A role that may do nothing at all yet, and a database of its server's."""

    name: str
    server: str
    """The superuser's address of that database."""

    @property
    def url(self) -> str:
        made = sa.make_url(self.server).set(username=self.name)
        return made.render_as_string(hide_password=False)

    def given(self, statements: list[str]) -> None:
        """The superuser says these, in the database."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture
def role(postgres: Postgres) -> Iterator[Role]:
    name = f"role_{uuid4().hex[:12]}"
    with postgres.database() as url:
        made = Role(name, url)
        made.given(
            [
                f"CREATE ROLE {name} LOGIN",
                f"REVOKE ALL ON DATABASE {sa.make_url(url).database} FROM PUBLIC",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            ]
        )
        yield made
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP ROLE {name}".encode())


def documented(role: Role) -> list[str]:
    """The grants of the page, for this role and its database."""
    _, _, section = OPERATING.read_text().partition("### What PostgreSQL has to allow")
    found = re.search(r"```sql\n(.*?)```", section, re.DOTALL)
    assert found is not None
    database = str(sa.make_url(role.server).database)
    said = (
        found[1]
        .replace("DATABASE responder", f"DATABASE {database}")
        .replace("TO responder", f"TO {role.name}")
    )
    return [one for one in said.splitlines() if one.startswith("GRANT")]


@pytest.mark.postgres
async def test_the_rights_that_the_docs_name_are_enough(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    role.given(documented(role))
    started = Started(role.url, monkeypatch)
    async with started.served():
        await started.is_at_work()
    assert started.tries == 1


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("lacks", "denied"),
    [
        ("CREATE ON DATABASE", "permission denied for database"),  # the durable engine makes a schema
        ("CREATE ON SCHEMA", "permission denied for schema public"),
    ],
)
def test_a_right_that_lacks_ends_it_and_the_log_says_what_to_do(
    role: Role, tmp_path: Path, lacks: str, denied: str
) -> None:
    some = lacks.replace("CREATE", "CONNECT" if "DATABASE" in lacks else "USAGE")
    grants = [re.sub(rf"\w+, {lacks}", some, one) for one in documented(role)]
    assert grants != documented(role)
    role.given(grants)
    code, said = ended(tmp_path, role.url)
    [failure] = failures(said)
    assert code == 1
    assert denied in failure
    assert "action=stopped" in said  # in good order
    assert "docs/operating.md" in failure
