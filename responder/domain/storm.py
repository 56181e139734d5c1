"""A storm: so many incidents at once that people are told of them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from responder.domain.alert import Severity
from responder.domain.notice import Notice

TOLD_SINGLY: Final = 20
"""So many of a storm's open incidents, the worst, are investigated and told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One storm, over all replicas."""

    id: str
    since: datetime
    """The incidents that were opened after this belong to it: those that made it one, too."""
    began_at: datetime
    notice: int
    """Rises with every change worth showing."""
    changed_at: datetime
    ended_at: datetime | None = None
    shown: str = ""
    """Digest of the counts that the newest notice is about."""

    @property
    def over(self) -> bool:
        return self.ended_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How many of a storm's incidents have this alert name and severity."""

    alert_name: str
    severity: Severity
    open: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What some of a storm's alerts are like, as far as it is chosen by that where they are told."""

    severity: Severity
    """Of their incidents."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StormNotice:
    """A storm as it is now, ready to be rendered."""

    storm: Storm
    kinds: tuple[Kind, ...]
    """The worst first: by severity, then by how many are open."""
    members: tuple[Member, ...] = ()
    """Each sort of its alerts once."""
    worst: tuple[Notice, ...] = ()
    """The worst of its open incidents."""
    list_url: str = ""
    """Where all incidents are listed; empty where no public address is configured."""

    @property
    def id(self) -> str:
        return self.storm.id

    @property
    def notice(self) -> int:
        return self.storm.notice

    @property
    def open(self) -> int:
        return sum(kind.open for kind in self.kinds)

    @property
    def closed(self) -> int:
        return sum(kind.closed for kind in self.kinds)

    @property
    def critical(self) -> int:
        """How many critical ones are open."""
        return sum(kind.open for kind in self.kinds if kind.severity is Severity.CRITICAL)
