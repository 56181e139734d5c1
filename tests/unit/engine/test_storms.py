"""Storms: begun where incidents are kept, led by a chore, told in one message; on both databases."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from responder.domain.alert import Alert
from responder.domain.errors import Effect, Reason, Unreachable
from responder.domain.ids import new_notification_id
from responder.domain.incident import Incident
from responder.domain.notice import DeliveryState, Receipt
from responder.domain.storm import TOLD_SINGLY, Storm, StormNotice
from responder.engine.asking import Asking
from responder.engine.bulletins import BulletinTelling
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move, Topic
from responder.engine.storms.course import RELEASED, StormCourse
from responder.engine.storms.summary import StormSummary
from responder.engine.storms.watch import StormWatch
from responder.engine.sweep import Sweep
from responder.engine.take_in import take_in_all
from responder.storage import incidents, storms, tables
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of

LIMIT = 4


@dataclass(slots=True)
class Teller:
    """Remembers how the storm was told; raises the errors it is given first."""

    name: str = "slack"
    errors: list[Exception] = field(default_factory=list)
    told: list[StormNotice] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        self.sure.append(sure)
        if self.errors:
            raise self.errors.pop(0)
        self.told.append(notice)
        return Receipt(data={"told": len(self.told), "before": previous is not None})


class World:
    """A replica, or several on one database: what comes in, and the chore."""

    def __init__(self, database: Database, clock: ManualClock, orders: Orders) -> None:
        self.database, self.clock, self.orders = database, clock, orders
        self.desk = self.replica()
        self.teller = Teller()
        self._number = 0

    def replica(self) -> Desk:
        """Another one, or this one after a restart."""
        return Desk(self.database, self.orders, self.clock, ("slack",), StormWatch(LIMIT, ("slack",)))

    def come(self, number: int, severity: str = "warning", *, desk: Desk | None = None) -> list[str]:
        """So many groups of one alert each, in one batch; answers their incidents."""
        desk = desk or self.desk
        first, self._number = self._number, self._number + number
        alerts = [
            alert_of(f"f{n}", name=f"{severity}{n % 3}", severity=severity, start=self.clock.now)
            for n in range(first, first + number)
        ]
        return self.take(desk, *alerts)

    def take(self, desk: Desk, *alerts: Alert) -> list[str]:
        """Each a little later than the one before, so that it is known which is the oldest."""
        now = self.clock.now
        batch = [
            (
                new_notification_id(now),
                notification_of(one, group_key=one.fingerprint, at=now + timedelta(milliseconds=place)),
            )
            for place, one in enumerate(alerts)
        ]
        with desk.work() as work:
            return [incident for taken in take_in_all(desk, work, batch) for incident in taken.incidents]

    def fail(self) -> None:
        """A notification comes, and its transaction fails."""
        with self.desk.work() as work:
            take_in_all(self.desk, work, [("n", notification_of(alert_of()))])
            raise ZeroDivisionError

    def turn(self, desk: Desk | None = None, *, leads: bool = True, **later: float) -> None:
        """The chore's next turn, two seconds later or as much later as it says."""
        self.clock.forward(**(later or {"seconds": 2}))
        StormCourse(desk or self.desk, lambda: leads).run()

    def load(self, incident: str) -> Incident:
        with self.database.read() as connection:
            found = incidents.load(connection, incident)
        assert found is not None
        return found

    def deferred(self, taken: list[str]) -> list[str]:
        return [one for one in taken if self.load(one).deferred]

    def storm(self) -> Storm | None:
        with self.database.read() as connection:
            return storms.current(connection)

    def investigated(self) -> list[str]:
        """Which were ordered since the last time, in the order of the orders."""
        return [str(order.args[0]) for order in self.orders.take(Move.INVESTIGATE)]

    def told(self) -> list[int]:
        """The notices of the summary that were ordered since the last time."""
        return [int(order.id.split("/")[4]) for order in self.orders.take(Move.TELL_STORM)]

    async def tell(self, *told_apart_by: str) -> Told:
        """Make the move as it would be ordered."""
        summary = StormSummary(lambda one: f"https://page/{one.id}", str, told_apart_by)
        tellers = {"slack": self.teller.tell_storm}
        telling = BulletinTelling(self.desk, Topic.STORM, storms.SUMMARIES, tellers, summary)
        storm = self.newest()
        return await telling(f"order/{self.clock.now}", storm.id, "slack", 1)

    def newest(self) -> Storm:
        with self.database.read() as connection:
            found = connection.execute(
                tables.storms.select().order_by(tables.storms.c.began_at.desc())
            ).first()
            assert found is not None
            storm = storms.one(connection, found.id)
        assert storm is not None
        return storm


