"""The move that tells: the newest, once, again where it failed, and in doubt where it was interrupted."""

import asyncio
import gc
from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from responder.domain.alert import Notification
from responder.domain.errors import Effect, Reason, Refused, Unreachable
from responder.domain.notice import Delivery, DeliveryState, Notice, NotYet, PartlyTold, Receipt
from responder.engine.delivering import REFUSED_AGAIN, Told
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.take_in import Taken
from responder.engine.telling import Telling
from responder.log import Action
from responder.metrics import REGISTRY
from responder.storage import deliveries, leases
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.engine import (
    Orders,
    ScriptedNotifier,
    alert_of,
    minutes,
    notification_of,
)

Take = Callable[[Notification], Taken]
DOWN = Unreachable("Slack", Reason.TIMEOUT, "no answer")
TURNED_AWAY = Unreachable("Slack", Reason.RATE_LIMITED, retry_after=7, effect=Effect.NONE)
LIMITED = Unreachable("Slack", Reason.RATE_LIMITED, retry_after=30)
WRONG = Refused("Slack", Reason.NOT_FOUND, "channel_not_found")


def delivery_of(database: Database, incident: str) -> Delivery:
    with database.read() as connection:
        return deliveries.one(connection, incident, "slack").delivery


async def test_the_newest_is_told_once_whatever_waits(
    telling: Telling, slack: ScriptedNotifier, incident: str, take: Take, database: Database
) -> None:
    """Twenty changes while Slack was slow: one message says it all."""
    for number in range(20):
        take(notification_of(alert_of(f"x{number}"), at=minutes(number)))
    outcomes = [await telling(f"o{number}", incident, "slack", 1) for number in range(20)]
    assert outcomes == [Told.DELIVERED] + [Told.NOTHING_NEW] * 19
    assert slack.told[0].page_url == f"https://page/{incident}"
    assert delivery_of(database, incident).notice == 21


async def test_news_that_comes_while_it_is_told_is_told_after(
    telling: Telling, slack: ScriptedNotifier, incident: str, take: Take, orders: Orders
) -> None:
    slack.hold = asyncio.Event()
    first = asyncio.create_task(telling("o1", incident, "slack", 1))
    await slack.begun.wait()
    take(notification_of(alert_of("b"), at=minutes(1)))
    assert await telling("o2", incident, "slack", 1) is Told.UNDER_WAY
    orders.take()
    slack.hold.set()
    assert await first is Told.DELIVERED
    [again] = orders.take()
    assert await telling(again.id, *again.args) is Told.DELIVERED  # type: ignore[arg-type] # the order's own
    assert [notice.incident.notice for notice in slack.told] == [1, 2]


async def test_news_that_came_meanwhile_is_tried_again_when_it_fails(  # noqa: PLR0913, PLR0917 - fixtures
    telling: Telling, slack: ScriptedNotifier, incident: str, take: Take, orders: Orders, clock: ManualClock
) -> None:
    """The order for it and that of its next attempt are two: the second is not taken for the first."""
    slack.hold = asyncio.Event()
    first = asyncio.create_task(telling("o1", incident, "slack", 1))
    await slack.begun.wait()
    take(notification_of(alert_of("b"), at=minutes(1)))
    orders.take()
    slack.hold.set()
    await first
    [again] = orders.take()
    slack.errors = [DOWN]
    assert await telling(again.id, *again.args) is Told.RETRYING  # type: ignore[arg-type] # the order's own
    [retry] = orders.take()
    assert retry.id != again.id
    clock.forward(seconds=retry.delay)
    assert await telling(retry.id, *retry.args) is Told.DELIVERED  # type: ignore[arg-type] # the order's own


@pytest.mark.parametrize(
    ("error", "outcome", "state", "wait"),
    [
        (DOWN, Told.RETRYING, DeliveryState.RETRYING, 2),
        (LIMITED, Told.RETRYING, DeliveryState.RETRYING, 30),  # not before it said so
        (WRONG, Told.REFUSED, DeliveryState.FAILED, None),     # the sweep and the next change try again
        (ValueError("a bug"), Told.RETRYING, DeliveryState.RETRYING, 2),
    ],
)  # fmt: skip
async def test_a_failure_is_kept_and_tried_again_when_it_may_help(  # noqa: PLR0913, PLR0917 - a table
    telling: Telling, slack: ScriptedNotifier, incident: str, orders: Orders, database: Database,
    error: Exception, outcome: Told, state: DeliveryState, wait: float | None,
) -> None:  # fmt: skip
    orders.take()
    slack.errors = [error]
    assert await telling("o", incident, "slack", 1) is outcome
    delivery = delivery_of(database, incident)
    assert (delivery.state, delivery.attempts) == (state, 1)
    assert delivery.error
    assert [order.delay for order in orders.take()] == ([] if wait is None else [wait])


