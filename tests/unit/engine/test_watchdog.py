"""The watchdog: missed when it should have come and could be heard, told once and until it is over."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from responder.domain.alert import WATCHDOG
from responder.domain.errors import Reason, Unreachable
from responder.domain.ids import new_loss_id, new_notification_id
from responder.domain.notice import Receipt
from responder.domain.watchdog import Expected, Loss, LossNotice
from responder.engine.bulletins import BulletinTelling
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move, Topic, tell_queue
from responder.engine.take_in import take_in
from responder.engine.watchdog.course import GAP, WatchdogCourse, WatchdogRule
from responder.engine.watchdog.notice import LossBulletin
from responder.metrics import REGISTRY
from responder.storage import retention, tables, watchdog
from responder.storage.database import Database
from responder.storage.retention import Kept
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of

LOST_AFTER = timedelta(minutes=10)


@dataclass(slots=True)
class Teller:
    """Remembers what it was told; raises the errors it is given first."""

    errors: list[Exception] = field(default_factory=list)
    told: list[LossNotice] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)

    async def tell_loss(self, notice: LossNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        self.sure.append(sure)
        if self.errors:
            raise self.errors.pop(0)
        self.told.append(notice)
        return Receipt(data={"told": len(self.told), "before": previous is not None})


class Site:
    """A replica, or several on one database, that look again and again."""

    def __init__(self, desk: Desk, orders: Orders, clock: ManualClock) -> None:
        self.desk, self.orders, self.clock = desk, orders, clock
        self.expected = Expected.ONCE_HEARD
        self.leads = True
        self.teller = Teller()

    @property
    def course(self) -> WatchdogCourse:
        """Made anew each time: it keeps nothing in memory, so that each look is one after a restart."""
        rule = WatchdogRule(self.expected, LOST_AFTER)
        return WatchdogCourse(self.desk, rule, ("slack",), lambda: self.leads)

    def hear(self, receiver: str = "watchdog", *, end: datetime | None = None) -> None:
        alert = alert_of("w", name=WATCHDOG, start=self.clock.now, end=end)
        notification = notification_of(alert, receiver=receiver, at=self.clock.now)
        with self.desk.work() as work:
            take_in(self.desk, work, new_notification_id(self.clock.now), notification)

    def look(self, **during: float) -> None:
        """Go on looking for so long, as often as is needed to see no gap."""
        end = self.clock.now + timedelta(**during)
        while self.clock.now < end:
            self.clock.now = min(end, self.clock.now + timedelta(seconds=45))
            self.course.run()

    def told(self) -> list[int]:
        """The notices that were ordered since the last time, and not only healed."""
        ordered = self.orders.take(Move.TELL_WATCHDOG)
        return [int(order.id.split("/")[4]) for order in ordered if order.args[2] == 1]

    async def tell(self) -> Told:
        """Make the move as it would be ordered."""
        tellers = {"slack": self.teller.tell_loss}
        bulletin = LossBulletin(lambda: "https://list")
        telling = BulletinTelling(self.desk, Topic.WATCHDOG, watchdog.BULLETINS, tellers, bulletin)
        with self.desk.database.read() as connection:
            loss = connection.scalar(sa.select(tables.losses.c.id))
        return await telling(f"order/{self.clock.now}", str(loss), "slack", 1)


@pytest.fixture
def site(desk: Desk, orders: Orders, clock: ManualClock) -> Site:
    return Site(desk, orders, clock)


class TestWhenItIsMissed:
    def test_never_where_it_was_never_heard(self, site: Site) -> None:
        """Who has no such rule gets no false alarm."""
        site.look(minutes=40)
        assert site.told() == []
        assert site.course.stands().said(site.clock.now) == "has never come, and is not expected"

    def test_never_while_it_comes(self, site: Site) -> None:
        for _ in range(20):
            site.hear()
            site.look(minutes=3)
        assert site.told() == []

    def test_once_it_has_not_come_for_so_long(self, site: Site) -> None:
        site.look(minutes=1)
        site.hear()
        site.look(minutes=9.75)
        assert site.told() == []
        site.look(seconds=15)
        assert site.told() == [1]
        assert not site.course.stands().fine

    def test_and_is_told_once_however_long_it_lasts(self, site: Site) -> None:
        site.hear()
        site.look(minutes=40)
        assert site.told() == [1]

    def test_where_it_is_always_expected_also_if_it_never_came(self, site: Site) -> None:
        site.expected = Expected.ALWAYS
        site.look(minutes=9)
        assert site.told() == []
        site.look(minutes=2)
        assert site.told() == [1]

    def test_never_where_it_is_not_expected(self, site: Site) -> None:
        site.expected = Expected.NEVER
        site.hear()
        site.look(minutes=40)
        assert site.told() == []

    def test_also_if_it_only_resolves(self, site: Site) -> None:
        """A resolved watchdog is a rule that was taken away: nothing that fires."""
        site.hear()
        for _ in range(5):
            site.look(minutes=2.5)
            site.hear(end=site.clock.now)
        assert site.told() == [1]

    def test_by_whichever_receiver_it_came(self, site: Site) -> None:
        site.hear("of before")
        for _ in range(5):
            site.look(minutes=5)
            site.hear("of now")
        assert site.told() == []


class TestWhatIsNoLoss:
    def test_that_the_responder_itself_was_down(self, site: Site) -> None:
        """Nobody could hear it: the time begins anew at the start."""
        site.look(minutes=1)
        site.hear()
        site.clock.forward(hours=3)
        site.look(minutes=9)
        assert site.told() == []
        site.look(minutes=2)
        assert site.told() == [1]

    def test_that_another_replica_took_over(self, site: Site) -> None:
        """Less than a gap: the time goes on, so that restarts again and again don't hide a loss."""
        site.look(minutes=1)
        site.hear()
        for _ in range(13):
            site.look(seconds=15)
            site.clock.forward(seconds=GAP.total_seconds() - 20)
        assert site.told() == [1]

    @pytest.mark.parametrize("hours", [1, -1])
    def test_that_the_clock_jumped(self, site: Site, hours: int) -> None:
        site.look(minutes=1)
        site.hear()
        site.clock.forward(hours=hours)
        site.look(minutes=2)
        site.hear()
        site.look(minutes=9)
        assert site.told() == []
        site.look(minutes=2)
        assert site.told() == [1]

    def test_a_clock_set_back_does_not_hide_one(self, site: Site) -> None:
        """It was last heard in the future, and never again."""
        site.look(minutes=1)
        site.hear()
        site.clock.forward(hours=-5)
        site.look(minutes=11)
        assert site.told() == [1]

    def test_replicas_that_do_not_lead_only_look(self, site: Site) -> None:
        site.hear()
        site.leads = False
        site.look(minutes=30)
        assert site.told() == []
        assert _metric("responder_watchdog_heard_timestamp_seconds") > 0


