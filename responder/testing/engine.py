"""Stand-ins for the engine's ports: orders, investigator, notifier, assessor, Alertmanager."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import Alert, AlertStatus, Notification
from responder.domain.incident import Ending, Incident
from responder.domain.marks import AskedSilence
from responder.domain.notice import Notice, Receipt
from responder.domain.report import AlertReport, Direction, Ranking, Reading, Report, Verdict
from responder.domain.units import Unit
from responder.engine.orders import Move, Order
from responder.engine.ports import Assessment, Listed, OnPartial
from responder.testing.clock import NOON

RECEIVER: Final = "responder"


def alert_of(
    fingerprint: str = "a",
    *,
    name: str = "A",
    start: datetime = NOON,
    end: datetime | None = None,
    status: AlertStatus | None = None,
    **labels: str,
) -> Alert:
    """An alert that fires, or is resolved if it has an end."""
    return Alert(
        fingerprint=fingerprint,
        labels={"alertname": name, **labels},
        annotations={"summary": f"{name} of {fingerprint}"},
        status=status or (AlertStatus.FIRING if end is None else AlertStatus.RESOLVED),
        starts_at=start,
        ends_at=end,
    )


def notification_of(
    *alerts: Alert,
    group_key: str = "{}:{}",
    receiver: str = RECEIVER,
    truncated: int = 0,
    at: datetime = NOON,
) -> Notification:
    """What Alertmanager would send of these alerts."""
    return Notification(
        receiver=receiver,
        group_key=group_key,
        alerts=alerts,
        truncated=truncated,
        external_url="http://alertmanager",
        received_at=at,
    )


def report_of(incident: Incident, at: datetime = NOON, *, value: float = 1.0) -> Report:
    """A short report: one reading an alert."""
    reading = Reading(value=value, unit=Unit.COUNT, threshold=5, direction=Direction.ABOVE, as_of=at)
    return Report(
        incident=incident.id,
        revision=incident.revision,
        alert_name=incident.alert_name,
        title=incident.alert_name,
        severity=incident.severity,
        category="",
        playbook="",
        made_at=at,
        took=0.0,
        complete=True,
        alerts=tuple(
            AlertReport(
                fingerprint=alert.fingerprint,
                subject=(),
                status=alert.status,
                severity=alert.severity,
                starts_at=alert.starts_at,
                headline=alert.name,
                reading=reading,
                ranking=Ranking(verdict=Verdict.NONE),
            )
            for alert in incident.alerts.values()
        ),
    )


class Orders:
    """Keeps orders in a list, once each, if their transaction is committed; wakes nobody."""

    def __init__(self) -> None:
        self.placed: dict[str, Order] = {}
        self.woken: set[str] = set()
        self._seen: set[str] = set()
        self.moved_by = timedelta(0)
        """By how much all that were delayed are to begin sooner."""

    def place(self, connection: sa.Connection, orders: Sequence[Order]) -> None:
        def keep(_: object) -> None:
            self.placed |= {order.id: order for order in orders if order.id not in self.placed}

        sa.event.listen(connection, "commit", keep, once=True)

    def sooner(self, connection: sa.Connection, by: timedelta) -> int:  # noqa: ARG002 - as an order book is called
        self.moved_by += by
        return 0

    def wake(self, queues: Collection[str]) -> None:
        self.woken.update(queues)

    def take(self, move: Move | None = None) -> list[Order]:
        """What was ordered since the last time, of this move or of all."""
        new = [order for key, order in self.placed.items() if key not in self._seen]
        found = [order for order in new if move is None or order.move is move]
        self._seen.update(order.id for order in found)
        return found


@dataclass(slots=True)
class ScriptedInvestigator:
    """Answers a short report, after the error or the partial report it is told to begin with."""

    errors: list[Exception] = field(default_factory=list)
    partial: bool = False
    hold: asyncio.Event | None = None
    asked: list[Incident] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def investigate(self, incident: Incident, on_partial: OnPartial) -> Report:
        self.asked.append(incident)
        self.begun.set()
        if self.errors:
            raise self.errors.pop(0)
        report = report_of(incident)
        if self.partial:
            await on_partial(report)
        if self.hold is not None:
            await self.hold.wait()
        return report


@dataclass(slots=True)
class ScriptedNotifier:
    """Remembers what it was told; raises the errors it is given first."""

    name: str = "console"
    errors: list[Exception] = field(default_factory=list)
    hold: asyncio.Event | None = None
    told: list[Notice] = field(default_factory=list)
    previous: list[Receipt | None] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        self.previous.append(previous)
        self.sure.append(sure)
        self.begun.set()
        if self.errors:
            raise self.errors.pop(0)
        if self.hold is not None:
            await self.hold.wait()
        self.told.append(notice)
        return Receipt(data={"told": len(self.told)})


@dataclass(slots=True)
class ScriptedAssessor:
    """Says that it recovered, after the errors it is given."""

    errors: list[Exception] = field(default_factory=list)
    ending: Ending = Ending.RECOVERED

    async def assess(self, incident: Incident, report: Report | None) -> Assessment:  # noqa: ARG002 - the port's
        if self.errors:
            raise self.errors.pop(0)
        return Assessment(self.ending, "7 then, 1 now")


@dataclass(slots=True)
class ScriptedMutes:
    """Mutes, after the errors it is given."""

    errors: list[Exception] = field(default_factory=list)
    asked: list[AskedSilence] = field(default_factory=list)
    tidied: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Of which silence what came late was to be ended, and what of it was to stay."""

    async def mute(self, incident: Incident, silence: AskedSilence) -> tuple[str, ...]:  # noqa: ARG002 - the port's
        await self.unmute(silence)
        return ("s1",)

    async def unmute(self, silence: AskedSilence) -> None:
        self.asked.append(silence)
        if self.errors:
            raise self.errors.pop(0)

    async def tidy(self, silence: str, made: Collection[str]) -> int:
        self.tidied.append((silence, tuple(made)))
        if self.errors:
            raise self.errors.pop(0)
        return 0


@dataclass(slots=True)
class ScriptedAlertmanager:
    """Lists these alerts, each for its receiver; answers only after `before`."""

    lists: Sequence[Listed] = ()
    error: Exception | None = None
    before: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def listed(self) -> Sequence[Listed]:
        self.asked.set()
        if self.before is not None:
            await self.before.wait()
        if self.error is not None:
            raise self.error
        return self.lists

    async def with_labels(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        return [one.alert for one in await self.listed() if one.alert.labels == labels]


def minutes(number: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=number)
