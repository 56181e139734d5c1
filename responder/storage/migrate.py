"""Bring the tables up to date. Run at every start: idempotent, and safe when replicas start at once."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from responder.storage.database import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_264_519_003
"""The advisory lock that migrating replicas take on PostgreSQL; on SQLite the write lock does."""


def migrate(database: Database) -> None:
    """Create or update all tables.

    Raises:
        Busy: the database can't be written.
    """
    with database.write() as connection:
        if not database.sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(_config(connection), "head")


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
