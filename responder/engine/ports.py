"""What the engine needs from others. Adapters raise `AdapterError` and never retry: the engine does."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import sqlalchemy as sa

from responder.domain.alert import Alert
from responder.domain.annotation import Annotation
from responder.domain.fix import Change, Fix, Look
from responder.domain.incident import Ending, Incident
from responder.domain.marks import AskedSilence
from responder.domain.notice import Notice, Receipt
from responder.domain.report import Report
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice
from responder.engine.orders import Order
from responder.policy.target import How

OnPartial = Callable[[Report], Awaitable[None]]


class Investigator(Protocol):
    """Finds out what is behind an incident."""

    async def investigate(self, incident: Incident, on_partial: OnPartial) -> Report:
        """Run the playbook within its total deadline; a diagnostic that fails is a finding, not an error.

        `on_partial` is called once, with what is known, if it is not done after 2 seconds.
        """
        ...


class Remeasurer(Protocol):
    """Asks only how bad it is now."""

    async def remeasure(self, incident: Incident, report: Report) -> Report:
        """The report with fresh readings and headlines, everything else as it was."""
        ...


class Notifier(Protocol):
    """Tells people about one incident."""

    @property
    def name(self) -> str:
        """A short word, stable: it names queues and rows."""
        ...

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Say what stands in the notice; `previous` is what this notifier remembers of the last time.

        `sure`: no attempt was begun since `previous` was stored, so nothing can have been sent that it
        doesn't know. Else (a retry, a crash in between) the notifier looks for what was sent before it sends.

        Raises:
            NotYet: it can't be said yet; give back its receipt when it is looked at again.
            PartlyTold: some of it was said; store its `receipt` for the next attempt, and treat its
                `cause` as the error.
            AdapterError: nothing was said.
        """
        ...


@runtime_checkable
class StormTeller(Protocol):
    """A notifier that can tell people about a storm, too: in one message, which is none of an incident's."""

    @property
    def name(self) -> str: ...

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Say how the storm is; everything else is as with an incident."""
        ...


@runtime_checkable
class LossTeller(Protocol):
    """A notifier that can tell people that the watchdog stopped coming, in a message of its own."""

    @property
    def name(self) -> str: ...

    async def tell_loss(self, notice: LossNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Say that it is lost, or that this is over; everything else is as with an incident."""
        ...


@runtime_checkable
class Tidier(Protocol):
    """A notifier whose messages can be found again and taken away."""

    @property
    def name(self) -> str: ...

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:
        """Take away what stands there twice; how much that was. Never retries.

        Args:
            about: an incident's id, or a bulletin's after its topic: `storm/…`.
            since: when it began; nothing said about it is older.
            receipt: of what was told. What it names stays.

        Raises:
            AdapterError: not all could be looked at or taken away.
        """
        ...


@dataclass(frozen=True, slots=True)
class Assessment:
    """How an incident ended, and the value then and now in words."""

    ending: Ending
    text: str = ""


class Assessor(Protocol):
    """Asks the measure again after the last alert resolved."""

    async def assess(self, incident: Incident, report: Report | None) -> Assessment: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """An alert that has not ended, as Alertmanager lists it for one receiver in one group.

    `group` has the labels that the group is made by.
    """

    receiver: str
    alert: Alert
    group: Mapping[str, str] = field(default_factory=dict)


class Mutes(Protocol):
    """Mutes an incident where its alerts come from."""

    async def mute(self, incident: Incident, silence: AskedSilence) -> tuple[str, ...]:
        """Make what an earlier try did not make; the far side's ids of all of it.

        Raises:
            Refused: it will not get better by itself.
            Unreachable: some of it may have been made.
        """
        ...

    async def unmute(self, silence: AskedSilence) -> None:
        """End what is there of it; nothing where it ended by itself.

        Raises:
            AdapterError: some of it may have been ended.
        """
        ...

    async def tidy(self, silence: str, made: Collection[str]) -> int:
        """End what came late, besides what is known to have been `made`; how many.

        Raises:
            AdapterError: some of it may have been ended.
        """
        ...


class AlertSource(Protocol):
    """What Alertmanager says now, of muted alerts too. Raises `AdapterError`."""

    async def listed(self) -> Sequence[Listed]:
        """Every alert for every receiver it goes to."""
        ...

    async def with_labels(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        """The alerts that have exactly these labels: one, or none."""
        ...


class FixAction(Protocol):
    """One thing that a fix can do to Hypertool or Alertmanager. Raises `AdapterError`; never retries.

    An error of `apply`, `undo` or `renew` whose `effect` is unknown is settled by `look`.
    """

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        """Read the target and compute the absolute value to set; no change if there is none beyond it.

        Raises:
            ValueError: nothing can be computed from what is there.
            AdapterError: it can't be read, or has no such target.
        """
        ...

    async def look(self, fix: Fix) -> Look:
        """What is so at the target, seen from a fix that was meant to change it."""
        ...

    async def apply(self, fix: Fix) -> str:
        """Order it, by the fix's own key: the same order again does nothing. Answers what came of it."""
        ...

    async def undo(self, fix: Fix) -> str:
        """Set what was there before, if it is still as the fix set it."""
        ...

    async def renew(self, fix: Fix) -> str:
        """Have the far side keep it until `expires_at`."""
        ...


class Annotator(Protocol):
    """Shows on dashboards when something happened."""

    async def show(self, annotation: Annotation) -> None:
        """Have exactly this shown, whatever is shown of it already; the same again changes nothing."""
        ...


class OrderBook(Protocol):
    """Where orders are kept until they are worked on, durably."""

    def place(self, connection: sa.Connection, orders: Sequence[Order]) -> None:
        """Keep orders as a part of this transaction; one that is there already is left alone."""
        ...

    def sooner(self, connection: sa.Connection, by: timedelta) -> int:
        """Have all that are delayed begin so much sooner, as a part of this transaction; how many."""
        ...

    def wake(self, queues: Collection[str]) -> None:
        """A hint, after the commit, that these queues have something to do. May be lost."""
        ...
