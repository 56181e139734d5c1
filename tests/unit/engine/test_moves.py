"""The moves of an incident by themselves: investigating it, and how it ended; on both databases."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from responder.domain.alert import Notification
from responder.domain.errors import Reason, Unreachable
from responder.domain.fix import FixEnd, FixState, proposed
from responder.domain.incident import Ending, EventKind, Incident
from responder.engine.asking import Asking, Heard
from responder.engine.desk import Desk
from responder.engine.ending import Ended, EndingMove
from responder.engine.fixing.ledger import Ledger
from responder.engine.investigating import Investigated, Investigating
from responder.engine.orders import Move
from responder.engine.take_in import Taken
from responder.storage import fixes, reports, timeline
from responder.storage.database import Database
from responder.testing.away import Course
from responder.testing.clock import ManualClock
from responder.testing.engine import (
    Orders,
    ScriptedAssessor,
    ScriptedInvestigator,
    alert_of,
    minutes,
    notification_of,
)
from responder.testing.fixes import a_lease

Take = Callable[[Notification], Taken]
Load = Callable[[str], Incident]


@pytest.fixture
def investigator() -> ScriptedInvestigator:
    return ScriptedInvestigator()


@pytest.fixture
def investigating(desk: Desk, investigator: ScriptedInvestigator) -> Investigating:
    return Investigating(desk, investigator)


async def test_a_finished_investigation_is_kept_and_told(
    investigating: Investigating, incident: str, orders: Orders, database: Database
) -> None:
    assert await investigating("o", incident, 1, 1) is Investigated.DONE
    assert [order.id for order in orders.take(Move.TELL)] == [
        f"tell/{incident}/console/2",
        f"tell/{incident}/slack/2",
    ]
    with database.read() as connection:
        stored = reports.newest(connection, incident)
        said = timeline.of(connection, incident)
    assert stored is not None
    assert stored.complete
    assert [event.kind for event in said] == [EventKind.OPENED, EventKind.INVESTIGATED]


async def test_an_order_that_is_run_again_finds_nothing_to_do(
    investigating: Investigating, incident: str, investigator: ScriptedInvestigator
) -> None:
    await investigating("o", incident, 1, 1)
    assert await investigating("o", incident, 1, 1) is Investigated.NOT_DUE
    assert len(investigator.asked) == 1


async def test_what_is_known_is_told_before_the_rest_is(
    investigating: Investigating,
    investigator: ScriptedInvestigator,
    incident: str,
    orders: Orders,
    load: Load,
) -> None:
    investigator.partial = True
    await investigating("o", incident, 1, 1)
    notices = [order.id.rsplit("/", 1)[1] for order in orders.take(Move.TELL)]
    assert notices == ["2", "2", "3", "3"]
    assert load(incident).notice == 3


async def test_one_at_a_time_and_the_newest_next(
    investigating: Investigating,
    investigator: ScriptedInvestigator,
    incident: str,
    take: Take,
    orders: Orders,
) -> None:
    """While one runs, news comes twice: nothing runs beside it, and then only the newest is asked."""
    investigator.hold = asyncio.Event()
    first = asyncio.create_task(investigating("o1", incident, 1, 1))
    await investigator.begun.wait()
    take(notification_of(alert_of("b"), at=minutes(1)))
    take(notification_of(alert_of("c"), at=minutes(2)))
    assert await investigating("o2", incident, 2, 1) is Investigated.NOT_DUE
    assert await investigating("o3", incident, 3, 1) is Investigated.UNDER_WAY
    orders.take()
    investigator.hold.set()
    assert await first is Investigated.OUTDATED
    ordered = orders.take()
    assert [(order.move, order.args[1]) for order in ordered] == [(Move.INVESTIGATE, 3)]
    again = ordered[0]
    assert await investigating(again.id, *again.args) is Investigated.DONE  # type: ignore[arg-type] # the order's own


async def test_a_failed_investigation_is_told_without_a_report_and_tried_again(
    investigating: Investigating, investigator: ScriptedInvestigator, incident: str, orders: Orders
) -> None:
    orders.take()
    investigator.errors = [ValueError("a bug in a playbook")]
    assert await investigating("o", incident, 1, 1) is Investigated.FAILED
    moves = {order.move: order for order in orders.take()}
    assert moves[Move.INVESTIGATE].delay > 0
    assert moves[Move.INVESTIGATE].id == f"investigate/{incident}/1/2"
    assert Move.TELL in moves


async def test_the_lease_of_a_dead_worker_is_its_orders_own(
    investigating: Investigating, investigator: ScriptedInvestigator, incident: str, clock: ManualClock
) -> None:
    """Killed while it ran: the same order gets on at once, another one only when the lease ran out."""
    investigator.hold = asyncio.Event()
    killed = asyncio.create_task(investigating("o1", incident, 1, 1))
    await investigator.begun.wait()
    killed.cancel()
    investigator.hold = None
    assert await investigating("o2", incident, 1, 2) is Investigated.UNDER_WAY
    assert await investigating("o1", incident, 1, 1) is Investigated.DONE
    clock.forward(minutes=1)


async def test_asking_again_makes_a_new_revision(desk: Desk, incident: str, orders: Orders) -> None:
    orders.take()
    assert (await Asking(desk).investigate(incident, "ada")).heard is Heard.DONE
    assert [order.id for order in orders.take()] == [f"investigate/{incident}/2"]


@pytest.fixture
def closed(take: Take, incident: str, orders: Orders) -> str:
    take(notification_of(alert_of(end=minutes(1)), at=minutes(1)))
    orders.take()
    return incident


async def test_how_it_ended_is_kept_and_told(desk: Desk, closed: str, orders: Orders, load: Load) -> None:
    move = EndingMove(desk, ScriptedAssessor(ending=Ending.GONE))
    assert await move("o", closed, 1) is Ended.DONE
    assert (load(closed).ending, load(closed).ending_text) == (Ending.GONE, "7 then, 1 now")
    assert len(orders.take(Move.TELL)) == 2
    assert await move("o", closed, 1) is Ended.NOT_DUE


@pytest.mark.parametrize(
    ("lost", "outcome"), [("x?..", Ended.DONE), (".xx.", Ended.DONE), (".?", Ended.NOT_DUE)]
)
async def test_how_it_ended_is_kept_once_the_database_is_back(  # noqa: PLR0913, PLR0917 - a table
    desk: Desk, closed: str, orders: Orders, load: Load, course: Course, lost: str, outcome: Ended
) -> None:
    """Kept unheard, the second try finds it done."""
    course(lost)
    assert await EndingMove(desk, ScriptedAssessor(ending=Ending.GONE))("o", closed, 1) is outcome
    assert load(closed).ending is Ending.GONE
    assert len(orders.take(Move.TELL)) == 2


async def test_what_was_proposed_is_withdrawn_when_it_is_over(desk: Desk, closed: str) -> None:
    """Nobody is asked to decide about an incident that has ended."""
    with desk.work() as work:
        lease = a_lease(incident=closed, state=FixState.PROPOSED, due_at=desk.clock() + timedelta(hours=1))
        Ledger(desk).keep(work, proposed(lease))
    assert await EndingMove(desk, ScriptedAssessor(ending=Ending.RECOVERED))("o", closed, 1) is Ended.DONE
    with desk.database.read() as connection:
        (fix,) = fixes.of_incident(connection, closed)
    assert (fix.state, fix.end, fix.end_text) == (FixState.ENDED, FixEnd.EXPIRED, "the alert resolved")


async def test_an_ending_that_can_not_be_measured_is_unknown_after_three_tries(
    desk: Desk, closed: str, orders: Orders, load: Load
) -> None:
    """The first failure has it told that it is over; only the third makes the ending unknown."""
    error = Unreachable("Prometheus", Reason.NO_CONNECTION)
    move = EndingMove(desk, ScriptedAssessor([error, error, error]))
    assert await move("o1", closed, 1) is Ended.RETRYING
    assert {order.move for order in orders.take()} == {Move.END, Move.TELL}
    assert await move("o2", closed, 2) is Ended.RETRYING
    assert load(closed).ending is None
    assert await move("o3", closed, 3) is Ended.DONE
    assert load(closed).ending is Ending.UNKNOWN


async def test_an_incident_that_came_back_meanwhile_has_no_ending(
    desk: Desk, closed: str, take: Take, load: Load
) -> None:
    take(notification_of(alert_of(start=minutes(2)), at=minutes(2)))
    assert await EndingMove(desk, ScriptedAssessor())("o", closed, 1) is Ended.NOT_DUE
    assert load(closed).open
