"""Alembic's entry: it migrates on the connection it is given, inside the caller's transaction."""

from alembic import context

from responder.storage.migrate import VERSIONS
from responder.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSIONS,
    transactional_ddl=False,
)
context.run_migrations()
