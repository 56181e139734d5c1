"""An alert that fires and resolves every other second: one message, told once that it flaps, then edits only.

Intake, investigation, endings and deliveries are the engine's own, made when they are due by a manual clock;
Slack turns away what is too much.
"""

import heapq
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Final

import pytest

from responder.clients.slack import SlackClient
from responder.clients.slack_pace import Pace
from responder.domain.ids import new_notification_id
from responder.domain.incident import Ending
from responder.engine.desk import Desk
from responder.engine.ending import EndingMove
from responder.engine.investigating import Investigating
from responder.engine.moves import MakeMove, Moves
from responder.engine.orders import Move, Order
from responder.engine.take_in import take_in
from responder.engine.telling import Telling
from responder.notify.slack import SlackNotifier
from responder.render import slack
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, ScriptedAssessor, ScriptedInvestigator, alert_of, notification_of
from responder.testing.loopback import serving
from responder.testing.slack import TOKEN, Channel, Tempo, Workspace, create_app

EVERY: Final = 2
TIMES: Final = 300
"""Ten minutes."""
GONE: Final = "ended, but not because it got better: its series ended (7 then, 1 now)"
FLAPS: Final = "flapping: until it was quiet for 30 min only the message above changes"


@dataclass
class Running:
    """A responder, whose time goes on by `pass_by` only."""

    desk: Desk
    orders: Orders
    clock: ManualClock
    moves: Moves
    due: list[tuple[float, int, Order]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=count)

    def hear(self, *, start: datetime, over: bool) -> None:
        """Take in what Alertmanager says now."""
        alert = alert_of(name="Flapping", start=start, end=self.clock() if over else None)
        told = notification_of(alert, at=self.clock())
        with self.desk.work() as work:
            take_in(self.desk, work, new_notification_id(self.clock()), told)

    async def pass_by(self, seconds: float) -> None:
        """Let so much time go by, and do what is due meanwhile, each at its moment."""
        end = self.clock().timestamp() + seconds
        self._plan()
        while self.due and self.due[0][0] <= end:
            at, _, order = heapq.heappop(self.due)
            self.clock.forward(seconds=max(0.0, at - self.clock().timestamp()))
            await self.moves.run(order.move, order.id, order.args)
            self._plan()
        self.clock.forward(seconds=end - self.clock().timestamp())

    def _plan(self) -> None:
        for order in self.orders.take():
            at = self.clock().timestamp() + order.delay
            heapq.heappush(self.due, (at, next(self.number), order))


@pytest.fixture
def workspace(clock: ManualClock) -> Workspace:
    return Workspace(["alerts"], clock=clock, tempo=Tempo.REAL)


@pytest.fixture
async def running(kept: Database, clock: ManualClock, workspace: Workspace) -> AsyncIterator[Running]:
    orders = Orders()
    desk = Desk(kept, orders, clock, ("slack",))
    async with (
        serving(create_app(workspace)) as url,
        SlackClient(TOKEN, f"{url}/api", pace=Pace(lambda: clock().timestamp())) as client,
    ):
        notifier = SlackNotifier(client, slack, "#alerts")
        moves: dict[Move, MakeMove] = {
            Move.TELL: Telling(desk, {"slack": notifier}, lambda _: ""),
            Move.INVESTIGATE: Investigating(desk, ScriptedInvestigator()),
            Move.END: EndingMove(desk, ScriptedAssessor(ending=Ending.GONE)),
        }
        yield Running(desk, orders, clock, Moves(moves))


async def test_ten_minutes_of_it_are_one_message(
    running: Running, workspace: Workspace, channel: Channel, clock: ManualClock
) -> None:
    start = clock()
    for number in range(TIMES):
        if number % 2 == 0:
            start = clock()
        running.hear(start=start, over=number % 2 == 1)
        await running.pass_by(EVERY)
    await running.pass_by(120)
    roots = [message for message in channel.messages if message.thread_ts is None]
    details = [one for one in channel.messages if one.thread_ts is not None and not one.broadcast]
    told = [message.now.text.partition(": ")[2] for message in channel.messages if message.broadcast]
    assert (len(roots), len(details)) == (1, 1)
    assert roots[0].now.text.startswith("[resolved]")
    assert len(roots[0].versions) > TIMES / 3, "it was kept up to date"
    assert told == [GONE, "came back", GONE, "came back", GONE, FLAPS]