def told(outcome: Told) -> float:
    labels = {"notifier": "slack", "result": outcome}
    return REGISTRY.get_sample_value("responder_deliveries_total", labels) or 0


@pytest.mark.parametrize(
    ("error", "outcome", "said"),
    [
        (DOWN, Told.RETRYING, {"reason": "timeout", "error": str(DOWN)}),
        (WRONG, Told.REFUSED, {"reason": "not_found", "error": str(WRONG)}),
    ],
)
async def test_a_failure_is_counted_and_said_with_its_reason(  # noqa: PLR0913, PLR0917 - a table
    telling: Telling, slack: ScriptedNotifier, incident: str,
    error: Exception, outcome: Told, said: dict[str, str],
) -> None:  # fmt: skip
    """The counter is what the rule for failed messages looks at."""
    before = told(outcome), told(Told.DELIVERED)
    slack.errors = [error]
    with capture_logs() as lines:
        await telling("o", incident, "slack", 1)
    assert (told(outcome), told(Told.DELIVERED)) == (before[0] + 1, before[1])
    [line] = [one for one in lines if one["event"] == Action.TELLING_FAILED]
    assert {name: line[name] for name in ("notifier", "incident", "reason", "error", "log_level")} == {
        "notifier": "slack", "incident": incident, "log_level": "warning", **said,
    }  # fmt: skip


async def test_however_often_it_failed_it_is_tried_again_within_a_minute(
    telling: Telling, slack: ScriptedNotifier, incident: str, orders: Orders, clock: ManualClock
) -> None:
    """After an outage of ten minutes people need not wait for five more."""
    slack.errors = [DOWN] * 9
    orders.take()
    waits = []
    for attempt in range(1, 10):
        await telling(f"o{attempt}", incident, "slack", attempt)
        [order] = orders.take()
        waits.append(order.delay)
        clock.forward(seconds=order.delay)
    assert waits == [2, 5, 15, 30, 60, 60, 60, 60, 60]


async def test_who_asked_to_be_left_alone_is_left_alone(  # noqa: PLR0913, PLR0917 - fixtures
    telling: Telling, slack: ScriptedNotifier, incident: str, take: Take, orders: Orders, clock: ManualClock
) -> None:
    """Slack said to wait 30 seconds; a change in between does not hurry, the retry says the newest."""
    slack.errors = [LIMITED]
    orders.take()
    await telling("o1", incident, "slack", 1)
    [retry] = orders.take()
    take(notification_of(alert_of("b"), at=minutes(0.1)))
    assert await telling("o2", incident, "slack", 1) is Told.WAITING
    clock.forward(seconds=30)
    assert await telling(retry.id, *retry.args) is Told.DELIVERED  # type: ignore[arg-type] # the order's own
    assert slack.told[-1].incident.notice == 2


async def test_who_has_to_wait_for_a_turn_comes_back_for_it_and_has_not_failed(  # noqa: PLR0913, PLR0917 - fixtures
    telling: Telling,
    slack: ScriptedNotifier,
    incident: str,
    orders: Orders,
    database: Database,
    clock: ManualClock,
) -> None:
    """As often as it takes, each time by an order of its own; nothing was sent, so it need not look."""
    orders.take()
    slack.errors = [TURNED_AWAY, PartlyTold(Receipt(data={"ts": "1"}), TURNED_AWAY)]
    order, arguments = "o", (incident, "slack", 1)
    for _ in range(2):
        assert await telling(order, *arguments) is Told.PACED
        delivery = delivery_of(database, incident)
        assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.WAITING, 0, "")
        [again] = orders.take()
        assert again.delay == 7
        order, arguments = again.id, again.args  # type: ignore[assignment] # the order's own
        clock.forward(seconds=7)
    assert await telling(order, *arguments) is Told.DELIVERED
    assert slack.sure == [True] * 3
    assert slack.previous[-1] == Receipt(data={"ts": "1"})


async def test_what_an_interrupted_attempt_may_have_told_stays_in_doubt_while_a_turn_is_waited_for(  # noqa: PLR0913, PLR0917 - fixtures
    telling: Telling,
    slack: ScriptedNotifier,
    incident: str,
    orders: Orders,
    database: Database,
    clock: ManualClock,
) -> None:
    """Its message may arrive late: it is looked for before the next one, and again afterwards."""
    orders.take()
    with database.write() as connection:  # it was killed while it told
        leases.acquire(connection, f"tell/{incident}/slack", "o", clock.now, clock.now + timedelta(minutes=1))
    slack.errors = [TURNED_AWAY]
    assert await telling("o", incident, "slack", 1) is Told.PACED
    [again] = orders.take()
    clock.forward(seconds=again.delay)
    assert await telling(again.id, *again.args) is Told.DELIVERED  # type: ignore[arg-type] # the order's own
    assert slack.sure == [False, False]
    assert [order.move for order in orders.take()] == [Move.TIDY]


