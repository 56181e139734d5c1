"""A stand-in for what quick fixes act on: one knob that keeps leases as Hypertool does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder.domain.alert import Alert
from responder.domain.clock import Clock
from responder.domain.errors import Effect, Reason, Refused, Unreachable
from responder.domain.fix import Change, Fix, Look, Seen
from responder.domain.report import Scalar
from responder.engine.fixing.parts import Measured
from responder.engine.ports import Listed
from responder.policy.target import Bounds, How, target
from responder.testing.engine import RECEIVER

SYSTEM: Final = "Hypertool's control API"
FALLBACK: Final = timedelta(seconds=60)


class Fault(StrEnum):
    """What goes wrong with one order."""

    NOT_REACHED = "not_reached"
    LOST_ANSWER = "lost_answer"
    """It is carried out, and nobody hears of it."""
    REFUSED = "refused"
    CHANGED = "changed"


@dataclass(slots=True)
class StandInKnob:
    """A knob with a lease; an action named `control` on it, and what the measure says of its value.

    Args:
        clock: what time it is.
        value: what it is set to.
        works_from: at this value or above the measure is good.
    """

    clock: Clock
    value: Scalar = 2000
    works_from: float = 2300
    firing: Sequence[Alert] = ()
    down: bool = False
    name: str = "control"
    faults: list[Fault | None] = field(default_factory=list)
    """Of the next orders, in order; None: nothing goes wrong."""
    applied: list[str] = field(default_factory=list)
    """The keys of the orders that were carried out, each once."""
    returns: bool = False
    measured: bool = True
    _before: Scalar = None
    _lease: str = ""
    _let_go: str = ""
    """The last lease that was undone, or that ran out."""
    _ends: datetime | None = None
    _human: str = ""
    _restarted: bool = False
    _answered: set[str] = field(default_factory=set)

    def human(self, value: Scalar) -> None:
        """Somebody sets it by hand: a lease ends."""
        self.value, self._lease, self._ends, self._human = value, "", None, "a human"

    def restart(self) -> None:
        """It starts anew: leases end."""
        if self._lease:
            self._set_back()
            self._let_go, self._restarted = "", True

    async def propose(self, target_path: str, how: How, ceiling: float | None) -> Change:
        self._must_answer()
        bounds = Bounds(minimum=0, maximum=20_000, ceiling=ceiling)
        after = target(how, self.value, bounds)
        return Change(action=self.name, target=target_path, before=self.value, after=after, unit="tokens")

    async def look(self, fix: Fix) -> Look:
        self._must_answer()
        if self._lease == fix.id:
            return Look(Seen.OURS, self.value)
        if self._human:
            return Look(Seen.CHANGED, self.value, f"changed by {self._human}")
        if self._let_go == fix.id:
            return Look(Seen.SET_BACK, self.value, "its lease is over")
        if fix.applied_at is not None and self._restarted:
            return Look(Seen.RESTARTED, self.value, "it was restarted")
        return Look(Seen.UNTOUCHED if self.value == fix.change.before else Seen.CHANGED, self.value)

    async def apply(self, fix: Fix) -> str:
        def carry_out() -> None:
            self._before, self.value = self.value, fix.change.after
            self._lease, self._ends = fix.id, fix.expires_at

        await self._order(fix.key, carry_out, lambda: self.value == fix.change.before)
        return f"{fix.change.before} → {fix.change.after}"

    async def undo(self, fix: Fix) -> str:
        await self._order(fix.key, self._set_back, lambda: self._lease == fix.id)
        return ""

    async def renew(self, fix: Fix) -> str:
        def carry_out() -> None:
            self._ends = fix.expires_at

        await self._order(f"{fix.key}/{fix.expires_at}", carry_out, lambda: self._lease == fix.id)
        return ""

    async def measure(self, fix: Fix) -> Measured:  # noqa: ARG002 - it has but one knob
        """What the playbook's queries would answer of it."""
        if not self.measured or self.down or not isinstance(self.value, int | float):
            return Measured()
        return Measured(
            value=float(self.value), works=self.value >= self.works_from, needs=True, returns=self.returns
        )

    async def listed(self) -> Sequence[Listed]:
        """What Alertmanager lists."""
        return [Listed(RECEIVER, alert) for alert in self.firing]

    async def with_labels(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        """The alerts that have exactly these labels."""
        return [alert for alert in self.firing if alert.labels == labels]

    async def _order(self, key: str, carry_out: Callable[[], None], holds: Callable[[], bool]) -> None:
        self._must_answer()
        if key in self._answered:
            return
        fault = self.faults.pop(0) if self.faults else None
        match fault:
            case Fault.NOT_REACHED:
                raise Unreachable(SYSTEM, Reason.NO_CONNECTION, "nobody there", effect=Effect.NONE)
            case Fault.REFUSED:
                raise Refused(SYSTEM, Reason.OUT_OF_BOUNDS, "too much", effect=Effect.NONE)
            case Fault.CHANGED:
                raise Refused(SYSTEM, Reason.CHANGED, "somebody was faster", effect=Effect.NONE)
            case _ if not holds():
                raise Refused(SYSTEM, Reason.CHANGED, "it is not as it was", effect=Effect.NONE)
        carry_out()
        self.applied.append(key)
        self._answered.add(key)
        if fault is Fault.LOST_ANSWER:
            raise Unreachable(SYSTEM, Reason.TIMEOUT, "no answer", effect=Effect.UNKNOWN)

    def _set_back(self) -> None:
        self._let_go, self._lease, self._ends, self.value = self._lease, "", None, self._before

    def _must_answer(self) -> None:
        if self._ends is not None and self.clock() >= self._ends + FALLBACK:
            self._set_back()
        if self.down:
            raise Unreachable(SYSTEM, Reason.NO_CONNECTION, "nobody there", effect=Effect.NONE)
