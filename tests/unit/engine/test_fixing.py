"""The life of a quick fix: every way it can go, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from responder.domain.alert import AlertStatus
from responder.domain.fix import FixEnd, FixState, Happened
from responder.domain.incident import EventKind
from responder.engine.desk import Desk
from responder.engine.fixing.people import Decided
from responder.engine.orders import propose
from responder.policy.gates import Refusal
from responder.storage.leases import held
from responder.testing.away import Course
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of
from responder.testing.fix_world import ALERT, NAME, World, a_world
from responder.testing.fixing import Fault


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


@pytest.mark.parametrize("lost", ["xx", "?"])
async def test_it_goes_on_at_once_though_the_database_goes_away_when_a_move_is_over(
    world: World, course: Course, lost: str
) -> None:
    """It was nobody's until the move's lease had run out."""
    await world.approved()
    course("..." + lost)  # taken up, intended and applied before that
    await world.run(seconds=1)
    assert world.happened()[-1] == Happened.APPLIED
    with world.desk.database.read() as connection:
        assert not held(connection, f"fix/{world.fix().id}", world.clock.now)
    await world.run(minutes=1)
    assert world.fix().state is FixState.IN_FORCE


async def test_the_audit_log_says_of_every_row_what_was_set_by_it(world: World) -> None:
    """What undoing did, tried or waits to do leads from the fix's value back to the one before."""
    await world.approved()
    world.knob.returns = True
    await world.run(minutes=63)
    world.knob.faults = [Fault.NOT_REACHED] * 3
    await world.people.revert(world.fix().id, "ann")
    await world.run(minutes=10)
    assert world.fix().end is FixEnd.REVERTED
    there, back = (2000, 2500), (2500, 2000)
    assert world.directions() == {
        "proposed": {there},
        "approved": {there},
        "intended": {there},
        "applied": {there},
        "verified": {there},
        "ends_soon": {there},
        "undo_waits": {back},
        "undo_intended": {back},
        "tried": {back},
        "undo_fails": {back},
        "undone": {back},
    }


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
    await world.run(minutes=1)  # it is noticed and told by then
    assert world.fix().end is FixEnd.SUPERSEDED
    assert EventKind.FIX_SUPERSEDED in world.told()
    await world.run(minutes=90)
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


async def test_an_alert_that_began_in_the_year_1_gets_its_fix(world: World) -> None:
    """So it is where whoever sends it writes Go's zero time."""
    world.knob.firing = [replace(ALERT, starts_at=datetime.min.replace(tzinfo=UTC))]
    await world.approved()
    await world.run(minutes=1)
    assert world.fix().state is FixState.IN_FORCE


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


async def test_several_that_find_the_same_pause_all_once(world: World) -> None:
    """The audit log says once that fixes are paused, however many are proposed at that moment."""
    world.knob.works_from = 9000
    for attempt in range(3):
        fix = await world.proposed(attempt=attempt + 1)
        await world.people.approve(fix.id, "ann")
        await world.run(minutes=40)
    await asyncio.gather(*(world.make(propose(world.incident, 1, number)) for number in range(10, 18)))
    assert world.happened().count(Happened.PAUSED) == 1


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


async def test_a_playbook_that_was_changed_since_the_proposal_is_not_followed(world: World) -> None:
    """Neither before its approval nor after it is anything applied that the playbook says no longer."""
    fix = await world.approved()
    newer = {NAME: world.parts.playbooks()[NAME].model_copy(update={"version": "newer"})}
    after = world.with_parts(replace(world.parts, playbooks=lambda: newer))
    await after.run(minutes=5)
    assert (after.fix().id, after.fix().end) == (fix.id, FixEnd.REFUSED)
    assert world.knob.applied == []


@pytest.mark.parametrize("persona", ["../switching", "a/b", ".."])
async def test_a_label_that_would_lead_elsewhere_is_no_target(
    desk: Desk, clock: ManualClock, orders: Orders, persona: str
) -> None:
    """Nothing is proposed, and the far side is not even asked."""
    world = a_world(desk, clock, orders, alert_of(name=NAME, persona=persona))
    world.knob.down = True
    await world.make(propose(world.incident, 1))
    assert world.all() == ()
