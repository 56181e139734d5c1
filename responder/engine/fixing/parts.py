"""What the moves of fixes work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Protocol

from responder.domain.fix import Fix, FixMode
from responder.engine.ports import AlertSource, FixAction
from responder.playbook.model import Fix as Declared
from responder.playbook.model import Playbooks
from responder.policy.gates import Limits

LOOK_EVERY: Final = timedelta(seconds=60)
"""How often what is in force is looked at."""
POLL: Final = timedelta(seconds=10)
"""How often it is looked at whether a fix works."""
PATIENCE: Final = timedelta(seconds=30)
"""So long after an intent it is settled by reading, if nobody said by then what became of it."""
WARNS: Final = timedelta(minutes=10)
"""So long before a lease's end people are told that its cause is still there."""
RENEWAL: Final = timedelta(minutes=10)
"""By so much a lease is renewed while its undoing waits."""
OFFERED: Final = timedelta(hours=1)
"""How long a proposal may be approved; then it is made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of a fix's target; None: nothing could be measured, which proves nothing.

    `works`, `worse`, `needs` (its precondition) and `returns` (undoing now would bring the alert back) are
    answers of the playbook's queries.
    """

    value: float | None = None
    works: bool | None = None
    worse: bool | None = None
    needs: bool | None = None
    returns: bool | None = None


class FixMeasurer(Protocol):
    """Asks how it stands with what a fix is for. Far sides that fail are None in the answer."""

    async def measure(self, fix: Fix) -> Measured: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How often and how long."""

    look_every: timedelta = LOOK_EVERY
    poll: timedelta = POLL
    patience: timedelta = PATIENCE
    warns: timedelta = WARNS
    renewal: timedelta = RENEWAL
    offered: timedelta = OFFERED

    def of(self, fix: Fix) -> "Times":
        """Those of one fix: what holds for a short time only is looked at more often."""
        return replace(
            self,
            look_every=min(self.look_every, fix.lasts / 10),
            warns=min(self.warns, fix.lasts / 6),
            renewal=min(self.renewal, fix.lasts / 6),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FixParts:
    """Everything besides the desk.

    Args:
        actions: by name, those that can be offered here.
        measurer: asks the playbook's queries.
        playbooks: the set that is loaded now.
        limits: what the configuration allows now.
        source: what Alertmanager says; without it no fix is applied, for nobody knows what fires.
    """

    actions: Mapping[str, FixAction]
    measurer: FixMeasurer
    playbooks: Callable[[], Playbooks]
    limits: Callable[[], Limits]
    source: AlertSource | None
    times: Times = field(default_factory=Times)

    def proposes(self) -> bool:
        """Whether fixes can be applied at all, as far as the configuration goes; else they are described."""
        return self.limits().mode in {FixMode.APPROVE, FixMode.AUTO}

    def declared(self, fix: Fix) -> Declared | None:
        """What the playbook says of this fix now, unless it was changed since the proposal."""
        playbook = self.playbooks().get(fix.alert_name)
        if playbook is None or playbook.version != fix.playbook:
            return None
        return next((one for one in playbook.fixes if one.id == fix.fix), None)
