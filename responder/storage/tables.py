"""All tables. They live beside the durable engine's own (on SQLite in the same file), hence the prefix.

Texts that come from outside can be of any length, so what is searched by them is a digest (`*_key`).
A change here needs a migration (`migrations/versions`); a test compares the two.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Text

from responder.domain.alert import AlertStatus
from responder.domain.fix import HOLDING
from responder.storage.types import Instant, JsonText

metadata: Final = sa.MetaData()


def _deliveries(name: str, what: str, parent: sa.Table) -> sa.Table:
    """How far each notifier is with what it has to tell; `what` names the column of whose message it is."""
    return sa.Table(
        name,
        metadata,
        Column(what, String(32), ForeignKey(parent.c.id, ondelete="CASCADE"), primary_key=True),
        Column("notifier", String(64), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("notice", Integer, nullable=False),
        Column("receipt", JsonText, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("error", Text, nullable=False),
        Column("due_at", Instant),
        Column("changed_at", Instant, nullable=False),
    )


notifications: Final = sa.Table(
    "responder_notifications",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("received_at", Instant, nullable=False, index=True),
    Column("receiver", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("external_url", Text, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("truncated", Integer, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("incidents", Text, nullable=False),
)

rejected: Final = sa.Table(
    "responder_rejected",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("received_at", Instant, nullable=False, index=True),
    Column("reason", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

round_trips: Final = sa.Table(
    "responder_round_trips",
    metadata,
    Column("nonce_key", String(64), primary_key=True),
    Column("received_at", Instant, nullable=False, index=True),
    Column("status", String(16), nullable=False),
)

watchdogs: Final = sa.Table(
    "responder_watchdogs",
    metadata,
    Column("receiver_key", String(64), primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
)

receivers: Final = sa.Table(
    "responder_receivers",
    metadata,
    Column("receiver_key", String(64), primary_key=True),
    Column("receiver", Text, nullable=False),
)
"""The receivers of Alertmanager's that send to us."""

