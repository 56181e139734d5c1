"""The gates a fix goes through, at its proposal and again right before it is applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder.domain.fix import FixMode
from responder.domain.report import Scalar


class Refusal(StrEnum):
    """Why a fix is not applied. Values are metric labels and shown to people: never rename one."""

    MODE = "mode"
    BREAKER_OPEN = "breaker_open"
    TARGET_TAKEN = "target_taken"
    COOLING_DOWN = "cooling_down"
    TOO_MANY_IN_FORCE = "too_many_in_force"
    CEILING_REACHED = "ceiling_reached"
    EVIDENCE = "evidence"
    CAME_BACK = "came_back"
    SILENCED = "silenced"
    ALERT_RESOLVED = "alert_resolved"
    PRECONDITION = "precondition"
    CHANGED = "changed"
    CANT_BE_READ = "cant_be_read"
    NOT_OFFERED = "not_offered"
    NOBODY_MAY_APPROVE = "nobody_may_approve"
    EXPIRED = "expired"


WORDS: Final[Mapping[Refusal, str]] = {
    Refusal.MODE: "fixes are not applied here (fixes.mode)",
    Refusal.BREAKER_OPEN: "fixes are paused until a person resumes them",
    Refusal.TARGET_TAKEN: "another fix is in force there",
    Refusal.COOLING_DOWN: "it was changed by a fix a short time ago",
    Refusal.TOO_MANY_IN_FORCE: "as many fixes as may be are in force",
    Refusal.CEILING_REACHED: "the value is at its ceiling",
    Refusal.EVIDENCE: "the evidence doesn't point to a cause that it answers",
    Refusal.CAME_BACK: "it did not last, the alert came back",
    Refusal.SILENCED: "the alert is silenced or inhibited",
    Refusal.ALERT_RESOLVED: "the alert fires no more",
    Refusal.PRECONDITION: "what it needs doesn't hold",
    Refusal.CHANGED: "what was shown is no longer so",
    Refusal.CANT_BE_READ: "the present value can't be read",
    Refusal.NOT_OFFERED: "Hypertool has no such knob here",
    Refusal.NOBODY_MAY_APPROVE: "nobody is configured who may approve it",
    Refusal.EXPIRED: "the time for its approval is over",
}
"""What people read."""


def words_of(refusal: str) -> str:
    """What people read; of one that only a newer version knows, its own word."""
    return WORDS[Refusal(refusal)] if refusal in set(Refusal) else refusal.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the configuration allows.

    Args:
        mode: how far fixes go.
        auto: ids of fixes that are applied without an approval in the mode `auto`.
        approvers: whether anybody is configured who may approve.
        in_force: fixes that may hold at once.
        cooldown: from the end of a fix until the next one may change the same target.
        ceilings: by the last part of the target (`budget`): the highest value that a fix may set.
    """

    mode: FixMode = FixMode.SUGGEST
    auto: frozenset[str] = frozenset()
    approvers: bool = True
    in_force: int = 3
    cooldown: timedelta = timedelta(minutes=30)
    ceilings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is to be done."""

    fix: str
    """Its id in the playbook."""
    target: str
    after: Scalar
    automatic: bool
    """Nobody approved it, and nobody will be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is so at this moment."""

    now: datetime
    breaker_open: bool = False
    held_by: str = ""
    """The fix that holds the target, if one does."""
    ended_at: datetime | None = None
    """When the last fix of this target ended that had been applied."""
    in_force: int = 0
    at_ceiling: bool = False
    """There is no value beyond the present one that may be set."""
    clear_cause_answered: bool = False
    """The first cause is clear, and the fix answers it."""
    came_back: bool = False
    """The alert fires on, or came back within 30 minutes, after the end of the same fix."""
    muted: bool = False
    """Alertmanager says now that the alert is silenced or inhibited."""
    firing: bool = True
    """Alertmanager says now that it fires."""
    precondition: bool = True


def mode(ask: Ask, _: Facts, limits: Limits) -> Refusal | None:
    if limits.mode in {FixMode.OFF, FixMode.SUGGEST}:
        return Refusal.MODE
    return Refusal.MODE if ask.automatic and not is_automatic(ask.fix, limits) else None


def approvers(ask: Ask, _: Facts, limits: Limits) -> Refusal | None:
    """What is applied by itself needs nobody."""
    needs_somebody = not ask.automatic and not is_automatic(ask.fix, limits)
    return Refusal.NOBODY_MAY_APPROVE if needs_somebody and not limits.approvers else None


def breaker(_: Ask, facts: Facts, __: Limits) -> Refusal | None:
    return Refusal.BREAKER_OPEN if facts.breaker_open else None


def target_free(_: Ask, facts: Facts, __: Limits) -> Refusal | None:
    return Refusal.TARGET_TAKEN if facts.held_by else None


def cooldown(_: Ask, facts: Facts, limits: Limits) -> Refusal | None:
    """Over at the very second: a fix may be applied again exactly when it ends."""
    over = facts.ended_at is None or facts.now - facts.ended_at >= limits.cooldown
    return None if over else Refusal.COOLING_DOWN


def in_force(_: Ask, facts: Facts, limits: Limits) -> Refusal | None:
    return Refusal.TOO_MANY_IN_FORCE if facts.in_force >= limits.in_force else None


def ceiling(ask: Ask, facts: Facts, limits: Limits) -> Refusal | None:
    highest = limits.ceilings.get(ask.target.rpartition("/")[2])
    number = isinstance(ask.after, int | float) and not isinstance(ask.after, bool)
    above = highest is not None and number and float(ask.after or 0) > highest
    return Refusal.CEILING_REACHED if facts.at_ceiling or above else None


def evidence(ask: Ask, facts: Facts, _: Limits) -> Refusal | None:
    """Refuses only what nobody approved."""
    return Refusal.EVIDENCE if ask.automatic and not facts.clear_cause_answered else None


def lasted(ask: Ask, facts: Facts, _: Limits) -> Refusal | None:
    """What just did not last is not done again by itself; a person may want it."""
    return Refusal.CAME_BACK if ask.automatic and facts.came_back else None


def not_silenced(_: Ask, facts: Facts, __: Limits) -> Refusal | None:
    return Refusal.SILENCED if facts.muted else None


def still_firing(_: Ask, facts: Facts, __: Limits) -> Refusal | None:
    return None if facts.firing else Refusal.ALERT_RESOLVED


def precondition(_: Ask, facts: Facts, __: Limits) -> Refusal | None:
    return None if facts.precondition else Refusal.PRECONDITION


GATES: Final = (
    mode,
    approvers,
    breaker,
    target_free,
    cooldown,
    in_force,
    ceiling,
    evidence,
    lasted,
    not_silenced,
    still_firing,
    precondition,
)


def decide(ask: Ask, facts: Facts, limits: Limits) -> Refusal | None:
    """Why this fix must not be applied now, or None; the first gate that refuses wins."""
    return next((refusal for gate in GATES if (refusal := gate(ask, facts, limits))), None)


def is_automatic(fix: str, limits: Limits) -> bool:
    """Whether this fix is applied without an approval, as far as the configuration goes."""
    return limits.mode is FixMode.AUTO and fix in limits.auto
