"""Storms, their summaries, and the incidents that they defer."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"

_ON: Final = sa.text("state = 'on'")


def upgrade() -> None:
    op.add_column(
        "responder_incidents", sa.Column("deferred", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_responder_incidents_deferred",
        "responder_incidents",
        ["state"],
        sqlite_where=sa.text("deferred IS 1"),
        postgresql_where=sa.text("deferred IS true"),
    )
    op.create_table(
        "responder_storms",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_responder_storms_changed_at"), "responder_storms", ["changed_at"])
    op.create_index(
        "uq_responder_storms_on",
        "responder_storms",
        ["state"],
        unique=True,
        sqlite_where=_ON,
        postgresql_where=_ON,
    )
    op.create_table(
        "responder_storm_deliveries",
        sa.Column("storm", sa.String(length=32), nullable=False),
        sa.Column("notifier", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["storm"], ["responder_storms.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("storm", "notifier"),
    )
