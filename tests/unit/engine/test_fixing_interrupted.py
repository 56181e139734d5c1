"""Quick fixes that are interrupted, at any boundary and in any order: applied once, undone, truly told."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.domain.fix import FixEnd, FixState, Happened
from responder.engine.desk import Desk
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.clock import ManualClock
from responder.testing.emptied import Emptied
from responder.testing.engine import Orders
from responder.testing.fix_world import ALERT, World, a_world
from responder.testing.fixing import Fault


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


LAST: Final = 60
"""More than the desk is visited from the approval to the end."""
IN_EVERY_RUN: Final = {"sqlite": range(1, 16), "postgres": range(2, 16, 3)}
DIES: Final = [
    pytest.param(
        kind,
        dies_at,
        marks=[
            *([pytest.mark.postgres] if kind == "postgres" else []),
            *([] if dies_at in often else [pytest.mark.soak]),
        ],
        id=f"{kind}-{dies_at}",
    )
    for kind, often in IN_EVERY_RUN.items()
    for dies_at in range(1, LAST)
]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("database_url", "dies_at"), DIES, indirect=["database_url"])
async def test_killed_at_any_boundary_it_is_applied_once_and_undone(
    world: World,
    dies_at: int,
    before: bool,  # noqa: FBT001 - a table
) -> None:
    """After the restart the engine takes up what was under way, and the sweep what nobody ordered.

    Every other one stays away for so long that Hypertool has set the knob back by itself by then.
    """
    fix = await world.approved()
    await lives_until_killed(world.seen_from(Mortal(world.desk, dies_at, before=before)), minutes=75, step=3)
    if dies_at % 2 == before:
        world.clock.forward(hours=5)
    await world.live(minutes=100, step=3)
    ended = world.fix()
    assert (ended.state, world.knob.value) == (FixState.ENDED, 2000)
    assert world.knob.applied.count(f"fix/{fix.id}/apply") <= 1
    assert world.knob.applied.count(f"fix/{fix.id}/undo") <= 1
    happened = world.happened()
    was_set = f"fix/{fix.id}/apply" in world.knob.applied
    assert was_set == (Happened.APPLIED in happened), "the audit log tells the truth"
    assert ended.end in ({FixEnd.EXPIRED} if was_set else {FixEnd.EXPIRED, FixEnd.FAILED, FixEnd.REFUSED})


async def lives_until_killed(world: World, minutes: int, step: float = 1) -> None:
    """Live on until the process dies or the time is over."""
    with suppress(Killed):
        await world.live(minutes=minutes, step=step)


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
            await lives_until_killed(world.seen_from(mortal), minutes=5)
        case Happens.PROPOSED_AGAIN:
            await world.proposed(attempt=world.clock.now.toordinal() * 100_000 + len(world.all()))
        case Happens.TIME_PASSES:
            await world.live(minutes=minutes * 4)
    await world.live(minutes=minutes)


HUMANS = 7000.0
HAPPENS = st.lists(st.tuples(st.sampled_from(Happens), st.integers(0, 9)), min_size=3, max_size=12)


SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


MakeDatabase = Callable[[], AbstractContextManager[str]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> MakeDatabase:
    """Makes another one for each course of events."""
    if request.param == "sqlite":
        return lambda: nullcontext(f"sqlite:///{tmp_path}/{uuid4()}.db")
    emptied: Emptied = request.getfixturevalue("emptied")
    return emptied.database


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
@settings(max_examples=10, suppress_health_check=SLOW)
@given(happens=HAPPENS)
def test_whatever_happens_in_whatever_order(
    new_database: MakeDatabase, happens: list[tuple[Happens, int]]
) -> None:
    """Never applied twice, never left without an end, never over a human's value; and the log is true."""
    assert_all_ends_well(new_database, happens)


@pytest.mark.soak
@settings(max_examples=300, suppress_health_check=SLOW)
@given(happens=HAPPENS)
def test_whatever_happens_in_many_more_orders(
    new_database: MakeDatabase, happens: list[tuple[Happens, int]]
) -> None:
    assert_all_ends_well(new_database, happens)


def assert_all_ends_well(new_database: MakeDatabase, happens: list[tuple[Happens, int]]) -> None:
    with new_database() as url:
        database = Database(url)
        migrate(database)
        assert_it_ends_well(database, happens)
        database.close()


def assert_it_ends_well(database: Database, happens: list[tuple[Happens, int]]) -> None:
    clock, orders = ManualClock(), Orders()
    world = a_world(Desk(database, orders, clock, ()), clock, orders)

    async def live() -> None:
        await world.proposed()
        for what, minutes in [(Happens.APPROVED, 0), *happens]:
            await happen(world, what, minutes)
        world.knob.down = False
        await world.live(minutes=24 * 60, step=10)

    asyncio.run(live())
    knob, all_fixes = world.knob, world.all()
    assert all(fix.state is FixState.ENDED for fix in all_fixes)
    assert len(knob.applied) == len(set(knob.applied)), "no order was carried out twice"
    humans = any(what is Happens.CHANGED_BY_A_HUMAN for what, _ in happens)
    assert knob.value in ({2000.0, HUMANS} if humans else {2000.0})
    for fix in all_fixes:
        happened = world.happened(fix.id)
        was_set = f"fix/{fix.id}/apply" in knob.applied
        assert Happened.INTENDED in happened or not was_set, "what was sent had been intended"
        assert was_set or Happened.APPLIED not in happened, "what is said to be applied was"