class TestItsEnd:
    def test_is_told_when_it_comes_again(self, site: Site) -> None:
        site.hear()
        site.look(minutes=12)
        assert _metric("responder_watchdog_lost") == 1
        site.told()
        site.hear()
        site.look(seconds=15)
        assert site.told() == [2]
        site.look(seconds=15)
        assert _metric("responder_watchdog_lost") == 0
        assert site.course.stands().fine

    def test_the_next_loss_is_another_one(self, site: Site) -> None:
        for _ in range(2):
            site.hear()
            site.look(minutes=11)
        assert site.told() == [1, 2, 1]

    def test_is_told_when_it_is_not_expected_any_longer(self, site: Site) -> None:
        site.hear()
        site.look(minutes=11)
        site.told()
        site.expected = Expected.NEVER
        site.look(seconds=15)
        assert site.told() == [2]

    def test_of_two_replicas_that_notice_it_at_once_one_tells_it(self, site: Site) -> None:
        now = site.clock.now
        losses = [
            Loss(id=new_loss_id(now), heard_at=None, lost_at=now, notice=1, changed_at=now) for _ in "ab"
        ]
        with site.desk.database.write() as connection:
            assert [watchdog.begin(connection, loss) for loss in losses] == [True, False]
            over = replace(losses[0], over_at=now, notice=2)
            assert [watchdog.end(connection, over) for _ in "ab"] == [True, False]


class TestItsMessage:
    async def test_says_when_it_was_heard_and_then_that_it_came_back(self, site: Site) -> None:
        heard = site.clock.now
        site.hear()
        site.look(minutes=11)
        assert await site.tell() is Told.DELIVERED
        site.hear()
        site.look(seconds=15)
        assert await site.tell() is Told.DELIVERED
        lost, back = site.teller.told
        assert (lost.loss.heard_at, lost.loss.over) == (heard, False)
        assert (back.loss.over, back.loss.came_back, back.id) == (True, True, lost.id)
        assert site.teller.sure == [True, True]

    async def test_that_could_not_be_told_is_tried_again(self, site: Site) -> None:
        site.hear()
        site.look(minutes=11)
        site.orders.take()
        site.teller.errors = [Unreachable("Slack", Reason.TIMEOUT)]
        assert await site.tell() is Told.RETRYING
        [again] = site.orders.take(Move.TELL_WATCHDOG)
        assert (again.delay, again.queue) == (2, tell_queue("slack"))
        site.clock.forward(seconds=2)
        assert await site.tell() is Told.DELIVERED
        assert site.teller.sure == [True, False]

    async def test_that_was_due_before_the_start_may_have_been_told(self, site: Site) -> None:
        """The database may be a backup from before it was told."""
        site.hear()
        site.look(minutes=11)
        site.clock.forward(seconds=1)
        site.desk = Desk(site.desk.database, site.orders, site.clock, ("slack",))
        assert await site.tell() is Told.DELIVERED
        site.hear()
        site.look(seconds=15)
        assert await site.tell() is Told.DELIVERED
        assert site.teller.sure == [False, True]

    def test_that_nobody_told_is_ordered_again(self, site: Site) -> None:
        """The order, or its wake, was lost."""
        site.hear()
        site.look(minutes=11)
        site.orders.take()
        site.look(seconds=30)
        assert [order.args[2] for order in site.orders.take(Move.TELL_WATCHDOG)] == [2]


def test_what_is_over_for_long_is_forgotten(site: Site, database: Database) -> None:
    site.hear()
    site.look(minutes=11)
    with database.write() as connection:
        retention.forget(connection, Kept.INCIDENTS, site.clock.now + timedelta(days=1), 10)
        assert watchdog.current(connection) is not None  # it isn't over
    site.hear()
    site.look(seconds=15)
    with database.write() as connection:
        retention.forget(connection, Kept.INCIDENTS, site.clock.now + timedelta(days=1), 10)
        assert connection.execute(tables.losses.select()).first() is None


def _metric(name: str) -> float:
    value = REGISTRY.get_sample_value(name)
    assert value is not None
    return value
