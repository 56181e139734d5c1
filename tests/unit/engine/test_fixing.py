"""The life of a quick fix: every way it can go, at any moment interrupted, on both databases."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.diagnose.registry import specs
from responder.domain.alert import AlertStatus
from responder.domain.fix import Fix, FixEnd, FixKind, FixMode, FixState, Happened
from responder.domain.ids import new_notification_id
from responder.domain.incident import EventKind
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
from responder.policy.gates import Limits, Refusal
from responder.resources import resource_dir
from responder.storage import audit, fixes, incidents, reports, timeline
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.storage.reports import StoredReport
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of, report_of
from responder.testing.fixing import Fault, StandInKnob

NAME = "TokenBudgetExceeded"
PERSONA = "backend-engineer"
ALERT = alert_of(name=NAME, persona=PERSONA)
DECLARED = Declared(
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
    _number: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.desk)
        self.people = People(self.desk, self.parts, self.ledger)
        circumstances = Circumstances(self.desk, self.parts)
        self.moves: dict[Move, Callable[..., Awaitable[str]]] = {
            Move.FIX: Advancing(self.desk, self.parts, self.ledger, circumstances),
            Move.PROPOSE: Proposing(self.desk, self.parts, self.ledger, circumstances),
        }

    async def proposed(self, revision: int = 1, attempt: int = 1) -> Fix:
        """Propose, a second later, and answer the newest proposal."""
        self.clock.forward(seconds=1)
        await self.make(propose(self.incident, revision, attempt))
        return self.fix()

    async def make(self, order: Order) -> str:
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

    def _collect(self) -> None:
        for order in self.orders.take():
            if order.move is Move.PROPOSE:
                self.to_propose.append(order)
            elif order.move in self.moves:
                due = self.clock.now + timedelta(seconds=order.delay)
                heapq.heappush(self._due, (due, next(self._number), order))

    def fix(self) -> Fix:
        """The newest."""
        with self.desk.database.read() as connection:
            return fixes.newest(connection, limit=1)[0]

    def all(self) -> tuple[Fix, ...]:
        with self.desk.database.read() as connection:
            return fixes.newest(connection)

    def happened(self) -> list[Happened]:
        """What the audit log says, oldest first."""
        with self.desk.database.read() as connection:
            return [line.happened for line in reversed(audit.read(connection))]

    def told(self) -> list[EventKind]:
        with self.desk.database.read() as connection:
            return [event.kind for event in timeline.of(connection, self.incident)]

    async def approved(self) -> Fix:
        fix = await self.proposed()
        decided = await self.people.approve(fix.id, "ann", fix.digest)
        assert decided.decided is Decided.DONE, decided.words
        return fix


@pytest.fixture
def world(desk: Desk, clock: ManualClock, orders: Orders) -> World:
    return a_world(desk, clock, orders)


def a_world(desk: Desk, clock: ManualClock, orders: Orders) -> World:
    """An open incident with a report, in a world where fixes may be approved."""
    shipped = load(resource_dir("playbooks"), specs())[NAME]
    playbook = shipped.model_copy(update={"fixes": (DECLARED,)})
    knob = StandInKnob(clock, firing=[ALERT])
    with desk.work() as work:
        taken = take_in(desk, work, new_notification_id(clock.now), notification_of(ALERT))
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
        assert incident is not None
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


async def test_a_lease_goes_all_the_way_and_is_undone_by_itself(world: World) -> None:
    """fires → proposed → approved → applied → verified → its time is over → undone."""
    fix = await world.proposed()
    assert (fix.change.before, fix.change.after, fix.refusal) == (2000, 2500, "")
    assert world.knob.value == 2000, "a proposal changes nothing"
    await world.people.approve(fix.id, "ann", fix.digest)
    await world.run(seconds=1)
    assert world.knob.value == 2500
    await world.run(minutes=1)
    assert world.fix().state is FixState.IN_FORCE
    await world.run(minutes=65)
    ended = world.fix()
    assert (ended.state, ended.end) == (FixState.ENDED, FixEnd.EXPIRED)
    assert world.knob.value == 2000
    assert world.knob.applied == [f"fix/{fix.id}/apply", f"fix/{fix.id}/undo"]
    assert world.happened() == [
        Happened.PROPOSED,
        Happened.APPROVED,
        Happened.INTENDED,
        Happened.APPLIED,
        Happened.VERIFIED,
        Happened.ENDS_SOON,
        Happened.UNDO_INTENDED,
        Happened.UNDONE,
    ]


async def test_what_does_not_work_is_undone_and_everybody_hears_of_it(world: World) -> None:
    world.knob.works_from = 9000
    await world.approved()
    await world.run(minutes=7)
    assert world.fix().end is FixEnd.INEFFECTIVE
    assert world.knob.value == 2000
    assert EventKind.FIX_DID_NOT_WORK in world.told()


async def test_no_data_never_verifies(world: World) -> None:
    await world.approved()
    world.knob.measured = False
    await world.run(minutes=7)
    assert world.fix().end is FixEnd.INEFFECTIVE
    assert "proves nothing" in world.fix().end_text
    assert world.knob.value == 2000


async def test_a_humans_change_is_never_overwritten(world: World) -> None:
    await world.approved()
    await world.run(minutes=2)
    world.knob.human(9000)
    await world.run(minutes=90)
    assert world.fix().end is FixEnd.SUPERSEDED
    assert world.knob.value == 9000


async def test_a_restart_of_the_far_side_ends_it(world: World) -> None:
    await world.approved()
    await world.run(minutes=2)
    world.knob.restart()
    await world.run(minutes=5)
    assert world.fix().end is FixEnd.FAR_SIDE_RESTARTED
    assert world.knob.value == 2000


@pytest.mark.parametrize(
    ("fault", "end", "times"),
    [
        (Fault.NOT_REACHED, FixEnd.EXPIRED, 1),   # tried again, and applied once
        (Fault.LOST_ANSWER, FixEnd.EXPIRED, 1),   # settled by reading, not repeated
        (Fault.REFUSED, FixEnd.FAILED, 0),
        (Fault.CHANGED, FixEnd.SUPERSEDED, 0),
    ],
)  # fmt: skip
async def test_a_failing_order_is_settled(world: World, fault: Fault, end: FixEnd, times: int) -> None:
    world.knob.faults = [fault]
    fix = await world.approved()
    await world.run(minutes=70)
    assert world.fix().end is end
    assert world.knob.applied.count(f"fix/{fix.id}/apply") == times
    assert world.knob.value == 2000


async def test_undoing_waits_while_it_would_bring_the_alert_back_and_not_for_ever(world: World) -> None:
    await world.approved()
    world.knob.returns = True
    await world.run(minutes=63)
    assert world.fix().state is FixState.IN_FORCE
    assert EventKind.FIX_UNDO_WAITS in world.told()
    await world.run(hours=7)
    assert world.fix().end is FixEnd.EXPIRED
    assert world.knob.value == 2000


async def test_the_second_of_two_approvals_is_told_who_was_first(world: World) -> None:
    fix = await world.approved()
    second = await world.people.approve(fix.id, "bob", fix.digest)
    assert second.decided is Decided.TOO_LATE
    assert "ann" in second.words


async def test_two_at_the_same_moment_make_one_approval(world: World) -> None:
    fix = await world.proposed()
    decided = await asyncio.gather(*(world.people.approve(fix.id, who, fix.digest) for who in ("ann", "bob")))
    assert sorted(one.decided for one in decided) == [Decided.DONE, Decided.TOO_LATE]
    await world.run(minutes=70)
    assert len(world.knob.applied) == 2, "applied once, undone once"


async def test_an_approval_is_bound_to_what_was_shown(world: World) -> None:
    fix = await world.proposed()
    decided = await world.people.approve(fix.id, "ann", "of something else")
    assert decided.decided is Decided.CHANGED
    assert world.fix().state is FixState.PROPOSED


async def test_a_value_that_changed_since_the_proposal_is_not_touched(world: World) -> None:
    await world.approved()
    world.knob.value = 2200
    await world.run(minutes=5)
    assert world.fix().end is FixEnd.REFUSED
    assert world.knob.value == 2200


async def test_an_alert_that_resolved_before_the_fix_was_applied_is_left_alone(world: World) -> None:
    await world.approved()
    world.knob.firing = []
    await world.run(minutes=5)
    assert (world.fix().end, world.knob.value) == (FixEnd.REFUSED, 2000)
    assert "fires no more" in world.fix().end_text


async def test_a_silenced_alert_gets_no_fix(world: World) -> None:
    world.knob.firing = [replace(ALERT, status=AlertStatus.SILENCED)]
    fix = await world.proposed()
    assert fix.refusal == Refusal.SILENCED
    assert (await world.people.approve(fix.id, "ann")).decided is Decided.REFUSED


async def test_a_proposal_that_nobody_takes_is_withdrawn(world: World) -> None:
    await world.proposed()
    await world.run(minutes=61)
    first = world.all()[-1]
    assert (first.state, first.end) == (FixState.ENDED, FixEnd.EXPIRED)
    assert world.knob.applied == []
    await world.make(world.to_propose[-1])
    assert world.fix().state is FixState.PROPOSED, "the incident lasts, and so does the offer"


async def test_asked_again_the_same_proposal_stays(world: World) -> None:
    first = await world.proposed()
    second = await world.proposed(attempt=2)
    assert first.id == second.id


async def test_a_person_can_undo_it_at_any_time(world: World) -> None:
    fix = await world.approved()
    await world.run(minutes=2)
    assert (await world.people.revert(fix.id, "bob")).decided is Decided.DONE
    await world.run(seconds=5)
    assert (world.fix().end, world.knob.value) == (FixEnd.REVERTED, 2000)


async def test_a_person_can_have_it_last_longer(world: World) -> None:
    fix = await world.approved()
    await world.run(minutes=50)
    assert (await world.people.extend(fix.id, "bob", timedelta(hours=1))).decided is Decided.DONE
    await world.run(minutes=60)
    assert (world.fix().state, world.knob.value) == (FixState.IN_FORCE, 2500)
    await world.run(minutes=20)
    assert (world.fix().end, world.knob.value) == (FixEnd.EXPIRED, 2000)


async def test_three_that_do_no_good_pause_all_until_a_person_resumes(world: World) -> None:
    world.knob.works_from = 9000
    for attempt in range(3):
        fix = await world.proposed(attempt=attempt + 1)
        await world.people.approve(fix.id, "ann")
        await world.run(minutes=40)  # and its cooldown is over
        assert world.fix().end is FixEnd.INEFFECTIVE
    refused = await world.proposed(attempt=9)
    assert refused.refusal == Refusal.BREAKER_OPEN
    await world.people.resume("ann")
    assert (await world.proposed(attempt=10)).refusal == ""


async def test_the_far_side_may_be_away_for_as_long_as_it_likes(world: World) -> None:
    """It is undone when it is back, or found undone by Hypertool's own fallback."""
    await world.approved()
    await world.run(minutes=5)
    world.knob.down = True
    await world.run(minutes=70)
    assert world.fix().state is FixState.UNDOING or world.fix().state is FixState.IN_FORCE
    world.knob.down = False
    await world.run(minutes=15)
    assert world.fix().state is FixState.ENDED
    assert world.knob.value == 2000


