"""What PagerDuty tells of pages."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    op.add_column(
        "responder_incidents",
        sa.Column("page_resolved_by", sa.Text(), server_default="", nullable=False),
    )
    op.create_table(
        "responder_page_events",
        sa.Column("id_key", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id_key"),
    )
    op.create_index(op.f("ix_responder_page_events_received_at"), "responder_page_events", ["received_at"])
