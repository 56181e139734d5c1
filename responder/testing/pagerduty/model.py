"""What an account holds: users, incidents with their alerts, notes and log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Status(StrEnum):
    """Where an incident stands; of an alert only the first and the last."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class User:
    """Somebody who can be on call."""

    id: str
    name: str
    email: str

    @property
    def reference(self) -> dict[str, Any]:
        return {"id": self.id, "type": "user_reference", "summary": self.name}


@dataclass(frozen=True)
class Integration:
    """What sends events to the service, known by its key."""

    id: str
    key: str

    @property
    def reference(self) -> dict[str, Any]:
        return {"id": self.id, "type": "inbound_integration_reference", "summary": "Events API V2"}


Actor = User | Integration

SERVICE: Final[Mapping[str, Any]] = {"id": "PHYPERT", "type": "service_reference", "summary": "Hypertool"}


@dataclass
class Alert:
    """One thing that an integration tells of, named by its dedup key."""

    id: str
    integration: Integration
    key: str
    created_at: datetime
    payload: Mapping[str, Any]
    links: tuple[Mapping[str, Any], ...] = ()
    client_url: str = ""
    status: Status = Status.TRIGGERED
    triggers: int = 1
    """How often it was triggered; only the first time wakes anybody."""

    @property
    def open(self) -> bool:
        return self.status is not Status.RESOLVED


@dataclass(frozen=True)
class Note:
    """What somebody noted on an incident; it can't be changed any more."""

    id: str
    at: datetime
    user: User
    content: str


@dataclass(frozen=True)
class Entry:
    """One line of an incident's log."""

    at: datetime
    text: str


@dataclass
class Incident:
    """What somebody was woken for."""

    id: str
    number: int
    title: str
    key: str
    created_at: datetime
    status: Status = Status.TRIGGERED
    alerts: list[Alert] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    acknowledged_by: User | None = None
    merged_into: "Incident | None" = None

    @property
    def open(self) -> bool:
        return self.status is not Status.RESOLVED


@dataclass(frozen=True)
class Sent:
    """A webhook that was sent, and what came of it: a status, or what went wrong."""

    at: datetime
    event: str
    body: bytes
    outcome: str


class Refusal(Exception):  # noqa: N818 - reads as what it is
    """What the account does not do, in its own words."""

    def __init__(self, status: int, *said: str, code: int = 2001) -> None:
        super().__init__("; ".join(said))
        self.status = status
        self.said = said
        self.code = code