class Killed(BaseException):
    """The process is gone at this very moment."""


class Mortal(Desk):
    """A desk whose process dies at one of its visits: just before the transaction, or just after it."""

    def __init__(self, desk: Desk, dies_at: int, *, before: bool) -> None:
        super().__init__(desk.database, desk.book, desk.clock, desk.notifiers)
        object.__setattr__(self, "visits", [])
        object.__setattr__(self, "dies", (dies_at, before))

    async def aside(self, call: Callable[[], Any]) -> Any:
        visits, (dies_at, before) = getattr(self, "visits"), getattr(self, "dies")  # noqa: B009 - slots
        visits.append(call)
        if len(visits) == dies_at and before:
            raise Killed
        made = await super().aside(call)
        if len(visits) == dies_at:
            raise Killed
        return made


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    "dies_at", [*range(1, 16), *(pytest.param(one, marks=pytest.mark.soak) for one in range(16, 60))]
)
async def test_killed_at_any_boundary_it_is_applied_once_and_undone(
    world: World,
    dies_at: int,
    before: bool,  # noqa: FBT001 - a table
) -> None:
    """After the restart the engine takes up what was under way, and the sweep what nobody ordered."""
    fix = await world.approved()
    mortal = replace_desk(world, Mortal(world.desk, dies_at, before=before))
    await _live(mortal, minutes=75)
    await _live(world, minutes=100)
    ended = world.fix()
    assert (ended.state, world.knob.value) == (FixState.ENDED, 2000)
    assert world.knob.applied.count(f"fix/{fix.id}/apply") <= 1
    assert world.knob.applied.count(f"fix/{fix.id}/undo") <= 1
    happened = world.happened()
    was_set = f"fix/{fix.id}/apply" in world.knob.applied
    assert was_set == (Happened.APPLIED in happened), "the audit log tells the truth"
    assert ended.end in {FixEnd.EXPIRED, FixEnd.FAR_SIDE_RESTARTED}


