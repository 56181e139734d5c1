"""What more than one folder of tests needs: the real tools, and the files that the product carries."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

import hypothesis
import pytest
import structlog

from responder.resources import resource_dir
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.binaries import Tool, find
from responder.testing.emptied import Emptied
from responder.testing.postgres import Postgres, running_postgres

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")  # no test depends on how fast the machine is

structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)
"""As the product's own: a traceback with all variables takes seconds to write."""

RunTool = Callable[..., subprocess.CompletedProcess[str]]
DatabaseOf = Callable[[Path], AbstractContextManager[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Most tests run with one kind of database at a time; those about the database itself with both."""
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="what data is kept in; with postgresql only those tests run for which that makes a difference",
    )


DECIDES: Final = "database_kind"
"""The fixture by which a test's database is of the kind `--database`."""

LONG: Final = ("scenario", "chaos", "browser", "durable")
"""Folders whose files take longest, and mostly wait for other programs."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other kind of database changes nothing for, and put the rest in order."""
    if config.getoption("--database") != "sqlite":
        left_out = [item for item in items if DECIDES not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    _put_in_order(items)


def _put_in_order(items: list[pytest.Item]) -> None:
    """Files that wait and files that compute in turns, the longest first: so workers share the cores well."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = sorted(
        (file for file in files if _folder(file) in LONG), key=lambda file: LONG.index(_folder(file))
    )
    short = [file for file in files if _folder(file) not in LONG]
    each = len(short) // max(1, len(long)) + 1
    for number, file in enumerate(long):
        short.insert(number * (each + 1), file)
    items[:] = [item for file in short for item in files[file]]


def _folder(file: Path) -> str:
    return file.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session")
def rules_dir() -> Path:
    """The folder of the rules and of the example configurations."""
    return resource_dir("rules")


@pytest.fixture(scope="session")
def promtool() -> RunTool:
    """Runs the real promtool with these arguments."""
    return _runner(Tool.PROMTOOL)


@pytest.fixture(scope="session")
def amtool() -> RunTool:
    """Runs the real amtool with these arguments."""
    return _runner(Tool.AMTOOL)


def _runner(tool: Tool) -> RunTool:
    program = find(tool)

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own tools with arguments that the tests write
            [program, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL. Where none can be had its tests fail; `-k "not postgres"` leaves them out."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: `sqlite` or `postgresql`."""
    return str(request.config.getoption("--database"))


@pytest.fixture(scope="session")
def database_of(database_kind: str, request: pytest.FixtureRequest) -> DatabaseOf:
    """The database of a responder that is served, by the folder of its files: of the kind `--database`."""
    if database_kind == "sqlite":
        return lambda folder: nullcontext(f"sqlite:///{folder / 'responder.db'}")
    server: Postgres = request.getfixturevalue("postgres")
    return lambda _: server.database()


@pytest.fixture
def served_database(database_of: DatabaseOf, tmp_path: Path) -> Iterator[str]:
    """The same for a test that has one such responder."""
    with database_of(tmp_path) as url:
        yield url


@pytest.fixture
def kept(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with its tables, all empty: of the kind `--database`."""
    with _with_tables(database_kind, request, tmp_path) as url:
        database = Database(url)
        yield database
        database.close()


BOTH: Final = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with its tables, all empty: each test that asks for it runs on both kinds."""
    with _with_tables(request.param, request, tmp_path) as url:
        yield url


@contextmanager
def _with_tables(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        file = folder / "responder.db"
        shutil.copyfile(request.getfixturevalue("sqlite_with_tables"), file)
        yield f"sqlite:///{file}"
    else:
        emptied: Emptied = request.getfixturevalue("emptied")
        with emptied.database() as url:
            yield url


@pytest.fixture(params=BOTH)
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same without tables, for tests that are about making them."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/responder.db"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SQLite's file as it is before anything happened."""
    file = tmp_path_factory.mktemp("tables") / "responder.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def emptied(postgres: Postgres) -> Emptied:
    """PostgreSQL's databases that tests use one after the other."""
    return Emptied(postgres)
