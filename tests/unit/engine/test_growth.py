"""An alert that grew out of another: two messages, linked both ways; on both databases."""

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from responder.diagnose.registry import specs
from responder.domain.alert import Notification
from responder.domain.notice import Kin
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.growth import Growth, kin_of
from responder.engine.investigating import Investigated, Investigating
from responder.engine.orders import Move
from responder.engine.take_in import Taken
from responder.engine.telling import Telling
from responder.playbook.load import load
from responder.resources import resource_dir
from responder.storage import incidents
from responder.storage.database import Database, lock_names
from responder.testing.clock import ManualClock
from responder.testing.engine import (
    Orders,
    ScriptedInvestigator,
    ScriptedNotifier,
    alert_of,
    minutes,
    notification_of,
)

Take = Callable[[Notification], Taken]
EARLY, LATE = "TokenBudgetDepletionPredicted", "TokenBudgetExceeded"
PLAYBOOKS = load(resource_dir("playbooks"), specs())


@pytest.fixture
def investigate(desk: Desk) -> Investigating:
    return Investigating(desk, ScriptedInvestigator(), growth=Growth(desk, lambda: PLAYBOOKS))


def fires(take: Take, name: str, persona: str, at: float, *, ends: float | None = None) -> str:
    """The incident of an alert of this name, over after so many minutes if it ends."""
    fingerprint = f"{name}{persona}"
    [incident] = take(
        notification_of(
            alert_of(fingerprint, name=name, persona=persona, start=minutes(at)),
            group_key=fingerprint,
            at=minutes(at),
        )
    ).incidents
    if ends is not None:
        over = alert_of(fingerprint, name=name, persona=persona, start=minutes(at), end=minutes(ends))
        take(notification_of(over, group_key=fingerprint, at=minutes(ends)))
    return incident


def kin(database: Database, incident: str) -> tuple[Kin, ...]:
    with database.read() as connection:
        return kin_of(connection, incident, lambda one: f"https://page/{one.id}")


async def test_both_know_of_each_other(investigate: Investigating, take: Take, database: Database) -> None:
    early = fires(take, EARLY, "architect", 0)
    late = fires(take, LATE, "architect", 20)
    assert await investigate("o", late, 1, 1) is Investigated.DONE
    [of_late], [of_early] = kin(database, late), kin(database, early)
    assert (of_late.incident, of_late.alert_name, of_late.grew_from) == (early, EARLY, True)
    assert (of_early.incident, of_early.alert_name, of_early.grew_from) == (late, LATE, False)
    assert of_early.url == f"https://page/{late}"


async def test_the_message_of_the_earlier_one_is_edited_once(
    investigate: Investigating, take: Take, orders: Orders
) -> None:
    early = fires(take, EARLY, "architect", 0)
    late = fires(take, LATE, "architect", 20)
    orders.take()
    await investigate("o", late, 1, 1)
    assert [order.args[:2] for order in orders.take(Move.TELL) if order.args[0] == early] == [
        (early, "console"),
        (early, "slack"),
    ]
    again = notification_of(alert_of("more", name=LATE, persona="architect"), group_key=f"{LATE}architect")
    take(again)
    await investigate("o2", late, 2, 1)
    assert [order for order in orders.take(Move.TELL) if order.args[0] == early] == []


async def test_whoever_tells_is_told_of_it(investigate: Investigating, take: Take, desk: Desk) -> None:
    early, late = fires(take, EARLY, "architect", 0), fires(take, LATE, "architect", 20)
    slack = ScriptedNotifier("slack")
    telling = Telling(desk, {"slack": slack}, lambda one: f"https://page/{one.id}")
    assert await telling("t0", early, "slack", 1) is Told.DELIVERED
    await investigate("o", late, 1, 1)
    assert await telling("t1", late, "slack", 1) is Told.DELIVERED
    assert await telling("t2", early, "slack", 1) is Told.DELIVERED
    before, of_late, of_early = (notice.kin for notice in slack.told)
    assert before == ()
    assert of_late[0].receipt.data == {"told": 1}  # where the earlier one's message is
    assert of_early[0].incident == late


@pytest.mark.parametrize(
    ("persona", "opens", "ends", "related"),
    [
        ("architect", 0, None, True),
        ("architect", 0, 65, True),  # over for less than an hour when the other began
        ("architect", 0, 59, False),
        ("architect", 121, None, False),  # it came later
        ("reviewer", 0, None, False),  # somebody else's budget
        ("", 0, None, False),
    ],
)
async def test_what_it_grew_out_of(  # noqa: PLR0913, PLR0917 - a table
    investigate: Investigating, take: Take, database: Database, clock: ManualClock,
    persona: str, opens: float, ends: float | None, related: bool,  # noqa: FBT001 - a table
) -> None:  # fmt: skip
    early = fires(take, EARLY, persona, opens, ends=ends)
    late = fires(take, LATE, "architect", 120)
    clock.forward(hours=2)
    await investigate("o", late, 1, 1)
    assert [one.incident for one in kin(database, late)] == ([early] if related else [])


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_intake_and_it_never_wait_for_each_other(
    investigate: Investigating, take: Take, desk: Desk, database: Database
) -> None:
    """Intake holds the earlier incident and then wants the later one, which is being investigated."""
    early, late = fires(take, EARLY, "architect", 0), fires(take, LATE, "architect", 20)
    with desk.work() as intake:
        lock_names(intake.connection, {EARLY, LATE})
        incidents.load(intake.connection, early, for_change=True)
        investigation = asyncio.create_task(investigate("o", late, 1, 1))
        async with asyncio.timeout(20):
            while not await desk.aside(lambda: waits_for_a_lock(database)):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        incidents.load(intake.connection, late, for_change=True)
    assert await investigation is Investigated.DONE
    assert [one.incident for one in kin(database, late)] == [early]


def waits_for_a_lock(database: Database) -> bool:
    activity = sa.table("pg_stat_activity", sa.column("wait_event_type"), sa.column("datname"))
    here = activity.c.datname == sa.func.current_database()
    query = sa.select(activity).where(activity.c.wait_event_type == "Lock", here)
    with database.read() as connection:
        return connection.execute(query).first() is not None


async def test_a_playbook_that_names_nothing_grows_from_nothing(
    investigate: Investigating, take: Take, database: Database
) -> None:
    fires(take, LATE, "architect", 0)
    other = fires(take, EARLY, "architect", 20)
    await investigate("o", other, 1, 1)
    assert kin(database, other) == ()
