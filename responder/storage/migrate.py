"""Bring the tables up to date. Run at every start: idempotent, and safe when replicas start at once."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from responder.domain.errors import Unusable
from responder.lean import unadorned
from responder.storage.database import Database
from responder.storage.patience import unhurried

VERSIONS: Final = "responder_schema"
"""The table that says which revision a database is at."""

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_264_519_003
"""The advisory lock that migrating replicas take on PostgreSQL; on SQLite the write lock does."""


def migrate(database: Database) -> None:
    """Create or update all tables.

    Raises:
        Busy: the database can't be written.
        Unusable: its tables are newer than this version, or its user may not make them.
    """
    with database.write() as connection, unhurried(connection):
        if not database.sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        found, known = _revision(connection) or "", newest()
        if found > known:
            raise Unusable(
                f"the database's tables are newer ({found}) than this version of the responder knows "
                f"({known}): start the version that made them, or a later one; "
                "the way back is the backup from before the upgrade"
            )
        if found < known:
            _upgrade(connection)


def is_responders(database: Database) -> bool:
    """Whether a responder ever started with this database. Makes no file where SQLite has none.

    Raises:
        Busy: the database can't be reached.
    """
    if database.sqlite and not Path(database.url.database or "").is_file():
        return False
    with database.read() as connection:
        return _revision(connection) is not None


def newest() -> str:
    """The revision that the files make; each begins its name with its revision, in order."""
    return max(path.name.partition("_")[0] for path in _SCRIPTS.glob("versions/[0-9]*_*.py"))


def _revision(connection: sa.Connection) -> str | None:
    """The revision that the database is at; None: it is empty."""
    if not sa.inspect(connection).has_table(VERSIONS):
        return None
    return connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSIONS)))


def _upgrade(connection: sa.Connection) -> None:
    with unadorned():  # most starts have nothing to migrate: the library for it would only be carried along
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
