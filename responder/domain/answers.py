"""What a command can be answered with; every renderer reads these values."""

from dataclasses import dataclass
from datetime import datetime

from responder.domain.fix import Fix
from responder.domain.incident import Incident
from responder.domain.notice import Notice
from responder.domain.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Whether quick fixes are paused, why, by whom and since when."""

    paused: bool
    why: str = ""
    by: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FarSide:
    """Something that we depend on: whether it is fine, and what it or its failure says."""

    name: str
    fine: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A sentence."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """A playbook's answer to labels that somebody named."""

    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class OneIncident:
    """An incident as it is now."""

    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How things stand: `incidents` are the worst of all that are open, with the newest headline of each."""

    at: datetime
    incidents: tuple[Notice, ...]
    more: int
    fixes: tuple[Fix, ...]
    """Those that hold their targets."""
    breaker: Paused
    far_sides: tuple[FarSide, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known now of one persona or one workflow."""

    kind: str
    """The word "persona" or "workflow"."""
    name: str
    at: datetime
    findings: tuple[Finding, ...]
    incidents: tuple[Incident, ...]
    fixes: tuple[Fix, ...] = ()
    """Those that hold their targets for an alert of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixList:
    """Quick fixes: what waits for a decision and what holds its target first, then what is over."""

    at: datetime
    fixes: tuple[Fix, ...]
    breaker: Paused


Answer = Plain | Diagnosed | OneIncident | State | About | FixList
