"""What people are told of a storm: one message, kept up to date; on both databases."""

from responder.domain.errors import Effect, Reason, Unreachable
from responder.domain.notice import DeliveryState
from responder.engine.delivering import Told
from responder.engine.orders import Move
from responder.storage import storms
from responder.testing.engine import alert_of
from responder.testing.storm_world import LIMIT, StormWorld


async def test_counts_and_names_the_worst(stormy: StormWorld) -> None:
    stormy.come(30, "warning")
    stormy.come(6, "critical")
    assert await stormy.tell() is Told.DELIVERED
    [notice] = stormy.teller.told
    assert (notice.open, notice.closed, notice.critical) == (36, 0, 6)
    assert notice.kinds[0].severity == "critical"
    assert [one.incident.severity for one in notice.worst] == ["critical"] * 5
    assert notice.worst[0].page_url.startswith("https://page/")


async def test_says_what_its_alerts_are_like_by_what_it_is_chosen_where_they_are_told(
    stormy: StormWorld,
) -> None:
    stormy.take(
        stormy.desk,
        *(alert_of(f"g{n}", start=stormy.clock.now, severity="warning", team=f"t{n % 2}") for n in range(6)),
    )
    stormy.come(2, "critical")
    await stormy.tell("team")
    by_team = [(one.severity.value, one.labels.get("team")) for one in stormy.teller.told[0].members]
    assert sorted(by_team, key=str) == [("critical", None), ("warning", "t0"), ("warning", "t1")]


async def test_looks_at_no_labels_where_nothing_is_chosen_by_them(stormy: StormWorld) -> None:
    stormy.come(6, "critical")
    await stormy.tell()
    assert [dict(one.labels) for one in stormy.teller.told[0].members] == [{}]


async def test_has_those_too_that_came_before_it_was_one(stormy: StormWorld) -> None:
    stormy.come(LIMIT)
    stormy.clock.forward(minutes=4)
    stormy.come(1)
    await stormy.tell()
    assert stormy.teller.told[0].open == LIMIT + 1


async def test_is_told_once_for_each_notice(stormy: StormWorld) -> None:
    stormy.come(10)
    assert [await stormy.tell(), await stormy.tell()] == [Told.DELIVERED, Told.NOTHING_NEW]


async def test_says_at_the_end_what_was_and_nothing_that_came_later(stormy: StormWorld) -> None:
    stormy.come(10)
    stormy.turn()
    stormy.turn(minutes=5)
    stormy.clock.forward(minutes=1)
    stormy.come(1)
    await stormy.tell()
    [notice] = stormy.teller.told
    assert notice.storm.over
    assert notice.open == 10


async def test_that_could_not_be_told_is_tried_again(stormy: StormWorld) -> None:
    stormy.come(10)
    stormy.orders.take()
    stormy.teller.errors = [Unreachable("Slack", Reason.TIMEOUT)]
    assert await stormy.tell() is Told.RETRYING
    [again] = stormy.orders.take(Move.TELL_STORM)
    assert again.delay == 2
    stormy.clock.forward(seconds=2)
    assert await stormy.tell() is Told.DELIVERED
    assert stormy.teller.sure == [True, False]


async def test_whose_turn_has_not_come_waits_and_may_be_sure(stormy: StormWorld) -> None:
    stormy.come(10)
    stormy.orders.take()
    stormy.teller.errors = [Unreachable("Slack", Reason.RATE_LIMITED, retry_after=7, effect=Effect.NONE)]
    assert await stormy.tell() is Told.PACED
    [again] = stormy.orders.take(Move.TELL_STORM)
    assert again.delay == 7
    with stormy.database.read() as connection:
        delivery = storms.SUMMARIES.delivery(connection, stormy.newest().id, "slack")
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.WAITING, 0, "")
    stormy.clock.forward(seconds=7)
    assert await stormy.tell() is Told.DELIVERED
    assert stormy.teller.sure == [True, True]


async def test_that_nobody_told_is_ordered_again(stormy: StormWorld) -> None:
    """The order, or its wake, was lost."""
    stormy.come(10)
    stormy.orders.take()
    stormy.turn(seconds=3)
    assert [order.args[2] for order in stormy.orders.take(Move.TELL_STORM)] == [2]
    stormy.turn(seconds=1)
    assert stormy.told() == []  # not at every turn
