"""The end of a storm: what it deferred goes on as people can be told; on both databases."""

from dataclasses import replace

import pytest

from responder.domain.notice import DeliveryState
from responder.domain.storm import TOLD_SINGLY
from responder.engine.desk import Desk
from responder.engine.storms.course import ON_THEIR_WAY
from responder.storage import storms
from responder.testing.engine import alert_of
from responder.testing.storm_world import LIMIT, StormWorld


def test_those_still_open_go_on_as_people_are_told(stormy: StormWorld) -> None:
    taken = stormy.come(TOLD_SINGLY + ON_THEIR_WAY + 5)
    stormy.turn()
    on_their_way = stormy.investigated()
    stormy.turn(minutes=5)
    portions = []
    for _ in range(4):
        stormy.tells(on_their_way)
        stormy.turn()
        portions.append(len(on_their_way := stormy.investigated()))
    assert portions == [ON_THEIR_WAY, 5, 0, 0]
    assert (stormy.storm(), stormy.deferred(taken)) == (None, [])


def let_go(stormy: StormWorld, desk: Desk | None = None) -> list[str]:
    """A storm is over, and these are the first that went on after it."""
    stormy.come(100, desk=desk)
    stormy.turn(desk)
    stormy.turn(desk, minutes=5)
    stormy.orders.take()
    stormy.turn(desk)
    went = stormy.investigated()
    assert len(went) == ON_THEIR_WAY
    return went


def test_no_more_go_on_than_wait_to_be_told(stormy: StormWorld) -> None:
    first, *rest = let_go(stormy)
    stormy.turn()
    assert stormy.investigated() == []
    stormy.tells([first])
    stormy.tells(rest, DeliveryState.WAITING)
    stormy.turn()
    assert len(stormy.investigated()) == 1


@pytest.mark.parametrize(
    ("state", "attempts", "error", "go_on"),
    [
        pytest.param(DeliveryState.RETRYING, 1, "no connection", 0, id="it can't be reached"),
        pytest.param(DeliveryState.FAILED, 1, "no such channel", ON_THEIR_WAY, id="it refused them"),
        pytest.param(DeliveryState.WAITING, 0, "", 0, id="their turn comes"),
        pytest.param(DeliveryState.WAITING, 1, "", 0, id="late, and was ordered anew"),
        pytest.param(DeliveryState.WAITING, 1, "no page yet", ON_THEIR_WAY, id="it has nobody to say it to"),
    ],
)
def test_they_wait_for_what_is_being_told(
    stormy: StormWorld, state: DeliveryState, attempts: int, error: str, go_on: int
) -> None:
    stormy.tells(let_go(stormy), state, attempts=attempts, error=error)
    stormy.turn()
    assert len(stormy.investigated()) == go_on


def test_they_wait_a_minute_at_most_for_a_notifier_that_fails_or_hangs(stormy: StormWorld) -> None:
    failing = let_go(stormy)
    stormy.tells(failing[:10], DeliveryState.RETRYING, attempts=3, error="no connection")
    stormy.turn(seconds=50)
    assert stormy.investigated() == []
    stormy.turn(seconds=10)
    assert len(stormy.investigated()) == ON_THEIR_WAY


def test_the_slowest_notifier_sets_the_pace(stormy: StormWorld) -> None:
    desk = replace(stormy.desk, notifiers=("slack", "pagerduty"))
    went = let_go(stormy, desk)
    stormy.tells(went)
    stormy.tells(went[:7], notifier="pagerduty")
    stormy.turn(desk)
    assert len(stormy.investigated()) == 7


def test_those_closed_meanwhile_are_never_told(stormy: StormWorld) -> None:
    taken = stormy.come(100)
    stormy.turn()
    stormy.take(stormy.desk, alert_of("f99", name="warning0", severity="warning", end=stormy.clock.now))
    stormy.turn(minutes=5)
    for _ in range(3):
        stormy.turn()
    assert taken[99] not in stormy.investigated()
    assert stormy.load(taken[99]).deferred


def test_one_of_these_that_comes_back_later_is_told(stormy: StormWorld) -> None:
    taken = stormy.come(100)
    stormy.turn()
    stormy.take(stormy.desk, alert_of("f99", name="warning0", severity="warning", end=stormy.clock.now))
    stormy.turn(minutes=5)
    stormy.turn()
    stormy.orders.take()
    again = alert_of("f99", name="warning0", severity="warning", start=stormy.clock.now)
    assert stormy.take(stormy.desk, again) == [taken[99]]
    assert stormy.investigated() == [taken[99]]


def test_one_that_gets_worse_waits_for_its_turn_no_longer(stormy: StormWorld) -> None:
    taken = stormy.come(100)
    stormy.turn()
    stormy.turn(minutes=5)
    stormy.orders.take()
    same = alert_of("f99", name="warning0", severity="warning", start=stormy.clock.now)
    assert stormy.take(stormy.desk, same) == [taken[99]]
    assert (stormy.investigated(), stormy.load(taken[99]).deferred) == ([], True)
    joins = alert_of("f100", name="warning0", severity="critical", start=stormy.clock.now)
    assert stormy.take(stormy.desk, joins, group_key="f99") == [taken[99]]
    assert (stormy.investigated(), stormy.load(taken[99]).deferred) == ([taken[99]], False)


def test_so_many_with_news_that_it_would_be_a_storm_again_wait_for_their_turns(stormy: StormWorld) -> None:
    taken = stormy.come(50)
    stormy.turn()
    stormy.turn(minutes=5)
    stormy.orders.take()
    for one in range(30, 40):
        joins = alert_of(f"j{one}", name=f"warning{one % 3}", severity="warning", start=stormy.clock.now)
        assert stormy.take(stormy.desk, joins, group_key=f"f{one}") == [taken[one]]
    assert stormy.investigated() == taken[30 : 30 + LIMIT]
    assert len(stormy.deferred(taken)) == 50 - TOLD_SINGLY - LIMIT


def test_a_replica_that_starts_in_a_storm_knows_of_it(stormy: StormWorld) -> None:
    stormy.come(10)
    desk = stormy.replica()
    desk.hear_of_storm()
    assert stormy.deferred(stormy.come(1, desk=desk)) != []


def test_it_does_not_end_and_begin_all_the_time(stormy: StormWorld) -> None:
    """It goes on while there come more than half as many as make one."""
    stormy.come(LIMIT + 1)
    storm = stormy.storm()
    for _ in range(10):
        stormy.turn(minutes=1.6)
        stormy.come(1)
    assert storm is not None
    assert stormy.newest().id == storm.id
    assert stormy.storm() is not None


def test_a_replica_that_slept_does_not_begin_it_again(stormy: StormWorld) -> None:
    """It had looked before it slept, and the one that leads by now has ended the storm."""
    stormy.come(10)
    slept = stormy.storm()
    stormy.turn(minutes=6)
    assert slept is not None
    with stormy.database.write() as connection:
        assert not storms.update(connection, replace(slept, notice=slept.notice + 1))
    assert stormy.storm() is None


def test_a_second_one_takes_over_what_the_first_left(stormy: StormWorld) -> None:
    stormy.come(300)
    stormy.turn()
    stormy.turn(minutes=5)
    stormy.tells(stormy.investigated())
    stormy.come(LIMIT + 1, "critical")
    stormy.turn()
    assert len(stormy.investigated()) == TOLD_SINGLY