async def test_news_does_not_wait_for_the_turn_of_something_else(
    telling: Telling, slack: ScriptedNotifier, incident: str, take: Take
) -> None:
    """Only a detail had to wait: an edit may be possible now."""
    slack.errors = [PartlyTold(Receipt(data={"ts": "1"}), TURNED_AWAY)]
    await telling("o1", incident, "slack", 1)
    take(notification_of(alert_of("b"), at=minutes(0.1)))
    assert await telling("o2", incident, "slack", 1) is Told.DELIVERED


async def test_what_was_refused_is_tried_at_the_next_change(
    telling: Telling, slack: ScriptedNotifier, incident: str, take: Take
) -> None:
    slack.errors = [WRONG]
    await telling("o1", incident, "slack", 1)
    take(notification_of(alert_of("b"), at=minutes(1)))
    assert await telling("o2", incident, "slack", 1) is Told.DELIVERED
    assert timedelta(minutes=10) == REFUSED_AGAIN


async def test_a_notifier_is_told_whether_something_may_have_been_sent(
    telling: Telling, slack: ScriptedNotifier, incident: str
) -> None:
    """After a timeout, a part that was said, or a kill, it has to look before it sends."""
    slack.errors = [PartlyTold(Receipt(data={"ts": "1"}), DOWN), DOWN]
    await telling("o1", incident, "slack", 1)
    await telling("o2", incident, "slack", 2)
    await telling("o3", incident, "slack", 3)
    assert slack.sure == [True, False, False]
    assert [receipt and dict(receipt.data) for receipt in slack.previous] == [None, {"ts": "1"}, {"ts": "1"}]


async def test_after_a_kill_while_it_was_sent_nothing_is_sure(
    telling: Telling, slack: ScriptedNotifier, incident: str
) -> None:
    slack.hold = asyncio.Event()
    killed = asyncio.create_task(telling("o1", incident, "slack", 1))
    await slack.begun.wait()
    killed.cancel()
    slack.hold = None
    assert await telling("o1", incident, "slack", 1) is Told.DELIVERED
    assert slack.sure == [True, False]


async def test_what_began_before_the_start_may_have_been_told(  # noqa: PLR0913, PLR0917 - fixtures
    slack: ScriptedNotifier, incident: str, take: Take, orders: Orders, database: Database, clock: ManualClock
) -> None:
    """The database may be a backup from before it was told: it is looked for once."""
    clock.forward(minutes=1)
    restarted = Desk(database, orders, clock, ("slack",))
    telling = Telling(restarted, {"slack": slack}, lambda _: "")
    assert await telling("o1", incident, "slack", 1) is Told.DELIVERED
    [later] = take(notification_of(alert_of("b", name="B"), group_key="b", at=minutes(1))).incidents
    await telling("o2", later, "slack", 1)
    take(notification_of(alert_of("c"), at=minutes(2)))
    await telling("o3", incident, "slack", 1)
    assert slack.sure == [False, True, True]
    assert not orders.take(Move.TIDY)  # nobody else can send it by now


@pytest.mark.parametrize(
    "failure",
    [
        lambda: Unreachable("Slack", Reason.TIMEOUT),
        lambda: PartlyTold(Receipt(data={"ts": "1"}), Unreachable("Slack", Reason.TIMEOUT)),
        lambda: NotYet(Receipt(), "no page yet"),
    ],
)
async def test_a_failure_keeps_nothing_of_the_notice(
    telling: Telling, slack: ScriptedNotifier, incident: str, failure: Callable[[], Exception]
) -> None:
    """It may be of ten thousand alerts, and what keeps itself is collected seldom."""
    slack.errors = [failure()]
    gc.collect()
    gc.disable()
    try:
        before = notices()
        await telling("o", incident, "slack", 1)
        telling.desk._threads.shutdown()
        assert notices() == before
    finally:
        gc.enable()


def notices() -> int:
    """How many there are in memory, of all tests."""
    return sum(isinstance(one, Notice) for one in gc.get_objects())


async def test_a_notifier_that_is_no_longer_configured_is_told_nothing(
    telling: Telling, incident: str
) -> None:
    assert await telling("o", incident, "pagerduty", 1) is Told.NO_NOTIFIER