@pytest.fixture
def world(database: Database, clock: ManualClock, orders: Orders) -> World:
    return World(database, clock, orders)


class TestABeginning:
    def test_as_many_as_the_limit_are_no_storm(self, world: World) -> None:
        taken = world.come(LIMIT)
        world.turn()
        assert (world.storm(), world.deferred(taken)) == (None, [])
        assert world.investigated() == taken

    def test_one_more_is_one_and_is_kept_with_the_order_to_tell_it(self, world: World) -> None:
        world.come(LIMIT)
        world.orders.take()
        last = world.come(1)
        assert world.storm() is not None
        assert world.deferred(last) == last
        assert (world.investigated(), world.told()) == ([], [1])

    def test_those_that_came_five_minutes_before_do_not_count(self, world: World) -> None:
        world.come(LIMIT)
        world.clock.forward(minutes=5)
        world.come(1)
        assert world.storm() is None

    def test_those_that_came_before_the_clock_was_set_back_do_not_count(self, world: World) -> None:
        """They seem to come yet: for an hour every incident would belong to a storm."""
        for _ in range(LIMIT + 2):
            world.clock.forward(minutes=8)
            world.come(1)
        world.clock.forward(hours=-1)
        world.come(1)
        assert world.storm() is None
        world.turn()
        assert world.storm() is None

    def test_what_could_not_be_kept_does_not_count(self, world: World) -> None:
        """A database that refuses again and again makes no storm of one notification."""
        for _ in range(LIMIT + 1):
            with pytest.raises(ZeroDivisionError):
                world.fail()
        world.come(1)
        assert world.storm() is None

    def test_a_batch_that_is_one_by_itself_is_deferred_as_a_whole(self, world: World) -> None:
        taken = world.come(50)
        assert world.deferred(taken) == taken
        assert [order.move for order in world.orders.take()] == [Move.TELL_STORM]

    def test_what_several_replicas_opened_together_is_one(self, world: World) -> None:
        """None of them saw too many; whoever leads counts what is stored."""
        other = world.replica()
        world.come(3)
        world.come(3, desk=other)
        assert world.storm() is None
        world.turn()
        world.turn(other, leads=False)
        assert world.deferred(world.come(1, desk=other))

    def test_two_replicas_that_notice_it_at_once_begin_one(self, world: World) -> None:
        other = world.replica()
        world.come(10)
        world.come(10, desk=other)
        assert world.told() == [1]

    def test_a_restart_in_the_middle_goes_on_with_it(self, world: World) -> None:
        world.come(10)
        storm = world.storm()
        restarted = world.replica()
        world.turn(restarted)
        assert world.storm() == storm
        assert world.deferred(world.come(1, desk=restarted))


