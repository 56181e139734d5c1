"""Many notifications in one transaction: as if they came one after the other, at the price of a few."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from responder.domain.alert import Notification
from responder.domain.ids import new_notification_id
from responder.domain.incident import Incident, IncidentState
from responder.engine.desk import Desk
from responder.engine.take_in import Taken, apart, take_in_all
from responder.storage.database import Database
from responder.storage.tables import incidents
from responder.testing.clock import NOON
from responder.testing.engine import alert_of, notification_of

TakeAll = Callable[[Sequence[Notification]], list[Taken]]
Load = Callable[[str], Incident]


@pytest.fixture
def take_all(desk: Desk) -> TakeAll:
    """Take them in together."""

    def call(batch: Sequence[Notification]) -> list[Taken]:
        with desk.work() as work:
            return take_in_all(desk, work, [(new_notification_id(one.received_at), one) for one in batch])

    return call


def new(number: int) -> Notification:
    return notification_of(alert_of(f"f{number}", name=f"A{number}"), group_key=f"g{number}")


A, B = alert_of("a"), alert_of("b")


@pytest.mark.parametrize(
    ("batch", "parts"),
    [
        ([], []),
        ([new(1), new(2)], [2]),  # nothing in common
        ([new(1), new(1)], [1, 1]),  # the same again, from another Alertmanager
        ([notification_of(A, group_key="1"), notification_of(A, group_key="2")], [1, 1]),  # the same alert
        ([notification_of(A), notification_of(B)], [1, 1]),  # the same way
        ([notification_of(A), notification_of(B, receiver="other")], [2]),
        ([new(1), new(2), new(1), new(3)], [2, 2]),
    ],
)
def test_what_is_about_the_same_is_taken_in_one_after_the_other(
    batch: list[Notification], parts: list[int]
) -> None:
    assert [len(part) for part in apart((str(n), one) for n, one in enumerate(batch))] == parts


def test_two_new_alerts_of_one_group_are_one_incident(take_all: TakeAll, load: Load) -> None:
    first, second = take_all([notification_of(A), notification_of(B)])
    assert first.incidents == second.incidents
    assert set(load(*first.incidents).alerts) == {"a", "b"}


def test_news_of_one_incident_by_two_ways_is_not_lost(take_all: TakeAll, load: Load) -> None:
    """Different alerts, different ways, one incident: the second change builds on the first."""
    (known,) = take_all([notification_of(A, B)])
    over = [alert_of(name, end=NOON + timedelta(minutes=1)) for name in "ab"]
    ways = zip(over, ("first", "second"), strict=True)
    take_all([notification_of(alert, receiver=receiver) for alert, receiver in ways])
    incident = load(*known.incidents)
    assert all(alert.over for alert in incident.alerts.values())
    assert not incident.open


def test_many_new_incidents_take_as_many_statements_as_one(
    take_all: TakeAll, database: Database, load: Load
) -> None:
    statements: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    take_all([new(0)])
    of_one = len(statements)
    taken = take_all([new(number) for number in range(1, 65)])
    assert len(statements) == 2 * of_one
    assert [set(load(*one.incidents).alerts) for one in taken] == [{f"f{n}"} for n in range(1, 65)]


@pytest.mark.parametrize("ends", [None, NOON + timedelta(minutes=2)])
def test_one_changed_alert_takes_as_many_statements_whatever_is_open(
    take_all: TakeAll, database: Database, desk: Desk, load: Load, ends: datetime | None
) -> None:
    """Among a thousand open incidents as alone: the others are neither read nor written."""
    statements: list[str] = []

    def counted(number: int) -> tuple[int, Incident]:
        known = alert_of(f"f{number}", name=f"A{number}")
        (taken,) = take_all([notification_of(known, group_key=f"g{number}")])
        changed = alert_of(f"f{number}-more" if ends is None else f"f{number}", name=f"A{number}", end=ends)
        statements.clear()
        take_all([notification_of(changed, group_key=f"g{number}", at=NOON + timedelta(minutes=3))])
        return len(statements), load(*taken.incidents)

    sa.event.listen(database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    alone, _ = counted(0)
    for begin in range(1, 1001, 100):
        take_all([new(number) for number in range(begin, begin + 100)])
    among_many, incident = counted(2000)
    assert among_many == alone
    assert (len(incident.alerts), incident.open) == ((2, True) if ends is None else (1, False))
    with desk.database.read() as connection:
        opened = sa.select(sa.func.count()).where(incidents.c.state == IncidentState.OPEN)
        assert (connection.scalar(opened) or 0) >= 1000
