"""Storms: begun where incidents are kept, led by a chore, told in one message; on both databases."""

from dataclasses import replace

import pytest

from responder.domain.incident import IN_A_STORM, Ending
from responder.domain.storm import TOLD_SINGLY
from responder.engine.asking import Asking
from responder.engine.orders import Move
from responder.engine.storms.watch import StormWatch
from responder.engine.sweep import Sweep
from responder.engine.take_in import take_in_all
from responder.testing.engine import alert_of, notification_of
from responder.testing.storm_world import LIMIT, StormWorld


class TestABeginning:
    def test_as_many_as_the_limit_are_no_storm(self, stormy: StormWorld) -> None:
        taken = stormy.come(LIMIT)
        stormy.turn()
        assert (stormy.storm(), stormy.deferred(taken)) == (None, [])
        assert stormy.investigated() == taken

    def test_one_more_is_one_and_is_kept_with_the_order_to_tell_it(self, stormy: StormWorld) -> None:
        stormy.come(LIMIT)
        stormy.orders.take()
        last = stormy.come(1)
        assert stormy.storm() is not None
        assert stormy.deferred(last) == last
        assert (stormy.investigated(), stormy.told()) == ([], [1])

    def test_those_that_came_five_minutes_before_do_not_count(self, stormy: StormWorld) -> None:
        stormy.come(LIMIT)
        stormy.clock.forward(minutes=5)
        stormy.come(1)
        assert stormy.storm() is None

    def test_those_that_came_before_the_clock_was_set_back_do_not_count(self, stormy: StormWorld) -> None:
        """They seem to come yet: for an hour every incident would belong to a storm."""
        for _ in range(LIMIT + 2):
            stormy.clock.forward(minutes=8)
            stormy.come(1)
        stormy.clock.forward(hours=-1)
        stormy.come(1)
        assert stormy.storm() is None
        stormy.turn()
        assert stormy.storm() is None

    def test_what_could_not_be_kept_does_not_count(self, stormy: StormWorld) -> None:
        """A database that refuses again and again makes no storm of one notification."""
        for _ in range(LIMIT + 1):
            with pytest.raises(ZeroDivisionError):
                stormy.fail()
        stormy.come(1)
        assert stormy.storm() is None

    def test_a_batch_that_is_one_by_itself_is_deferred_as_a_whole(self, stormy: StormWorld) -> None:
        taken = stormy.come(50)
        assert stormy.deferred(taken) == taken
        assert [order.move for order in stormy.orders.take()] == [Move.TELL_STORM]

    def test_what_several_replicas_opened_together_is_one(self, stormy: StormWorld) -> None:
        """None of them saw too many; whoever leads counts what is stored."""
        other = stormy.replica()
        stormy.come(3)
        stormy.come(3, desk=other)
        assert stormy.storm() is None
        stormy.turn()
        stormy.turn(other, leads=False)
        assert stormy.deferred(stormy.come(1, desk=other))

    def test_two_replicas_that_notice_it_at_once_begin_one(self, stormy: StormWorld) -> None:
        other = stormy.replica()
        stormy.come(10)
        stormy.come(10, desk=other)
        assert stormy.told() == [1]

    def test_a_restart_in_the_middle_goes_on_with_it(self, stormy: StormWorld) -> None:
        stormy.come(10)
        storm = stormy.storm()
        restarted = stormy.replica()
        stormy.turn(restarted)
        assert stormy.storm() == storm
        assert stormy.deferred(stormy.come(1, desk=restarted))


