"""The engine's parts on both databases, without the durable engine: orders are kept in a list."""

from collections.abc import Callable, Iterator

import pytest

from responder.domain.alert import Notification
from responder.domain.ids import new_notification_id
from responder.domain.incident import Incident
from responder.engine import desk as desk_module
from responder.engine.desk import Desk
from responder.engine.storms.watch import StormWatch
from responder.engine.take_in import Taken, take_in
from responder.engine.telling import Telling
from responder.storage import incidents
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.away import Course
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, ScriptedNotifier, alert_of, notification_of
from responder.testing.fix_world import World, a_world
from responder.testing.storm_world import StormWorld

Take = Callable[[Notification], Taken]
Load = Callable[[str], Incident]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def course(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """Has the database go away, and who insists try again at once; all that it was told has to come."""
    monkeypatch.setattr(desk_module, "INSISTS_EVERY", 0.0)
    course = Course(database)
    yield course
    assert course.coming == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def orders() -> Orders:
    return Orders()


@pytest.fixture
def desk(database: Database, orders: Orders, clock: ManualClock) -> Desk:
    return Desk(database, orders, clock, ("console", "slack"), StormWatch(limit=1_000))


@pytest.fixture
def world(desk: Desk, clock: ManualClock, orders: Orders) -> World:
    """An incident with a report, and a knob that a quick fix may turn."""
    return a_world(desk, clock, orders)


@pytest.fixture
def stormy(database: Database, clock: ManualClock, orders: Orders) -> StormWorld:
    return StormWorld(database, clock, orders)


@pytest.fixture
def take(desk: Desk) -> Take:
    """Take one notification in, in a transaction of its own."""

    def call(notification: Notification) -> Taken:
        with desk.work() as work:
            return take_in(desk, work, new_notification_id(notification.received_at), notification)

    return call


@pytest.fixture
def load(database: Database) -> Load:
    def call(incident: str) -> Incident:
        with database.read() as connection:
            found = incidents.load(connection, incident)
        assert found is not None
        return found

    return call


@pytest.fixture
def incident(take: Take) -> str:
    """One with one alert."""
    return take(notification_of(alert_of())).incidents[0]


@pytest.fixture
def slack() -> ScriptedNotifier:
    return ScriptedNotifier("slack")


@pytest.fixture
def telling(desk: Desk, slack: ScriptedNotifier) -> Telling:
    return Telling(desk, {"slack": slack}, lambda incident: f"https://page/{incident.id}")
