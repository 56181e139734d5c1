"""What Alertmanager tells us: alerts, and notifications that carry them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

UNNAMED: Final = "(unnamed)"
ROUND_TRIP: Final = "ResponderRoundTrip"
WATCHDOG: Final = "ResponderWatchdog"
RESERVED: Final = frozenset({ROUND_TRIP, WATCHDOG})
"""Alert names that are ours and never become incidents."""


class Severity(StrEnum):
    """How urgent; a word that isn't known counts as the one in the middle, a missing one too."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return _RANKS[self]

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> "Severity":
        """The severity that an alert's labels name."""
        try:
            return cls(labels.get("severity", "").lower())
        except ValueError:
            return cls.WARNING


_RANKS: Final = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


class AlertStatus(StrEnum):
    """Where an alert stands."""

    FIRING = "firing"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Alert:
    """One labelled instance, named by its fingerprint (16 hex digits of the labels, Alertmanager's own)."""

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    status: AlertStatus
    starts_at: datetime
    ends_at: datetime | None = None
    generator_url: str = ""

    @property
    def name(self) -> str:
        return self.labels.get("alertname") or UNNAMED

    @property
    def severity(self) -> Severity:
        return Severity.of(self.labels)

    @property
    def over(self) -> bool:
        return self.status is AlertStatus.RESOLVED

    def newer_than(self, known: "Alert") -> bool:
        """Whether this is news beside what is known of the same fingerprint.

        A new episode has a later start; within one episode the end is the last word.
        """
        return self.age > known.age

    @property
    def age(self) -> tuple[datetime, bool, datetime]:
        """Orders what was said of one fingerprint: start, whether it is over, end."""
        return (self.starts_at, self.over, self.ends_at or self.starts_at)

    def with_status(self, status: AlertStatus, ends_at: datetime | None = None) -> "Alert":
        return replace(self, status=status, ends_at=ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One webhook delivery of Alertmanager's, payload version 4."""

    receiver: str
    group_key: str
    alerts: tuple[Alert, ...]
    truncated: int
    """How many alerts Alertmanager left out (`truncatedAlerts`)."""
    external_url: str
    received_at: datetime
