"""What people put on an incident: that it is silenced for a time, that it is a false alarm."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SilenceState(StrEnum):
    """How far a silence is. Values are kept in the database: never rename one."""

    ORDERED = "ordered"
    """The intent is recorded; whether Alertmanager has it is known by reading only."""
    MADE = "made"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSilence:
    """A silence of an incident that a person asked for."""

    id: str
    """Stands in the comment at Alertmanager: by this it is found again."""
    by: str
    at: datetime
    until: datetime
    why: str = ""
    state: SilenceState = SilenceState.ORDERED
    attempts: int = 0
    """Tries that failed so far."""
    due_at: datetime | None = None
    """When it is to be made, or tried again; None: that is over."""
    made: tuple[str, ...] = ()
    """Alertmanager's ids: there is one for each group of alerts that exact matchers can name together."""
    failure: str = ""
    """Why it could not be made, in words."""

    def holds(self, now: datetime) -> bool:
        """Whether it mutes the incident, or is about to."""
        return self.state is not SilenceState.FAILED and now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarm:
    """Somebody says that nothing was wrong, and the rule or its threshold is."""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Incidents of one alert name that are kept, and how many of them people called false alarms."""

    incidents: int = 0
    false_alarms: int = 0
