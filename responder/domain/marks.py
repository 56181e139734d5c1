"""What people put on an incident: that it is silenced for a time, that it is a false alarm."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class SilenceState(StrEnum):
    """How far a silence is. Values are kept in the database: never rename one."""

    ORDERED = "ordered"
    """The intent is recorded; whether Alertmanager has it is known by reading only."""
    MADE = "made"
    FAILED = "failed"
    ENDING = "ending"
    """Somebody wants it to end before its time; whether it has ended is known by reading only."""
    ENDED = "ended"


DUE: Final = frozenset({SilenceState.ORDERED, SilenceState.ENDING})
"""Something is to be done about these."""


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
    """When it is to be made, to be ended, or tried again; None: nothing is to be done."""
    made: tuple[str, ...] = ()
    """Alertmanager's ids: there is one for each group of alerts that exact matchers can name together."""
    failure: str = ""
    """Why it could not be made, or not be ended, in words."""
    ended_by: str = ""
    """Who wants it to end before its time."""
    end_asked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it mutes the incident, is about to, or may still do so."""
        return self.state not in {SilenceState.FAILED, SilenceState.ENDED} and now < self.until

    @property
    def asked_at(self) -> datetime:
        """When somebody asked for what is to be done about it."""
        return self.end_asked_at or self.at


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
