"""What every notification asks must not cost more the more incidents are open."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from responder.domain.clock import instant
from responder.storage import ways
from responder.storage.database import Database, lock_names
from responder.storage.migrate import migrate
from responder.testing.postgres import Postgres


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/responder.db")
    migrate(database)
    return database


def test_nothing_that_every_notification_asks_goes_through_all_open_incidents(database: Database) -> None:
    """SQLite's plans: each search begins at a key of what the notification is about."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    with database.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        ways.holding(connection, ["f1", "f2"], instant("2026-11-14T03:00:00Z"))
        ways.open_by_way(connection, [("receiver", "group"), ("receiver", "other")])
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in list(asked)
            if statement.startswith(("SELECT", "WITH"))
        ]
    found = [step for plan in plans for step in plan if step.startswith(("SEARCH", "SCAN responder"))]
    by_id = "SEARCH responder_incidents USING INDEX sqlite_autoindex_responder_incidents_1 (id=?)"
    assert found == [
        "SEARCH responder_alerts USING INDEX ix_responder_alerts_fingerprint (fingerprint=?)",
        by_id,
        "SEARCH responder_incident_ways USING INDEX ix_responder_incident_ways_way (way_key=?)",
        by_id,
    ]


@pytest.mark.postgres
def test_postgresql_uses_its_indexes_where_names_are_locked_and_nowhere_else(postgres: Postgres) -> None:
    setting = sa.text("SHOW enable_seqscan")
    with postgres.database() as url:
        database = Database(url, pool=1)
        with database.write() as connection:
            lock_names(connection, ["TokenBudgetExceeded"])
            assert connection.scalar(setting) == "off"
        with database.write() as connection:
            assert connection.scalar(setting) == "on"
        database.close()
