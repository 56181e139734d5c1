"""What people put on an incident: a silence, and that it is a false alarm."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

_SILENCE_DUE: Final = sa.text("silence_due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("responder_incidents", sa.Column("silence", sa.Text(), nullable=True))
    op.add_column("responder_incidents", sa.Column("silence_due_at", sa.BigInteger(), nullable=True))
    op.add_column("responder_incidents", sa.Column("false_alarm", sa.Text(), nullable=True))
    op.create_index(
        "ix_responder_incidents_silence_due",
        "responder_incidents",
        ["silence_due_at"],
        sqlite_where=_SILENCE_DUE,
        postgresql_where=_SILENCE_DUE,
    )
