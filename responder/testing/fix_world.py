"""A small world for the moves of a quick fix: an open incident, one knob, and a clock that goes by orders.

world = a_world(desk, clock, orders)
await world.approved()
await world.run(minutes=70)     # every move that is due by then, each at its time
"""

import heapq
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from responder.diagnose.registry import specs
from responder.domain.alert import Alert
from responder.domain.fix import Fix, FixKind, FixMode
from responder.domain.ids import new_notification_id
from responder.domain.incident import EventKind
from responder.domain.report import Scalar
from responder.engine.desk import Desk
from responder.engine.fixing.advancing import Advancing
from responder.engine.fixing.circumstances import Circumstances
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.people import Decided, People
from responder.engine.fixing.proposing import Proposing
from responder.engine.orders import Move, Order, propose
from responder.engine.sweep import Sweep
from responder.engine.take_in import take_in
from responder.playbook.codec import report_to_json
from responder.playbook.fixes import Check, Setting, UndoWaits
from responder.playbook.load import load
from responder.playbook.model import Fix as Declared
from responder.policy.gates import Limits
from responder.resources import resource_dir
from responder.storage import audit, fixes, incidents, reports, timeline
from responder.storage.reports import StoredReport
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of, report_of
from responder.testing.fixing import StandInKnob

NAME: Final = "TokenBudgetExceeded"
ALERT: Final = alert_of(name=NAME, persona="backend-engineer")
DECLARED: Final = Declared(
    id="raise-budget",
    title="Raise the budget by 500 tokens",
    kind=FixKind.LEASE,
    answers=("budget-too-low",),
    action="control",
    target="personas/${persona}/budget",
    set=Setting(step=500),
    lasts="1h",
    check=Check(settle="30s", deadline="5m"),
    undo_waits=UndoWaits(at_most="6h", **{"while": "vector(0)"}),
)
AUDIT_LINES: Final = 1000


@dataclass
class World:
    """An incident with its report, the knob, the moves, and a clock that goes from order to order."""

    desk: Desk
    clock: ManualClock
    orders: Orders
    knob: StandInKnob
    parts: FixParts
    incident: str
    _due: list[tuple[datetime, int, Order]] = field(default_factory=list)
    to_propose: list[Order] = field(default_factory=list)
    """Ordered, and made only when a test asks for it: else the newest fix would be the next proposal."""
    annotates: bool = False
    to_annotate: list[Order] = field(default_factory=list)
    """Ordered where `annotates`, and made by nobody here."""
    _number: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.desk, annotates=self.annotates)
        self.people = People(self.desk, self.parts, self.ledger)
        circumstances = Circumstances(self.desk, self.parts)
        self.moves: dict[Move, Callable[..., Awaitable[str]]] = {
            Move.FIX: Advancing(self.desk, self.parts, self.ledger, circumstances),
            Move.PROPOSE: Proposing(self.desk, self.parts, self.ledger, circumstances),
        }

    def seen_from(self, desk: Desk) -> "World":
        """The same world for another process: what waits to be done is the same, who does it is not."""
        return World(desk, self.clock, self.orders, self.knob, self.parts, self.incident, self._due)

    def with_parts(self, parts: FixParts) -> "World":
        """The same world with other parts, as after a restart with another configuration."""
        return World(self.desk, self.clock, self.orders, self.knob, parts, self.incident, self._due)

    async def proposed(self, revision: int = 1, attempt: int = 1) -> Fix:
        """Propose, a second later, and answer the newest proposal."""
        self.clock.forward(seconds=1)
        await self.make(propose(self.incident, revision, attempt))
        return self.fix()

    async def approved(self) -> Fix:
        """Propose, and have ann approve it."""
        fix = await self.proposed()
        decided = await self.people.approve(fix.id, "ann", fix.digest)
        if decided.decided is not Decided.DONE:
            raise ValueError(decided.words)
        return fix

    async def make(self, order: Order) -> str:
        """Make one move."""
        return await self.moves[order.move](order.id, *order.args)

    async def run(self, **within: float) -> None:
        """Make what is due within this time, in its order; the clock ends at its end."""
        until = self.clock.now + timedelta(**within)
        while True:
            self._collect()
            if not self._due or self._due[0][0] > until:
                break
            at, _, order = heapq.heappop(self._due)
            self.clock.now = max(self.clock.now, at)
            await self.make(order)
        self.clock.now = until

    async def live(self, *, minutes: int, step: float = 1) -> None:
        """The same, with a sweep every so many minutes, as the engine has it: it heals what a crash left."""
        sweep = Sweep(self.desk)
        for _ in range(int(minutes / step)):
            sweep.run()
            await self.run(minutes=step)

    def _collect(self) -> None:
        for order in self.orders.take():
            if order.move is Move.PROPOSE:
                self.to_propose.append(order)
            elif order.move is Move.ANNOTATE:
                self.to_annotate.append(order)
            elif order.move in self.moves:
                due = self.clock.now + timedelta(seconds=order.delay)
                heapq.heappush(self._due, (due, next(self._number), order))

    def fix(self) -> Fix:
        """The newest."""
        return self.all(limit=1)[0]

    def all(self, limit: int = fixes.LIMIT) -> tuple[Fix, ...]:
        """All fixes, the newest first."""
        with self.desk.database.read() as connection:
            return fixes.newest(connection, limit=limit)

    def happened(self, fix: str = "") -> list[str]:
        """What the audit log says, of one fix or of all, oldest first."""
        with self.desk.database.read() as connection:
            return [line.happened for line in reversed(audit.read(connection, fix=fix, limit=AUDIT_LINES))]

    def directions(self) -> dict[str, set[tuple[Scalar, Scalar]]]:
        """From where to where the lines of the audit log lead, by what happened."""
        with self.desk.database.read() as connection:
            lines = [line.document() for line in audit.read(connection, limit=AUDIT_LINES)]
        found: dict[str, set[tuple[Scalar, Scalar]]] = {}
        for line in lines:
            found.setdefault(line["happened"], set()).add((line["from"], line["to"]))
        return found

    def told(self) -> list[EventKind]:
        """What stands on the incident's timeline."""
        with self.desk.database.read() as connection:
            return [event.kind for event in timeline.of(connection, self.incident)]


def a_world(desk: Desk, clock: ManualClock, orders: Orders, alert: Alert = ALERT) -> World:
    """An open incident with a report, in a world where fixes may be approved."""
    shipped = load(resource_dir("playbooks"), specs())[NAME]
    playbook = shipped.model_copy(update={"fixes": (DECLARED,)})
    knob = StandInKnob(clock, firing=[alert])
    with desk.work() as work:
        taken = take_in(desk, work, new_notification_id(clock.now), notification_of(alert))
    parts = FixParts(
        actions={"control": knob},
        measurer=knob,
        playbooks=lambda: {NAME: playbook},
        limits=lambda: Limits(mode=FixMode.APPROVE),
        source=knob,
    )
    world = World(desk, clock, orders, knob, parts, taken.incidents[0])
    _report(world)
    orders.take()
    return world


def _report(world: World) -> None:
    with world.desk.database.write() as connection:
        incident = incidents.load(connection, world.incident)
        if incident is None:
            raise LookupError(world.incident)
        report = report_of(incident)
        reports.put(
            connection,
            StoredReport(
                incident=incident.id,
                revision=incident.revision,
                complete=True,
                made_at=world.clock.now,
                body=report_to_json(report),
            ),
        )
