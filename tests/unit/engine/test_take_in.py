"""Which incident a notification's alerts go to, and what is ordered for it; on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from responder.domain.alert import ROUND_TRIP, UNNAMED, WATCHDOG, Notification
from responder.domain.incident import Incident
from responder.engine.orders import Move
from responder.engine.take_in import Taken
from responder.storage import notifications
from responder.storage.database import Database
from responder.storage.notifications import Outcome
from responder.testing.clock import NOON
from responder.testing.engine import Orders, alert_of, minutes, notification_of

Take = Callable[[Notification], Taken]
Load = Callable[[str], Incident]


def test_news_becomes_an_incident_and_an_order_in_one_go(take: Take, load: Load, orders: Orders) -> None:
    taken = take(notification_of(alert_of("a", severity="critical"), alert_of("b")))
    incident = load(taken.incidents[0])
    assert taken.outcome is Outcome.OPENED
    assert list(incident.alerts) == ["a", "b"]
    assert [(o.id, o.priority) for o in orders.take()] == [(f"investigate/{incident.id}/1", 1)]


@pytest.mark.parametrize(("severity", "priority"), [("critical", 2), ("warning", 3), ("info", 4)])
def test_what_is_critical_is_told_before_what_is_not(
    take: Take, orders: Orders, severity: str, priority: int
) -> None:
    """A channel takes one message a second: in a storm the order counts, after the summary."""
    take(notification_of(alert_of("a", severity=severity), alert_of("b", severity=severity)))
    orders.take()
    take(notification_of(alert_of("a", end=minutes(1), severity=severity), at=minutes(1)))
    assert [order.priority for order in orders.take(Move.TELL)] == [priority] * 2


def test_a_second_delivery_is_a_duplicate_with_the_same_incidents(take: Take, orders: Orders) -> None:
    """Two Alertmanagers deliver the same; their external URLs and moments differ."""
    first = take(notification_of(alert_of()))
    orders.take()
    again = take(notification_of(alert_of(), at=minutes(1)))
    assert again.outcome is Outcome.DUPLICATE
    assert again.incidents == first.incidents
    assert orders.take() == []


def test_an_alert_goes_to_the_incident_that_holds_it_whatever_way_it_comes(take: Take) -> None:
    first = take(notification_of(alert_of(), group_key="one"))
    assert take(notification_of(alert_of(), group_key="other")).incidents == first.incidents
    joined = take(notification_of(alert_of("b"), group_key="other"))
    assert joined.incidents == first.incidents  # the incident remembers that way


@pytest.mark.parametrize(
    ("receiver", "group_key", "name", "same"),
    [
        ("responder", "g", "A", True),
        ("responder", "h", "A", False),  # another group
        ("other", "g", "A", False),      # another receiver
        ("responder", "g", "B", False),  # another alert name
    ],
)  # fmt: skip
def test_a_new_alert_joins_the_open_incident_of_its_group(
    take: Take, receiver: str, group_key: str, name: str, same: bool  # noqa: FBT001 - a table
) -> None:  # fmt: skip
    first = take(notification_of(alert_of("a"), group_key="g"))
    second = take(notification_of(alert_of("b", name=name), group_key=group_key, receiver=receiver))
    assert (second.incidents == first.incidents) is same


def test_one_notification_of_several_names_makes_an_incident_each(take: Take) -> None:
    assert len(take(notification_of(alert_of("a"), alert_of("b", name="B"))).incidents) == 2


def test_news_of_one_incident_under_two_names_is_not_lost(take: Take, load: Load) -> None:
    """Whoever sends an alert under another name than before still has it in its incident."""
    (incident,) = take(notification_of(alert_of("a"), alert_of("b"))).incidents
    ends = (alert_of("a", name="B", end=minutes(1)), alert_of("b", end=minutes(1)))
    assert take(notification_of(*ends, at=minutes(1))).incidents == (incident,)
    assert [alert.over for alert in load(incident).alerts.values()] == [True, True]


def test_what_only_resolved_opens_nothing(take: Take, orders: Orders) -> None:
    assert take(notification_of(alert_of(end=minutes(1)))).incidents == ()
    assert orders.take() == []


@pytest.mark.parametrize("end_first", [True, False])
def test_the_last_word_on_an_alert_counts_where_one_notification_says_two_things_of_it(
    take: Take,
    end_first: bool,  # noqa: FBT001 - a table
) -> None:
    fires, is_over = alert_of(), alert_of(end=minutes(1))
    both = [is_over, fires] if end_first else [fires, is_over]
    assert take(notification_of(*both)).incidents == ()
    assert len(take(notification_of(*both, alert_of("b"))).incidents) == 1


def test_the_last_end_closes_and_asks_how_it_ended(take: Take, load: Load, orders: Orders) -> None:
    taken = take(notification_of(alert_of()))
    orders.take()
    take(notification_of(alert_of(end=minutes(1)), at=minutes(1)))
    assert not load(taken.incidents[0]).open
    assert [order.move for order in orders.take()] == [Move.END]


def test_one_end_of_two_is_told_without_an_investigation(take: Take, orders: Orders) -> None:
    take(notification_of(alert_of("a"), alert_of("b")))
    orders.take()
    take(notification_of(alert_of("a", end=minutes(1)), at=minutes(1)))
    assert [(order.move, order.queue) for order in orders.take()] == [
        (Move.TELL, "tell-console"),
        (Move.TELL, "tell-slack"),
    ]


@pytest.mark.parametrize(
    ("later", "start", "reopens"),
    [
        (29, 20, True),   # fires again within 30 minutes of the close
        (31, 31, False),  # at 31 minutes from the close it is a new incident
    ],
)  # fmt: skip
def test_an_alert_that_fires_again_reopens_its_incident(
    take: Take, load: Load, later: int, start: int, reopens: bool  # noqa: FBT001 - a table
) -> None:  # fmt: skip
    first = take(notification_of(alert_of()))
    take(notification_of(alert_of(end=minutes(0.5)), at=NOON))
    again = take(notification_of(alert_of(start=minutes(start)), at=minutes(later)))
    assert (again.incidents == first.incidents) is reopens
    assert load(again.incidents[0]).open


@pytest.mark.parametrize("later", [2, 45, 20 * 60])
def test_a_late_duplicate_reopens_nothing(take: Take, load: Load, later: int) -> None:
    """The firing one is delivered again after the resolved one: it is old news, however late it comes."""
    first = take(notification_of(alert_of()))
    take(notification_of(alert_of(end=minutes(1)), at=minutes(1)))
    late = take(notification_of(alert_of(), at=minutes(later)))
    assert late.outcome is Outcome.DUPLICATE
    assert late.incidents == first.incidents
    assert not load(first.incidents[0]).open


def test_a_truncated_notification_orders_a_comparison_and_closes_nothing(
    take: Take, load: Load, orders: Orders
) -> None:
    first = take(notification_of(alert_of()))
    orders.take()
    take(notification_of(alert_of(end=minutes(1)), truncated=3, at=minutes(1)))
    assert load(first.incidents[0]).open
    assert Move.COMPARE in [order.move for order in orders.take()]


def test_our_own_two_names_become_no_incident(take: Take, database: Database, orders: Orders) -> None:
    watchdog = alert_of("w", name=WATCHDOG)
    taken = take(notification_of(watchdog, alert_of("r", name=ROUND_TRIP, nonce="n1")))
    assert (taken.outcome, taken.incidents, orders.take()) == (Outcome.RESERVED, (), [])
    with database.read() as connection:
        assert notifications.round_trip(connection, "n1") is not None
        assert notifications.round_trip(connection, "n2") is None


HOSTILE = "\"'\\\n{}$`<!channel>; DROP TABLE incidents; é\U0001f525" * 2000


@pytest.mark.parametrize("value", [HOSTILE, "", "x" * 100_000], ids=["hostile", "empty", "100 KB"])
def test_any_text_is_kept_as_it_is(take: Take, load: Load, value: str) -> None:
    """Also as a name, a group key and a receiver: nothing that comes from outside is an index by itself."""
    alert = alert_of(name=value, persona=value)
    taken = take(notification_of(alert, group_key=value, receiver=value))
    kept = load(taken.incidents[0])
    assert kept.alerts["a"].labels["persona"] == value
    assert kept.alert_name == (value or UNNAMED)
    assert take(notification_of(alert, group_key=value, receiver=value)).outcome is Outcome.DUPLICATE


def test_moments_come_back_as_they_went_in(take: Take, load: Load) -> None:
    odd = NOON + timedelta(microseconds=123_456)
    taken = take(notification_of(alert_of(start=odd), at=odd))
    assert load(taken.incidents[0]).alerts["a"].starts_at == odd
    assert load(taken.incidents[0]).opened_at == odd
