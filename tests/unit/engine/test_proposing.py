"""What is proposed for which alerts, and that no proposal shows a button which would be refused."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from responder.domain.alert import Alert
from responder.domain.fix import BY_RESPONDER, Fix, FixEnd, FixMode, FixState
from responder.domain.ids import new_notification_id
from responder.domain.incident import Incident
from responder.domain.report import (
    Answer,
    Evidence,
    Likelihood,
    RankedCause,
    Ranking,
    Report,
    Verdict,
    Weight,
)
from responder.engine.orders import propose
from responder.engine.refreshing import Refresh
from responder.engine.take_in import take_in
from responder.playbook.codec import report_to_json
from responder.policy.gates import Limits, Refusal
from responder.storage import audit, fixes, incidents, reports
from responder.storage.reports import StoredReport
from responder.testing.away import Course
from responder.testing.engine import alert_of, notification_of, report_of
from responder.testing.fix_world import ALERT, NAME, World

MEASURED: Final = Ranking(
    verdict=Verdict.CLEAR,
    leading=1,
    causes=(
        RankedCause(
            cause="budget-too-low",
            title="Budget too low",
            likelihood=Likelihood.LOW,
            score=8,
            evidence=(
                Evidence(
                    statement="use is as before", supports=True, weight=Weight.STRONG, answer=Answer.YES
                ),
            ),
        ),
    ),
)
BACKEND: Final = "personas/backend-engineer/budget"


def persona(name: str) -> Alert:
    return alert_of(name, name=NAME, persona=name)


def told(world: World, *alerts: Alert, group: str = "{}:{}") -> str:
    """Take in a notification of these alerts, and answer its incident."""
    with world.desk.work() as work:
        told = notification_of(*alerts, group_key=group)
        return take_in(world.desk, work, new_notification_id(world.clock.now), told).incidents[0]


def reported(world: World, incident: str, *, unmeasured: str = "", gains: str = "") -> None:
    """Keep a report of them, the first being the worst, in which every alert has evidence but one."""
    with world.desk.database.write() as connection:
        known = incidents.load(connection, incident)
        assert known is not None
        report: Report = report_of(known)
        alerts = tuple(
            replace(
                one,
                subject=(("persona", known.alerts[one.fingerprint].labels["persona"]),),
                ranking=one.ranking if one.fingerprint == unmeasured else MEASURED,
                gains={"raise-budget": gains.format(**known.alerts[one.fingerprint].labels)},
            )
            for one in report.alerts
        )
        reports.put(
            connection,
            StoredReport(
                incident=incident,
                revision=known.revision,
                complete=True,
                made_at=world.clock.now,
                body=report_to_json(replace(report, alerts=alerts)),
            ),
        )


def offers(world: World, incident: str) -> list[tuple[str, str]]:
    """What is proposed for an incident: target, and why it would be refused."""
    return [(one.change.target, one.refusal) for one in waiting(world, incident)]


def waiting(world: World, incident: str) -> list[Fix]:
    with world.desk.database.read() as connection:
        return [one for one in fixes.of_incident(connection, incident) if one.state is FixState.PROPOSED]


async def propose_anew(world: World) -> int:
    """Make what was ordered of proposals; how many that were."""
    world.clock.forward(seconds=1)
    await world.run(seconds=0)
    due, world.to_propose[:] = list(world.to_propose), []
    for order in due:
        await world.make(order)
    return len(due)


async def test_each_of_the_worst_alerts_with_evidence_gets_its_fix(world: World) -> None:
    """Two that are slow are two targets; what nothing was measured of waits for somebody to look."""
    names = ("data-scientist", "devops-engineer", "frontend-engineer", "testing-specialist")
    alerts = [ALERT, *map(persona, names)]
    world.knob.firing = alerts
    assert told(world, *alerts) == world.incident
    reported(world, world.incident, unmeasured="devops-engineer")
    await world.make(propose(world.incident, 2))
    assert sorted(offers(world, world.incident)) == [(BACKEND, ""), ("personas/data-scientist/budget", "")]
    assert sorted(one.named for one in waiting(world, world.incident)) == [
        "Raise the budget by 500 tokens (backend-engineer)",
        "Raise the budget by 500 tokens (data-scientist)",
    ]
    assert [one.answers for one in waiting(world, world.incident)] == [True, True]


@pytest.mark.parametrize("lost", ["xx", "?"])
async def test_it_is_proposed_once_though_the_database_goes_away(
    world: World, course: Course, lost: str
) -> None:
    """Nothing would order it anew."""
    course(lost)
    await world.make(propose(world.incident, 1))
    assert offers(world, world.incident) == [(BACKEND, "")]


async def test_a_proposal_made_before_is_named_once_there_are_several(world: World) -> None:
    only = await world.proposed()
    assert only.named == "Raise the budget by 500 tokens"
    world.knob.firing = [ALERT, persona("data-scientist")]
    told(world, *world.knob.firing)
    reported(world, world.incident, unmeasured="a")
    await world.make(propose(world.incident, 2))
    named = {one.id: one.named for one in waiting(world, world.incident)}
    assert named.pop(only.id) == "Raise the budget by 500 tokens (backend-engineer)"
    assert len(named) == 1


async def test_each_proposal_says_what_it_buys_for_its_own_alert(world: World) -> None:
    world.knob.firing = [ALERT, persona("data-scientist")]
    told(world, *world.knob.firing)
    reported(world, world.incident, gains="500 tokens last {persona} long")
    await world.make(propose(world.incident, 2))
    assert sorted(one.buys for one in waiting(world, world.incident)) == [
        "500 tokens last backend-engineer long",
        "500 tokens last data-scientist long",
    ]


async def test_a_value_that_is_changed_by_hand_is_seen_with_the_measure(world: World) -> None:
    """Nobody tells of it; the proposal must not be from a value that it is no longer."""

    class Unchanged:
        async def remeasure(self, incident: Incident, report: Report) -> Report:
            del incident
            return report

    before = await world.proposed()
    refresh = Refresh(world.desk, Unchanged(), timedelta(minutes=1), timedelta(minutes=1))
    world.clock.forward(minutes=2)
    await refresh.run()
    await propose_anew(world)
    assert waiting(world, world.incident) == [before]  # nothing changed, nothing is told
    world.knob.human(2100)
    world.clock.forward(minutes=2)
    await refresh.run()
    await propose_anew(world)
    [after] = waiting(world, world.incident)
    assert (after.change.before, after.change.after) == (2100, 2600)


async def test_a_target_that_is_taken_is_offered_nowhere_else_until_it_is_free_again(world: World) -> None:
    """Another incident of the same target hears of each change; nobody looks for it by the clock."""
    fix = await world.approved()
    other = told(world, alert_of("b", name=NAME, persona="backend-engineer", host="h"), group="other")
    world.knob.firing = [ALERT, alert_of("b", name=NAME, persona="backend-engineer", host="h")]
    reported(world, other)
    await world.make(propose(other, 1))
    assert offers(world, other) == [(BACKEND, "")]
    await world.run(minutes=1)
    assert await propose_anew(world) == 1
    assert offers(world, other) == [(BACKEND, Refusal.TARGET_TAKEN)]
    assert offers(world, world.incident) == []
    await world.people.revert(fix.id, "ann")
    await propose_anew(world)
    assert offers(world, other) == [(BACKEND, Refusal.COOLING_DOWN)]
    assert offers(world, world.incident) == [(BACKEND, Refusal.COOLING_DOWN)]


async def test_what_had_to_cool_down_is_offered_when_it_has(world: World) -> None:
    fix = await world.approved()
    await world.run(minutes=1)
    await world.people.revert(fix.id, "ann")
    await propose_anew(world)
    await world.run(seconds=0)
    (order,) = world.to_propose
    assert timedelta(seconds=order.delay) <= world.parts.limits().cooldown
    world.clock.forward(seconds=order.delay)
    await propose_anew(world)
    assert offers(world, world.incident) == [(BACKEND, "")]


@pytest.mark.parametrize("again", [1, 2])
async def test_paused_nothing_is_offered_and_resumed_it_is_again(world: World, again: int) -> None:
    await world.proposed()
    for _ in range(again):
        await world.people.pause("ann", "a release")
        await propose_anew(world)
        assert offers(world, world.incident) == [(BACKEND, Refusal.BREAKER_OPEN)]
        await world.people.resume("ann")
        await propose_anew(world)
        assert offers(world, world.incident) == [(BACKEND, "")]


async def test_what_was_shown_as_refused_is_so_in_the_audit_log_and_in_no_list_of_what_was_done(
    world: World,
) -> None:
    await world.people.pause("ann", "a release")
    await world.proposed()
    await world.people.resume("ann")
    await propose_anew(world)
    with world.desk.database.read() as connection:
        lines = [line.document() for line in audit.read(connection)]
        taken = fixes.newest_taken(connection, 20)
    shown = [line.get("refusal") for line in reversed(lines) if line["happened"] == "proposed"]
    assert shown == [Refusal.BREAKER_OPEN, None]
    assert [line["happened"] for line in lines].count("withdrawn") == 1
    assert taken == ()


async def test_what_is_under_way_is_not_proposed_a_second_time(world: World) -> None:
    await world.approved()
    await world.make(propose(world.incident, 1, 2))
    assert offers(world, world.incident) == []


async def test_several_at_once_propose_it_once(world: World) -> None:
    await asyncio.gather(*(world.make(propose(world.incident, 1, number)) for number in range(1, 5)))
    assert [one for one, _ in offers(world, world.incident)] == [BACKEND]


async def test_what_did_not_last_is_not_done_again_by_itself_even_after_it_cooled_down(
    world: World,
) -> None:
    """The alert came back soon after the lease's end: from then on a person decides."""
    limits = Limits(mode=FixMode.AUTO, auto=frozenset({"raise-budget"}))
    world = replace(world, parts=replace(world.parts, limits=lambda: limits))
    reported(world, world.incident)
    await world.make(propose(world.incident, 1))
    await world.run(minutes=62)
    first = world.fix()
    assert (first.approved_by, first.end) == (BY_RESPONDER, FixEnd.EXPIRED)
    back = (first.ended_at or world.clock.now) + timedelta(minutes=12)
    world.knob.firing = [replace(ALERT, starts_at=back)]
    await propose_anew(world)
    assert offers(world, world.incident) == [(BACKEND, Refusal.COOLING_DOWN)]
    world.clock.forward(minutes=40)
    await world.make(propose(world.incident, 1, 9))
    assert offers(world, world.incident) == [(BACKEND, "")]
    why = "not done by itself: it did not last, the alert came back"
    assert world.fix().why.endswith(f"; {why}")
    await world.run(minutes=5)
    assert (world.fix().state, world.knob.value) == (FixState.PROPOSED, 2000)