class TestWhileItLasts:
    def test_only_the_worst_are_investigated_whenever_they_come(self, stormy: StormWorld) -> None:
        first = stormy.come(TOLD_SINGLY, "warning")
        stormy.clock.forward(seconds=1)
        stormy.come(100, "warning")
        stormy.turn()
        assert set(stormy.investigated()) == set(first)  # of the same severity the oldest
        grave = stormy.come(3, "critical")
        stormy.turn()
        assert sorted(stormy.investigated()) == sorted(grave)

    def test_more_alerts_are_worse_than_one(self, stormy: StormWorld) -> None:
        stormy.come(100)
        big = [alert_of(f"big{n}", name="Big", severity="warning") for n in range(5)]
        with stormy.desk.work() as work:
            [taken] = take_in_all(stormy.desk, work, [("n", notification_of(*big, group_key="big"))])
        stormy.turn()
        assert taken.incidents[0] in stormy.investigated()

    def test_the_place_of_one_that_ended_is_taken_by_the_next(self, stormy: StormWorld) -> None:
        stormy.come(TOLD_SINGLY)
        stormy.clock.forward(seconds=1)
        [next_one] = stormy.come(1)
        stormy.turn()
        stormy.tells(stormy.investigated())
        stormy.take(stormy.desk, alert_of("f0", name="warning0", severity="warning", end=stormy.clock.now))
        stormy.turn()
        assert stormy.investigated() == [next_one]

    def test_while_they_close_one_after_the_other_not_each_has_its_moment_among_the_worst(
        self, stormy: StormWorld
    ) -> None:
        stormy.come(100)
        stormy.turn()
        worst = stormy.investigated()
        assert len(worst) == TOLD_SINGLY
        for one in range(25):
            end = stormy.clock.now
            stormy.take(
                stormy.desk, alert_of(f"f{one}", name=f"warning{one % 3}", severity="warning", end=end)
            )
            stormy.turn()
        assert stormy.investigated() == []  # none of the worst is told yet
        stormy.tells(worst[:7])
        stormy.turn()
        assert len(stormy.investigated()) == 7

    def test_the_others_are_closed_and_neither_measured_nor_told(self, stormy: StormWorld) -> None:
        taken = stormy.come(100)
        stormy.turn()
        stormy.orders.take()
        stormy.take(stormy.desk, alert_of("f50", name="warning2", severity="warning", end=stormy.clock.now))
        assert stormy.orders.take() == []
        closed = stormy.load(taken[50])
        assert (closed.open, closed.ending, closed.ending_text) == (False, Ending.UNKNOWN, IN_A_STORM)
        stormy.clock.forward(minutes=3)
        Sweep(stormy.desk).run()
        assert stormy.orders.take(Move.END) == []

    def test_the_sweep_leaves_them_alone(self, stormy: StormWorld) -> None:
        stormy.come(100)
        stormy.clock.forward(minutes=3)
        Sweep(stormy.desk).run()
        assert not stormy.orders.take(Move.TELL)
        assert stormy.investigated() == []

    async def test_one_that_somebody_asks_for_is_investigated(self, stormy: StormWorld) -> None:
        taken = stormy.come(100)
        stormy.turn()
        stormy.orders.take()
        reply = await Asking(stormy.desk).investigate(taken[90], "ada")
        assert reply.incident is not None
        assert not reply.incident.deferred
        assert stormy.investigated() == [taken[90]]

    async def test_one_that_somebody_takes_is_investigated_and_told(self, stormy: StormWorld) -> None:
        """Its page has to know who has it; whoever has it wants to know what is wrong."""
        taken = stormy.come(100)
        stormy.turn()
        stormy.orders.take()
        await Asking(stormy.desk).take(taken[90], "ada")
        assert not stormy.load(taken[90]).deferred
        assert stormy.investigated() == [taken[90]]

    async def test_one_that_is_over_stays_untold_when_somebody_takes_it(self, stormy: StormWorld) -> None:
        taken = stormy.come(100)
        stormy.take(stormy.desk, alert_of("f90", name="warning0", severity="warning", end=stormy.clock.now))
        stormy.orders.take()
        await Asking(stormy.desk).take(taken[90], "ada")
        assert stormy.load(taken[90]).deferred
        assert not stormy.orders.take()

    async def test_its_summary_is_edited_when_the_counts_changed_and_not_too_often(
        self, stormy: StormWorld
    ) -> None:
        stormy.come(10)
        await stormy.tell()
        stormy.turn()
        stormy.told()
        stormy.come(1)
        stormy.turn(seconds=1)
        assert stormy.told() == []  # a moment ago
        stormy.turn(seconds=5)
        assert stormy.told() == [2]
        await stormy.tell()
        stormy.turn(seconds=30)
        assert stormy.told() == []  # nothing new


def test_a_limit_can_be_so_high_that_there_is_never_a_storm(stormy: StormWorld) -> None:
    desk = replace(stormy.desk, storms=StormWatch(1_000_000))
    stormy.come(500, desk=desk)
    assert stormy.storm() is None