def replace_desk(world: World, desk: Desk) -> World:
    return World(desk, world.clock, world.orders, world.knob, world.parts, world.incident, world._due)


async def _live(world: World, *, minutes: int, step: float = 0.5) -> None:
    """Live on, sweeping every step (minutes), until the process dies or the time is over."""
    sweep = Sweep(world.desk)
    for _ in range(int(minutes / step)):
        try:
            sweep.run()
            await world.run(minutes=step)
        except Killed:
            return


class Happens(StrEnum):
    """What may happen to a fix from outside, at any moment."""

    APPROVED = "approved"
    APPROVED_BY_ANOTHER = "approved by another"
    RESOLVED = "resolved"
    FIRES_AGAIN = "fires again"
    CHANGED_BY_A_HUMAN = "changed by a human"
    REVERTED = "reverted"
    EXTENDED = "extended"
    FAR_SIDE_AWAY = "far side away"
    FAR_SIDE_BACK = "far side back"
    FAR_SIDE_RESTARTED = "far side restarted"
    ANSWER_LOST = "answer lost"
    KILLED = "killed"
    PROPOSED_AGAIN = "proposed again"
    TIME_PASSES = "time passes"


async def happen(world: World, what: Happens, minutes: int) -> None:  # noqa: C901, PLR0912 - a list of events
    fix, knob = world.fix(), world.knob
    match what:
        case Happens.APPROVED:
            await world.people.approve(fix.id, "ann", fix.digest)
        case Happens.APPROVED_BY_ANOTHER:
            await world.people.approve(fix.id, "bob", fix.digest)
        case Happens.RESOLVED:
            knob.firing = []
        case Happens.FIRES_AGAIN:
            knob.firing = [ALERT]
        case Happens.CHANGED_BY_A_HUMAN:
            knob.human(HUMANS)
        case Happens.REVERTED:
            await world.people.revert(fix.id, "ann")
        case Happens.EXTENDED:
            await world.people.extend(fix.id, "ann", timedelta(minutes=30))
        case Happens.FAR_SIDE_AWAY:
            knob.down = True
        case Happens.FAR_SIDE_BACK:
            knob.down = False
        case Happens.FAR_SIDE_RESTARTED:
            knob.restart()
        case Happens.ANSWER_LOST:
            knob.faults = [Fault.LOST_ANSWER]
        case Happens.KILLED:
            mortal = Mortal(world.desk, minutes + 1, before=bool(minutes % 2))
            await _live(replace_desk(world, mortal), minutes=5)
        case Happens.PROPOSED_AGAIN:
            await world.proposed(attempt=world.clock.now.toordinal() * 100_000 + len(world.all()))
        case Happens.TIME_PASSES:
            await _live(world, minutes=minutes * 4)
    await _live(world, minutes=minutes)


