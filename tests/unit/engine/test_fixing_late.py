"""What a frozen replica sends takes effect after the fix was given up: it is undone, and written down."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from responder.domain.fix import Change, Fix, FixEnd, FixState, Happened, Look, Seen
from responder.domain.incident import EventKind
from responder.engine.fixing.late import LATE
from responder.engine.ports import FixAction
from responder.engine.sweep import Sweep
from responder.policy.target import How
from responder.testing.fix_world import ALERT, World
from responder.testing.fixing import StandInKnob

AWAKE = 6
"""Minutes by which it has long woken up."""
GIVEN_UP = [Happened.PROPOSED, Happened.APPROVED, Happened.INTENDED, Happened.FAILED]


class SameIncident(StandInKnob):
    """Knows a lease by its incident, as Hypertool does, and not by its fix."""

    async def look(self, fix: Fix) -> Look:
        if self.value == fix.change.after:
            return Look(Seen.OURS, self.value)
        return await super().look(fix)

    async def undo(self, fix: Fix) -> str:
        self.human(fix.change.before or 0)
        return ""


class Killed(BaseException):
    """It never wakes up."""


@dataclass
class Frozen:
    """The knob as a replica turns it that is frozen while it sends."""

    knob: StandInKnob
    meanwhile: Callable[[], Awaitable[object]]
    wakes_up: bool

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        return await self.knob.propose(target, how, ceiling)

    async def look(self, fix: Fix) -> Look:
        return await self.knob.look(fix)

    async def apply(self, fix: Fix) -> str:
        await self.meanwhile()
        if not self.wakes_up:
            raise Killed
        return await self.knob.apply(fix)

    async def undo(self, fix: Fix) -> str:
        return await self.knob.undo(fix)

    async def renew(self, fix: Fix) -> str:
        return await self.knob.renew(fix)


async def given_up(world: World) -> None:
    """Another replica settles it: nothing was applied, and by now the alert fires no more."""
    world.knob.firing, sweep = [], Sweep(world.desk)
    while world.fix().state is not FixState.ENDED:
        sweep.run()
        await world.run(seconds=LATE / 4)
    assert world.fix().end is FixEnd.FAILED


async def freezes(world: World, *, wakes_up: bool = True) -> None:
    """The same world as that replica sees it, until it is awake again or dead."""

    async def meanwhile() -> None:
        await given_up(world)
        if wakes_up:
            await world.live(minutes=2)

    action: FixAction = Frozen(world.knob, meanwhile, wakes_up)
    with suppress(Killed):
        await world.with_parts(replace(world.parts, actions={"control": action})).run(minutes=AWAKE)


async def test_whoever_wakes_up_undoes_what_it_has_sent(world: World) -> None:
    fix = await world.approved()
    await freezes(world)
    assert world.knob.value == 2000
    await world.run(minutes=5)
    assert world.knob.applied == [f"fix/{fix.id}/apply", f"fix/{fix.id}/undo"]
    assert world.happened(fix.id) == [*GIVEN_UP, Happened.UNDONE]
    assert world.fix().end is FixEnd.FAILED
    assert world.told()[-1] is EventKind.FIX_UNDONE


async def test_what_arrives_when_nobody_waits_any_longer_is_undone_too(world: World) -> None:
    """What sent it never wakes up: it is looked for by whoever gave it up."""
    fix = await world.approved()
    await freezes(world, wakes_up=False)
    await world.knob.apply(replace(fix, state=FixState.APPLYING))
    await world.run(seconds=LATE)
    assert world.knob.value == 2000
    assert world.happened(fix.id) == [*GIVEN_UP, Happened.UNDONE]


async def test_it_is_looked_for_again_while_the_far_side_is_away(world: World) -> None:
    fix = await world.approved()
    await freezes(world, wakes_up=False)
    await world.knob.apply(replace(fix, state=FixState.APPLYING))
    world.knob.down = True
    await world.run(minutes=10)
    world.knob.down = False
    assert world.knob.value == 2500
    await world.run(seconds=LATE)
    assert world.knob.value == 2000
    assert world.happened(fix.id).count(Happened.UNDONE) == 1


async def test_while_another_fix_holds_the_target_it_is_left_alone(world: World) -> None:
    """What is there then may be that one's."""
    first = await world.approved()
    await freezes(world, wakes_up=False)
    knob = SameIncident(world.clock, firing=[ALERT])
    world = world.with_parts(replace(world.parts, actions={"control": knob}, measurer=knob, source=knob))
    second = await world.approved()
    await world.run(minutes=2)
    assert second.id != first.id
    assert world.fix().state is FixState.IN_FORCE
    assert knob.applied == [f"fix/{second.id}/apply"]
    assert world.happened(first.id) == GIVEN_UP