class TestWhileItLasts:
    def test_only_the_worst_are_investigated_whenever_they_come(self, world: World) -> None:
        first = world.come(TOLD_SINGLY, "warning")
        world.clock.forward(seconds=1)
        world.come(100, "warning")
        world.turn()
        assert set(world.investigated()) == set(first)  # of the same severity the oldest
        grave = world.come(3, "critical")
        world.turn()
        assert sorted(world.investigated()) == sorted(grave)

    def test_more_alerts_are_worse_than_one(self, world: World) -> None:
        world.come(100)
        big = [alert_of(f"big{n}", name="Big", severity="warning") for n in range(5)]
        with world.desk.work() as work:
            [taken] = take_in_all(world.desk, work, [("n", notification_of(*big, group_key="big"))])
        world.turn()
        assert taken.incidents[0] in world.investigated()

    def test_the_place_of_one_that_ended_is_taken_by_the_next(self, world: World) -> None:
        world.come(TOLD_SINGLY)
        world.clock.forward(seconds=1)
        [next_one] = world.come(1)
        world.turn()
        world.orders.take()
        world.take(world.desk, alert_of("f0", name="warning0", severity="warning", end=world.clock.now))
        world.turn()
        assert world.investigated() == [next_one]

    def test_the_others_are_closed_as_usual_and_not_told(self, world: World) -> None:
        taken = world.come(100)
        world.turn()
        world.orders.take()
        world.take(world.desk, alert_of("f50", name="warning2", severity="warning", end=world.clock.now))
        assert [order.move for order in world.orders.take()] == [Move.END]
        assert not world.load(taken[50]).open

    def test_the_sweep_leaves_them_alone(self, world: World) -> None:
        world.come(100)
        world.clock.forward(minutes=3)
        Sweep(world.desk).run()
        assert not world.orders.take(Move.TELL)
        assert world.investigated() == []

    async def test_one_that_somebody_asks_for_is_investigated(self, world: World) -> None:
        taken = world.come(100)
        world.turn()
        world.orders.take()
        reply = await Asking(world.desk).investigate(taken[90], "ada")
        assert reply.incident is not None
        assert not reply.incident.deferred
        assert world.investigated() == [taken[90]]

    async def test_one_that_somebody_takes_is_investigated_and_told(self, world: World) -> None:
        """Its page has to know who has it; whoever has it wants to know what is wrong."""
        taken = world.come(100)
        world.turn()
        world.orders.take()
        await Asking(world.desk).take(taken[90], "ada")
        assert not world.load(taken[90]).deferred
        assert world.investigated() == [taken[90]]

    async def test_one_that_is_over_stays_untold_when_somebody_takes_it(self, world: World) -> None:
        taken = world.come(100)
        world.take(world.desk, alert_of("f90", name="warning0", severity="warning", end=world.clock.now))
        world.orders.take()
        await Asking(world.desk).take(taken[90], "ada")
        assert world.load(taken[90]).deferred
        assert not world.orders.take()

    async def test_its_summary_is_edited_when_the_counts_changed_and_not_too_often(
        self, world: World
    ) -> None:
        world.come(10)
        await world.tell()
        world.turn()
        world.told()
        world.come(1)
        world.turn(seconds=1)
        assert world.told() == []  # a moment ago
        world.turn(seconds=5)
        assert world.told() == [2]
        await world.tell()
        world.turn(seconds=30)
        assert world.told() == []  # nothing new


class TestItsEnd:
    def test_those_still_open_go_on_a_portion_at_a_time(self, world: World) -> None:
        taken = world.come(TOLD_SINGLY + RELEASED + 5)
        world.turn()
        world.orders.take()
        world.turn(minutes=5)
        assert (world.storm(), world.investigated()) == (None, [])
        portions = []
        for _ in range(3):
            world.turn()
            portions.append(len(world.investigated()))
        assert portions == [RELEASED, 5, 0]
        assert world.deferred(taken) == []

    def test_those_closed_meanwhile_are_never_told(self, world: World) -> None:
        taken = world.come(100)
        world.turn()
        world.take(world.desk, alert_of("f99", name="warning0", severity="warning", end=world.clock.now))
        world.turn(minutes=5)
        for _ in range(3):
            world.turn()
        assert taken[99] not in world.investigated()
        assert world.load(taken[99]).deferred

    def test_one_of_these_that_comes_back_later_is_told(self, world: World) -> None:
        taken = world.come(100)
        world.turn()
        world.take(world.desk, alert_of("f99", name="warning0", severity="warning", end=world.clock.now))
        world.turn(minutes=5)
        world.turn()
        world.orders.take()
        again = alert_of("f99", name="warning0", severity="warning", start=world.clock.now)
        assert world.take(world.desk, again) == [taken[99]]
        world.turn()
        assert world.investigated() == [taken[99]]

    def test_it_does_not_end_and_begin_all_the_time(self, world: World) -> None:
        """It goes on while there come more than half as many as make one."""
        world.come(LIMIT + 1)
        storm = world.storm()
        for _ in range(10):
            world.turn(minutes=1.6)
            world.come(1)
        assert storm is not None
        assert world.newest().id == storm.id
        assert world.storm() is not None

    def test_a_replica_that_slept_does_not_begin_it_again(self, world: World) -> None:
        """It had looked before it slept, and the one that leads by now has ended the storm."""
        world.come(10)
        slept = world.storm()
        world.turn(minutes=6)
        assert slept is not None
        with world.database.write() as connection:
            assert not storms.update(connection, replace(slept, notice=slept.notice + 1))
        assert world.storm() is None

    def test_a_second_one_takes_over_what_the_first_left(self, world: World) -> None:
        world.come(300)
        world.turn()
        world.turn(minutes=5)
        world.orders.take()
        world.come(LIMIT + 1, "critical")
        world.turn()
        assert len(world.investigated()) == TOLD_SINGLY


