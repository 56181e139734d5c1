"""The watchdog: an alert that always fires. When it stops coming, no alert may reach anybody."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from responder.domain.units import duration


class Expected(StrEnum):
    """Whether the watchdog is missed when it doesn't come."""

    NEVER = "never"
    ONCE_HEARD = "once_heard"
    """Only after it came for the first time: who has no such rule gets no false alarm."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Since when somebody could hear it without a gap, over all replicas."""

    since: datetime
    looked_at: datetime
    """When a replica last saw that it can hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One time that the watchdog stopped coming."""

    id: str
    heard_at: datetime | None
    """When it had last come before; None: never."""
    lost_at: datetime
    """When that was noticed."""
    notice: int
    """Rises with every change worth showing."""
    changed_at: datetime
    over_at: datetime | None = None
    came_back: bool = False
    """It is over because the watchdog came again, not because it isn't expected any longer."""

    @property
    def over(self) -> bool:
        return self.over_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossNotice:
    """A lost watchdog as it is now, ready to be rendered."""

    loss: Loss
    list_url: str = ""
    """Where all incidents are listed; empty where no public address is configured."""

    @property
    def id(self) -> str:
        return self.loss.id

    @property
    def notice(self) -> int:
        return self.loss.notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How it stands with the watchdog."""

    expected: bool
    heard_at: datetime | None
    lost_at: datetime | None

    @property
    def fine(self) -> bool:
        return self.lost_at is None

    def said(self, now: datetime) -> str:
        """A few words about it."""
        if self.heard_at is None:
            return (
                "is expected and has never come" if self.expected else "has never come, and is not expected"
            )
        ago = duration(max(0.0, (now - self.heard_at).total_seconds()))
        return f"came {ago} ago" if self.fine else f"does not come any longer: it came {ago} ago"