HUMANS = 7000.0
HAPPENS = st.lists(st.tuples(st.sampled_from(Happens), st.integers(0, 9)), min_size=3, max_size=12)


SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


@settings(max_examples=10, suppress_health_check=SLOW)
@given(happens=HAPPENS)
def test_whatever_happens_in_whatever_order(tmp_path: Path, happens: list[tuple[Happens, int]]) -> None:
    """Never applied twice, never left without an end, never over a human's value; and the log is true."""
    assert_all_ends_well(tmp_path, happens)


@pytest.mark.soak
@settings(max_examples=300, suppress_health_check=SLOW)
@given(happens=HAPPENS)
def test_whatever_happens_in_many_more_orders(tmp_path: Path, happens: list[tuple[Happens, int]]) -> None:
    assert_all_ends_well(tmp_path, happens)


def assert_all_ends_well(folder: Path, happens: list[tuple[Happens, int]]) -> None:
    clock = ManualClock()
    database = Database(f"sqlite:///{folder}/{uuid4()}.db")
    migrate(database)
    orders = Orders()
    world = a_world(Desk(database, orders, clock, ()), clock, orders)

    async def live() -> None:
        await world.proposed()
        for what, minutes in [(Happens.APPROVED, 0), *happens]:
            await happen(world, what, minutes)
        world.knob.down = False
        await _live(world, minutes=24 * 60, step=10)

    asyncio.run(live())
    knob, all_fixes = world.knob, world.all()
    assert all(fix.state is FixState.ENDED for fix in all_fixes)
    assert len(knob.applied) == len(set(knob.applied)), "no order was carried out twice"
    humans = any(what is Happens.CHANGED_BY_A_HUMAN for what, _ in happens)
    assert knob.value in ({2000.0, HUMANS} if humans else {2000.0})
    with database.read() as connection:
        lines = audit.read(connection, limit=1000)
    for fix in all_fixes:
        happened = [line.happened for line in lines if line.fix == fix.id]
        was_set = f"fix/{fix.id}/apply" in knob.applied
        assert Happened.INTENDED in happened or not was_set, "what was sent had been intended"
        assert was_set or Happened.APPLIED not in happened, "what is said to be applied was"
    database.close()
