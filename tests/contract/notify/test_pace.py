"""A channel that takes a message a second, and many incidents at once: each is told, once, in order."""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import pytest

from responder.domain.alert import Severity
from responder.domain.errors import AdapterError
from responder.domain.notice import Delivery, DeliveryState, Notice, PartlyTold, Receipt
from responder.engine.delivering import Told, failed
from responder.notify.slack import SlackNotifier
from responder.testing.clock import ManualClock
from responder.testing.samples import seven
from responder.testing.slack import Channel, Tempo, Workspace


@pytest.fixture
def workspace(clock: ManualClock) -> Workspace:
    return Workspace(["alerts"], clock=clock, tempo=Tempo.REAL)


def named(number: int, severity: Severity = Severity.WARNING) -> Notice:
    notice = seven.token_budget_exceeded()
    incident = replace(notice.incident, id=f"incident{number}", severity=severity)
    return replace(notice, incident=incident)


@dataclass
class Orders:
    """Tells as the engine does: what is turned away is ordered again for when it was told to come."""

    notifier: SlackNotifier
    clock: ManualClock
    due: list[tuple[float, int, Notice, Delivery]] = field(default_factory=list)
    outcomes: Counter[Told] = field(default_factory=Counter)
    number: Iterator[int] = field(default_factory=count)

    def give(self, *notices: Notice) -> None:
        for notice in notices:
            nothing = Delivery(
                about=notice.incident.id,
                notifier="slack",
                state=DeliveryState.RETRYING,
                notice=0,
                receipt=Receipt(),
            )
            heapq.heappush(self.due, (self.clock().timestamp(), next(self.number), notice, nothing))

    async def run(self, until: float = 600) -> None:
        end = self.clock().timestamp() + until
        while self.due and self.due[0][0] <= end:
            at, _, notice, delivery = heapq.heappop(self.due)
            self.clock.forward(seconds=max(0.0, at - self.clock().timestamp()))
            previous = delivery.receipt if delivery.receipt.data else None
            try:
                await self.notifier.tell(notice, previous, sure=not delivery.error)
            except (AdapterError, PartlyTold) as error:
                failure = failed(delivery, error, sure=not delivery.error)
                self.outcomes[failure.outcome] += 1
                again = self.clock().timestamp() + failure.wait.total_seconds()
                heapq.heappush(self.due, (again, next(self.number), notice, failure.delivery))
            else:
                self.outcomes[Told.DELIVERED] += 1


@pytest.fixture
def orders(notifier: SlackNotifier, clock: ManualClock) -> Orders:
    return Orders(notifier, clock)


def incidents(channel: Channel, *, detail: bool = False) -> Sequence[str]:
    """Of which incidents there are messages, or details in threads, in the order in which they came."""
    shown = [one for one in channel.messages if (one.thread_ts is not None) is detail]
    return [str(one.now.metadata["event_payload"]["key"]).split("/")[0] for one in shown if one.now.metadata]


async def test_each_is_told_once_and_nothing_counts_as_failed(
    orders: Orders, channel: Channel, workspace: Workspace, clock: ManualClock
) -> None:
    begun = clock()
    orders.give(*(named(number) for number in range(40)))
    await orders.run()
    assert sorted(incidents(channel)) == sorted(f"incident{number}" for number in range(40))
    assert len(incidents(channel, detail=True)) == 40
    assert orders.outcomes[Told.RETRYING] == 0
    assert (clock() - begun).total_seconds() < 90  # 80 messages, one a second
    refused = [call for call in workspace.calls if call.outcome == "ratelimited"]
    assert len(refused) <= 2  # it is learned, not asked again and again


async def test_nobody_waits_for_the_detail_of_another(orders: Orders, channel: Channel) -> None:
    orders.give(*(named(number) for number in range(20)))
    await orders.run()
    order = [one.thread_ts is None for one in channel.messages]
    assert order.index(False) < 4  # until the limit was learned it came at once
    assert order[4:20].count(False) <= 3  # nor did those that were given a turn before many came


async def test_what_is_critical_is_told_before_what_waited_longer(orders: Orders, channel: Channel) -> None:
    orders.give(*(named(number) for number in range(30)))
    await orders.run(until=5)
    orders.give(named(99, Severity.CRITICAL))
    await orders.run()
    assert incidents(channel).index("incident99") < 12
