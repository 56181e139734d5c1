"""The watchdog: since when it could be heard, the times it stopped coming, and how people were told."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"

_ON: Final = sa.text("state = 'on'")


def upgrade() -> None:
    op.create_table(
        "responder_listening",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "responder_losses",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("lost_at", sa.BigInteger(), nullable=False),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.Column("came_back", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_responder_losses_changed_at"), "responder_losses", ["changed_at"])
    op.create_index(
        "uq_responder_losses_on",
        "responder_losses",
        ["state"],
        unique=True,
        sqlite_where=_ON,
        postgresql_where=_ON,
    )
    op.create_table(
        "responder_loss_deliveries",
        sa.Column("loss", sa.String(length=32), nullable=False),
        sa.Column("notifier", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["loss"], ["responder_losses.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("loss", "notifier"),
    )