incidents: Final = sa.Table(
    "responder_incidents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("alert_name", Text, nullable=False),
    Column("name_key", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("notice", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("changed_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("ending", String(16)),
    Column("ending_text", Text, nullable=False),
    Column("silence", Text),
    Column("silence_due_at", Instant),
    Column("false_alarm", Text),
    Column("returns", Text, nullable=False),
    Column("flapping_since", Instant),
    Column("unsure", Boolean, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("page_resolved_by", Text, nullable=False, server_default=""),
    Column("deferred", Boolean, nullable=False),
    Index("ix_responder_incidents_state", "state", "closed_at"),
)
_SILENCE_DUE: Final = incidents.c.silence_due_at.is_not(None)
Index(
    "ix_responder_incidents_silence_due",
    incidents.c.silence_due_at,
    sqlite_where=_SILENCE_DUE,
    postgresql_where=_SILENCE_DUE,
)
"""Silences that were asked for and are not made yet."""
_DEFERRED: Final = incidents.c.deferred.is_(sa.true())
Index(
    "ix_responder_incidents_deferred",
    incidents.c.state,
    sqlite_where=_DEFERRED,
    postgresql_where=_DEFERRED,
)
"""Has only those that a storm deferred: who opens another one has nothing to write there."""

incident_ways: Final = sa.Table(
    "responder_incident_ways",
    metadata,
    Column(
        "incident", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("way_key", String(64), primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Index("ix_responder_incident_ways_way", "way_key"),
)

alerts: Final = sa.Table(
    "responder_alerts",
    metadata,
    Column(
        "incident", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("fingerprint", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("labels", JsonText, nullable=False),
    Column("annotations", JsonText, nullable=False),
    Column("status", String(16), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("generator_url", Text, nullable=False),
    Index("ix_responder_alerts_fingerprint", "fingerprint"),
)
Index(
    "uq_responder_alerts_active",
    alerts.c.fingerprint,
    unique=True,
    sqlite_where=alerts.c.status != sa.literal_column(f"'{AlertStatus.RESOLVED}'"),
    postgresql_where=alerts.c.status != sa.literal_column(f"'{AlertStatus.RESOLVED}'"),
)
"""A fingerprint that is not resolved is in at most one incident, which therefore is open."""

events: Final = sa.Table(
    "responder_events",
    metadata,
    Column(
        "incident", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
)

reports: Final = sa.Table(
    "responder_reports",
    metadata,
    Column(
        "incident", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("revision", Integer, primary_key=True),
    Column("complete", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
)

deliveries: Final = _deliveries("responder_deliveries", "incident", incidents)

growth: Final = sa.Table(
    "responder_growth",
    metadata,
    Column(
        "incident", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column(
        "grew_from", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Index("ix_responder_growth_grew_from", "grew_from"),
)
"""Which incident grew out of which."""

leases: Final = sa.Table(
    "responder_leases",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("until", Instant, nullable=False),
)

fixes: Final = sa.Table(
    "responder_fixes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("incident", String(32), ForeignKey("responder_incidents.id", ondelete="CASCADE"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("target_key", String(64), nullable=False),
    Column("due_at", Instant),
    Column("proposed_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("ended_at", Instant),
    Column("end", String(32)),
    Column("body", Text, nullable=False),
    Index("ix_responder_fixes_incident", "incident"),
    Index("ix_responder_fixes_due", "due_at"),
    Index("ix_responder_fixes_target", "target_key", "ended_at"),
)
_HOLDS: Final = fixes.c.state.in_([sa.literal_column(f"'{state}'") for state in sorted(HOLDING)])
Index(
    "uq_responder_fixes_target",
    fixes.c.target_key,
    unique=True,
    sqlite_where=_HOLDS,
    postgresql_where=_HOLDS,
)
"""One fix holds a target, over all replicas."""

audit: Final = sa.Table(
    "responder_audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("fix", String(32), nullable=False, index=True),
    Column("incident", String(32), nullable=False, index=True),
    Column("happened", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Who did what to Hypertool, and why. Rows are added and never changed; they outlive their incident."""

breaker: Final = sa.Table(
    "responder_breaker",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("open", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
"""One row: whether fixes are paused, since when and why."""

page_events: Final = sa.Table(
    "responder_page_events",
    metadata,
    Column("id_key", String(64), primary_key=True),
    Column("received_at", Instant, nullable=False, index=True),
)
"""Events of PagerDuty's webhooks that were heard: each counts once, over all replicas."""
storms: Final = sa.Table(
    "responder_storms",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("state", String(16), nullable=False),
    Column("notice", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False, index=True),
    Column("shown", String(64), nullable=False),
)
_ON: Final = storms.c.state == sa.literal_column("'on'")
Index("uq_responder_storms_on", storms.c.state, unique=True, sqlite_where=_ON, postgresql_where=_ON)
"""One storm at a time, over all replicas."""

storm_deliveries: Final = _deliveries("responder_storm_deliveries", "storm", storms)
"""How far each notifier is with each storm's summary."""

listening: Final = sa.Table(
    "responder_listening",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("since", Instant, nullable=False),
    Column("looked_at", Instant, nullable=False),
)
"""One row: since when the watchdog could be heard without a gap."""

losses: Final = sa.Table(
    "responder_losses",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("heard_at", Instant),
    Column("lost_at", Instant, nullable=False),
    Column("over_at", Instant),
    Column("came_back", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("notice", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False, index=True),
)
_LOST: Final = losses.c.state == sa.literal_column("'on'")
Index("uq_responder_losses_on", losses.c.state, unique=True, sqlite_where=_LOST, postgresql_where=_LOST)
"""The times that the watchdog stopped coming; at most one isn't over, over all replicas."""

loss_deliveries: Final = _deliveries("responder_loss_deliveries", "loss", losses)
"""How far each notifier is with each of them."""

commands: Final = sa.Table(
    "responder_commands",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("due_at", Instant, index=True),
    Column("who", Text, nullable=False),
    Column("user", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("command", JsonText, nullable=False),
    Column("answer_url", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("said", JsonText),
)
"""What people asked by `/hypertool`, kept until it is answered, and its answer while it may be shared."""

heartbeats: Final = sa.Table(
    "responder_heartbeats",
    metadata,
    Column("executor", String(128), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("since", Instant),
)
