"""The first tables."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    op.create_table(
        "responder_heartbeats",
        sa.Column("executor", sa.String(length=128), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("executor"),
    )
    op.create_table(
        "responder_incidents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alert_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.String(length=16), nullable=True),
        sa.Column("ending_text", sa.Text(), nullable=False),
        sa.Column("returns", sa.Text(), nullable=False),
        sa.Column("flapping_since", sa.BigInteger(), nullable=True),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_responder_incidents_name_key"), "responder_incidents", ["name_key"], unique=False
    )
    op.create_index(
        op.f("ix_responder_incidents_opened_at"), "responder_incidents", ["opened_at"], unique=False
    )
    op.create_index(
        "ix_responder_incidents_state", "responder_incidents", ["state", "closed_at"], unique=False
    )
    op.create_table(
        "responder_leases",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "responder_notifications",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("external_url", sa.Text(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("truncated", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("incidents", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_responder_notifications_received_at"),
        "responder_notifications",
        ["received_at"],
        unique=False,
    )
    op.create_table(
        "responder_receivers",
        sa.Column("receiver_key", sa.String(length=64), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receiver_key"),
    )
    op.create_table(
        "responder_rejected",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_responder_rejected_received_at"), "responder_rejected", ["received_at"], unique=False
    )
    op.create_table(
        "responder_round_trips",
        sa.Column("nonce_key", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("nonce_key"),
    )
    op.create_index(
        op.f("ix_responder_round_trips_received_at"), "responder_round_trips", ["received_at"], unique=False
    )
    op.create_table(
        "responder_watchdogs",
        sa.Column("receiver_key", sa.String(length=64), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receiver_key"),
    )
    op.create_table(
        "responder_alerts",
        sa.Column("incident", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("annotations", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("generator_url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident", "fingerprint"),
    )
    op.create_index("ix_responder_alerts_fingerprint", "responder_alerts", ["fingerprint"], unique=False)
    op.create_index(
        "uq_responder_alerts_active",
        "responder_alerts",
        ["fingerprint"],
        unique=True,
        sqlite_where=sa.text("status != 'resolved'"),
        postgresql_where=sa.text("status != 'resolved'"),
    )
    op.create_table(
        "responder_deliveries",
        sa.Column("incident", sa.String(length=32), nullable=False),
        sa.Column("notifier", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident", "notifier"),
    )
    op.create_table(
        "responder_events",
        sa.Column("incident", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident", "seq"),
    )
    op.create_table(
        "responder_incident_ways",
        sa.Column("incident", sa.String(length=32), nullable=False),
        sa.Column("way_key", sa.String(length=64), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident", "way_key"),
    )
    op.create_index("ix_responder_incident_ways_way", "responder_incident_ways", ["way_key"], unique=False)
    op.create_table(
        "responder_reports",
        sa.Column("incident", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident", "revision"),
    )
