"""The database goes away while a move is taken up, or in the middle of it.

The move is made once the database is back. What was done outside is kept, and not done once more.
"""

import asyncio
from datetime import datetime

import pytest

from responder.domain.errors import Busy, Reason, Unreachable
from responder.domain.incident import EventKind
from responder.domain.notice import NotYet, Receipt
from responder.engine import desk as module
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.investigating import Investigated, Investigating
from responder.engine.orders import Move
from responder.engine.telling import Telling
from responder.engine.tidying import Tidied, Tidying
from responder.storage import timeline
from responder.storage.database import Database
from responder.testing.away import Course
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, ScriptedInvestigator, ScriptedNotifier
from responder.testing.storm_world import StormWorld

DOWN = Unreachable("Slack", Reason.TIMEOUT, "no answer")
NOBODY_YET = NotYet(Receipt(), "nobody to say it to")


class NoAnswer:
    """Looks for what stands twice, and gets no answer."""

    name = "slack"

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:
        raise DOWN


@pytest.mark.parametrize(("lost", "sure"), [("xxx", True), ("?", False)])
async def test_telling_is_taken_up_however_that_was_heard(  # noqa: PLR0913 - a table
    telling: Telling, slack: ScriptedNotifier, incident: str, course: Course, lost: str, *, sure: bool
) -> None:
    """Taken up unheard, it was nobody's for as long as its lease."""
    course(lost)
    assert await telling("o", incident, "slack", 1) is Told.DELIVERED
    assert slack.sure == [sure]


@pytest.mark.parametrize("lost", ["xxx", "?"])
async def test_telling_a_storm_is_taken_up(stormy: StormWorld, course: Course, lost: str) -> None:
    stormy.come(10)
    course(lost)
    assert await stormy.tell() is Told.DELIVERED


@pytest.mark.parametrize("lost", ["xxx", "?"])
async def test_looking_for_what_stands_twice_is_taken_up(
    telling: Telling, desk: Desk, incident: str, course: Course, lost: str
) -> None:
    """No sweep would order it anew."""
    await telling("o", incident, "slack", 1)
    course(lost)
    assert await Tidying(desk, {"slack": NoAnswer()})("t", incident, "slack", 1) is Tidied.RETRYING


@pytest.mark.parametrize("lost", ["xxx", "?"])
async def test_an_investigation_is_taken_up(desk: Desk, incident: str, course: Course, lost: str) -> None:
    investigator = ScriptedInvestigator()
    course(lost)
    assert await Investigating(desk, investigator)("o", incident, 1, 1) is Investigated.DONE
    assert len(investigator.asked) == 1


@pytest.mark.parametrize(
    ("errors", "outcome"), [([], Told.DELIVERED), ([DOWN], Told.RETRYING), ([NOBODY_YET], Told.NOT_YET)]
)
async def test_what_telling_came_to_is_kept(  # noqa: PLR0913, PLR0917 - a table
    telling: Telling, slack: ScriptedNotifier, incident: str, course: Course,
    errors: list[Exception], outcome: Told,
) -> None:  # fmt: skip
    slack.errors = [*errors]
    course(".xxx")
    assert await telling("o", incident, "slack", 1) is outcome
    assert slack.sure == [True]


async def test_what_was_told_and_kept_unheard_is_told_by_nobody_again(
    telling: Telling, slack: ScriptedNotifier, incident: str, course: Course, orders: Orders
) -> None:
    """It can't be known that it was kept; so what may stand there twice is looked for."""
    course(".?")
    assert await telling("o", incident, "slack", 1) is Told.LOST
    assert await telling("o2", incident, "slack", 1) is Told.NOTHING_NEW
    assert len(slack.told) == 1
    assert len(orders.take(Move.TIDY)) == 1


async def test_what_telling_a_storm_came_to_is_kept(stormy: StormWorld, course: Course) -> None:
    stormy.come(10)
    course(".xxx")
    assert await stormy.tell() is Told.DELIVERED
    assert stormy.teller.sure == [True]


async def test_that_what_stands_twice_must_be_looked_for_again_is_kept(
    telling: Telling, desk: Desk, incident: str, course: Course, orders: Orders
) -> None:
    await telling("o", incident, "slack", 1)
    course(".xxx")
    assert await Tidying(desk, {"slack": NoAnswer()})("t", incident, "slack", 1) is Tidied.RETRYING
    assert len(orders.take(Move.TIDY)) == 1


@pytest.mark.parametrize("lost", ["xxx", "?"])
async def test_what_was_found_out_is_kept_once(
    desk: Desk, incident: str, course: Course, database: Database, lost: str
) -> None:
    investigator = ScriptedInvestigator()
    course("." + lost)
    await Investigating(desk, investigator)("o", incident, 1, 1)
    assert len(investigator.asked) == 1
    with database.read() as connection:
        said = [event.kind for event in timeline.of(connection, incident)]
    assert said.count(EventKind.INVESTIGATED) == 1


async def test_what_is_shown_before_the_rest_may_be_left_out(
    desk: Desk, incident: str, course: Course
) -> None:
    investigator = ScriptedInvestigator(partial=True)
    course(".x.")
    assert await Investigating(desk, investigator)("o", incident, 1, 1) is Investigated.DONE


async def test_what_another_one_took_up_meanwhile_is_theirs(
    desk: Desk, incident: str, course: Course, clock: ManualClock
) -> None:
    """The same order was given to another replica, because this one was silent for long."""
    wakes, ends = asyncio.Event(), asyncio.Event()
    investigator = ScriptedInvestigator(hold=wakes)
    late = asyncio.create_task(Investigating(desk, investigator)("o", incident, 1, 1))
    await investigator.begun.wait()
    clock.forward(seconds=20)
    other = ScriptedInvestigator(hold=ends)
    taken_over = asyncio.create_task(Investigating(desk, other)("o", incident, 1, 1))
    await other.begun.wait()
    course("x")
    wakes.set()
    assert await late is Investigated.NOT_DUE
    ends.set()
    assert await taken_over is Investigated.DONE


async def test_it_does_not_insist_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INSISTS", 0.0)
    monkeypatch.setattr(module, "INSISTS_EVERY", 0.0)
    tried = 0

    def keep() -> None:
        nonlocal tried
        tried += 1
        raise Busy("away")

    with pytest.raises(Busy):
        await desk.insist(keep)
    assert tried == 2