class TestItsSummary:
    async def test_counts_and_names_the_worst(self, world: World) -> None:
        world.come(30, "warning")
        world.come(6, "critical")
        assert await world.tell() is Told.DELIVERED
        [notice] = world.teller.told
        assert (notice.open, notice.closed, notice.critical) == (36, 0, 6)
        assert notice.kinds[0].severity == "critical"
        assert [one.incident.severity for one in notice.worst] == ["critical"] * 5
        assert notice.worst[0].page_url.startswith("https://page/")

    async def test_says_what_its_alerts_are_like_by_what_it_is_chosen_where_they_are_told(
        self, world: World
    ) -> None:
        world.take(
            world.desk,
            *(
                alert_of(f"g{n}", start=world.clock.now, severity="warning", team=f"t{n % 2}")
                for n in range(6)
            ),
        )
        world.come(2, "critical")
        await world.tell("team")
        by_team = [(one.severity.value, one.labels.get("team")) for one in world.teller.told[0].members]
        assert sorted(by_team, key=str) == [("critical", None), ("warning", "t0"), ("warning", "t1")]

    async def test_looks_at_no_labels_where_nothing_is_chosen_by_them(self, world: World) -> None:
        world.come(6, "critical")
        await world.tell()
        assert [dict(one.labels) for one in world.teller.told[0].members] == [{}]

    async def test_has_those_too_that_came_before_it_was_one(self, world: World) -> None:
        world.come(LIMIT)
        world.clock.forward(minutes=4)
        world.come(1)
        await world.tell()
        assert world.teller.told[0].open == LIMIT + 1

    async def test_is_told_once_for_each_notice(self, world: World) -> None:
        world.come(10)
        assert [await world.tell(), await world.tell()] == [Told.DELIVERED, Told.NOTHING_NEW]

    async def test_says_at_the_end_what_was_and_nothing_that_came_later(self, world: World) -> None:
        world.come(10)
        world.turn()
        world.turn(minutes=5)
        world.clock.forward(minutes=1)
        world.come(1)
        await world.tell()
        [notice] = world.teller.told
        assert notice.storm.over
        assert notice.open == 10

    async def test_that_could_not_be_told_is_tried_again(self, world: World) -> None:
        world.come(10)
        world.orders.take()
        world.teller.errors = [Unreachable("Slack", Reason.TIMEOUT)]
        assert await world.tell() is Told.RETRYING
        [again] = world.orders.take(Move.TELL_STORM)
        assert again.delay == 2
        world.clock.forward(seconds=2)
        assert await world.tell() is Told.DELIVERED
        assert world.teller.sure == [True, False]

    async def test_whose_turn_has_not_come_waits_and_may_be_sure(self, world: World) -> None:
        world.come(10)
        world.orders.take()
        world.teller.errors = [Unreachable("Slack", Reason.RATE_LIMITED, retry_after=7, effect=Effect.NONE)]
        assert await world.tell() is Told.PACED
        [again] = world.orders.take(Move.TELL_STORM)
        assert again.delay == 7
        with world.database.read() as connection:
            delivery = storms.SUMMARIES.delivery(connection, world.newest().id, "slack")
        assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.WAITING, 0, "")
        world.clock.forward(seconds=7)
        assert await world.tell() is Told.DELIVERED
        assert world.teller.sure == [True, True]

    async def test_that_nobody_told_is_ordered_again(self, world: World) -> None:
        """The order, or its wake, was lost."""
        world.come(10)
        world.orders.take()
        world.turn(seconds=3)
        assert [order.args[2] for order in world.orders.take(Move.TELL_STORM)] == [2]
        world.turn(seconds=1)
        assert world.told() == []  # not at every turn


def test_a_limit_can_be_so_high_that_there_is_never_a_storm(world: World) -> None:
    desk = replace(world.desk, storms=StormWatch(1_000_000))
    world.come(500, desk=desk)
    assert world.storm() is None
