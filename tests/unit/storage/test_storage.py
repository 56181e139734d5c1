"""What both databases must hold: the same tables, the same rules, the same answers."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from responder.domain.alert import Severity
from responder.domain.incident import IncidentState, absorb, opened
from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.storage import (
    deliveries,
    heartbeats,
    incidents,
    leases,
    listing,
    notifications,
    reports,
    retention,
    stuck,
    tables,
)
from responder.storage import migrate as migrate_module
from responder.storage.database import Database
from responder.storage.leases import Lease
from responder.storage.migrate import VERSIONS, migrate, newest
from responder.storage.notifications import KEPT_REJECTED, Rejection
from responder.storage.reports import StoredReport
from responder.storage.retention import Kept
from responder.storage.tables import metadata, rejected
from responder.testing.clock import NOON
from responder.testing.engine import alert_of, minutes

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def connection(database: Database) -> Iterator[sa.Connection]:
    with database.write() as connection:
        yield connection


def keep(connection: sa.Connection, incident: str, fingerprint: str = "", *, at: float = 0) -> None:
    alerts = [alert_of(fingerprint or incident)]
    incidents.insert(connection, opened(incident, alerts, minutes(at)))


def test_migrations_and_tables_agree(connection: sa.Connection) -> None:
    """A change of `tables.py` without a migration is found here."""
    ours = {"include_object": lambda _o, name, kind, *_: kind != "table" or name in metadata.tables}
    context = MigrationContext.configure(connection, opts={"version_table": VERSIONS, **ours})
    assert compare_metadata(context, metadata) == []


def test_the_newest_revision_is_known_without_the_library(connection: sa.Connection) -> None:
    """A database that is at it is left alone; else a new revision would never be reached."""
    scripts = ScriptDirectory(str(Path(migrate_module.__file__).parent / "migrations"))
    assert newest() == scripts.get_current_head()
    assert (
        MigrationContext.configure(connection, opts={"version_table": VERSIONS}).get_current_revision()
        == newest()
    )


def test_replicas_that_start_at_once_migrate_once(new_database_url: str) -> None:
    databases = [Database(new_database_url) for _ in range(4)]
    errors: list[Exception] = []

    def start(database: Database) -> None:
        try:
            migrate(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails the test
            errors.append(error)

    threads = [threading.Thread(target=start, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        database.close()
    assert errors == []


def test_a_firing_fingerprint_is_in_one_open_incident_only(database: Database) -> None:
    with database.write() as connection:
        keep(connection, "one", "same")
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        keep(connection, "two", "same")


def test_a_resolved_fingerprint_may_be_in_several(connection: sa.Connection) -> None:
    keep(connection, "one", "same")
    before = incidents.load(connection, "one")
    assert before is not None
    closed = absorb(before, [alert_of("same", end=minutes(1))], minutes(1)).incident
    incidents.update(connection, before, closed)
    keep(connection, "two", "same", at=60)
    assert incidents.load(connection, "one") == closed


def test_a_silence_that_only_a_newer_version_understands_holds_and_stays_as_it_is(
    connection: sa.Connection,
) -> None:
    """While two versions run side by side, whatever else the older one changes of the incident."""
    ours = tables.incidents.c.silence
    newer = (
        '{"id": "s", "by": "ann", "at": "2026-03-02T12:00:00Z", "until": "2126-03-02T12:00:00Z",'
        ' "state": "of the future", "why": "", "more": 1}'
    )
    keep(connection, "one")
    connection.execute(sa.update(tables.incidents).values({ours: newer}))
    before = incidents.load(connection, "one")
    assert before is not None
    assert before.silence is not None
    assert before.silence.holds(NOON)
    closed = absorb(before, [alert_of("one", end=minutes(1))], minutes(1)).incident
    incidents.update(connection, before, closed)
    assert incidents.load(connection, "one") == closed
    assert connection.scalar(sa.select(ours)) == newer


def test_texts_that_alerts_have_alike_are_in_memory_once(connection: sa.Connection) -> None:
    """Else each of the moves at work on ten thousand alerts would hold some 30 MB of its own."""
    alerts = [alert_of(f"{number:016x}", persona="backend-engineer") for number in range(2)]
    incidents.insert(connection, opened("one", alerts, NOON))
    loaded = [incidents.load(connection, "one") for _ in range(2)]
    texts = [alert.labels["persona"] for one in loaded if one for alert in one.alerts.values()]
    assert len(texts) == 4
    assert all(text is texts[0] for text in texts)


def test_copies_of_a_large_incident_share_its_alerts(connection: sa.Connection) -> None:
    alerts = [alert_of(f"f{number}") for number in range(incidents.FEW + 2)]
    incidents.insert(connection, opened("large", alerts, NOON))
    first = incidents.load(connection, "large")
    assert first is not None
    over = alert_of(f"f{incidents.FEW}", end=minutes(1))
    incidents.update(connection, first, replace(first, alerts={**first.alerts, over.fingerprint: over}))
    second = incidents.load(connection, "large")
    assert second is not None
    assert second.alerts == {**first.alerts, over.fingerprint: over}
    assert second.alerts[f"f{incidents.FEW + 1}"] is first.alerts[f"f{incidents.FEW + 1}"]
    assert first.alerts[over.fingerprint].ends_at is None


def test_a_failed_transaction_keeps_nothing(database: Database) -> None:
    def fail_half_way() -> None:
        with database.write() as connection:
            keep(connection, "one")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with database.read() as connection:
        assert incidents.load(connection, "one") is None


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writing:
        keep(writing, "one")
        with database.read() as reading:
            assert incidents.load(reading, "one") is None


def test_the_list_is_paged_without_gaps_or_repeats(connection: sa.Connection) -> None:
    for number in range(7):
        keep(connection, f"i{number}", at=number // 2)  # some at the same moment
    seen: list[str] = []
    after = None
    while True:
        page = listing.page(connection, after=after, limit=2)
        seen += [incident.id for incident in page.incidents]
        if (after := page.after) is None:
            break
    assert sorted(seen) == [f"i{number}" for number in range(7)]
    assert seen[0] == "i6"
    assert listing.page(connection, state=IncidentState.CLOSED).incidents == ()
    assert listing.page(connection, alert_name="B").incidents == ()


@pytest.mark.parametrize(
    ("owner", "after", "answer"),
    [
        ("a", timedelta(0), Lease.LEFT),       # its own, back after a crash
        ("b", timedelta(0), Lease.TAKEN),
        ("b", MINUTE - timedelta(seconds=1), Lease.TAKEN),
        ("b", MINUTE, Lease.LEFT),             # it ran out
    ],
)  # fmt: skip
def test_a_lease_is_had_by_one(
    connection: sa.Connection, owner: str, after: timedelta, answer: Lease
) -> None:
    assert leases.acquire(connection, "k", "a", NOON, NOON + MINUTE) is Lease.FRESH
    now = NOON + after
    assert leases.acquire(connection, "k", owner, now, now + MINUTE) is answer


def test_a_lease_given_back_is_fresh_again(connection: sa.Connection) -> None:
    leases.acquire(connection, "k", "a", NOON, NOON + MINUTE)
    leases.release(connection, "k", "b")
    assert leases.held(connection, "k", NOON)
    leases.release(connection, "k", "a")
    assert leases.acquire(connection, "k", "b", NOON, NOON + MINUTE) is Lease.FRESH


def test_a_complete_report_is_never_replaced_by_a_part_of_it(connection: sa.Connection) -> None:
    keep(connection, "i")
    part = StoredReport(incident="i", revision=1, complete=False, made_at=NOON, body="part")
    whole = StoredReport(incident="i", revision=1, complete=True, made_at=NOON, body="whole")
    for report in (part, whole, part):
        reports.put(connection, report)
    assert reports.newest(connection, "i") == whole


def test_only_the_newest_rejected_bodies_are_kept_and_only_their_beginnings(
    connection: sa.Connection,
) -> None:
    for number in range(KEPT_REJECTED + 5):
        body = b"\0\xff" * 100_000 if number > KEPT_REJECTED else b"x"
        rejection = Rejection(id=f"{number}", at=minutes(number), reason="r", message="m", body=body)
        notifications.put_rejected(connection, rejection)
    rows = connection.execute(sa.select(rejected)).mappings().all()
    assert len(rows) == KEPT_REJECTED
    assert min(int(row["id"]) for row in rows) == 5
    assert max(len(row["body"]) for row in rows) <= 65_536


def test_who_is_behind_is_found_unless_it_is_being_told(connection: sa.Connection) -> None:
    for incident in ("never", "old", "newest", "waits", "now"):
        keep(connection, incident)
    for incident, notice, due in (("old", 0, None), ("newest", 1, None), ("waits", 0, minutes(9))):
        delivery = Delivery(
            about=incident,
            notifier="slack",
            state=DeliveryState.RETRYING,
            notice=notice,
            receipt=Receipt(),
        )
        deliveries.put(connection, delivery, NOON, due_at=due)
    leases.acquire(connection, "tell/now/slack", "o", minutes(1), minutes(2))
    found = deliveries.behind(connection, "slack", minutes(1), minutes(1))
    assert sorted(one.incident for one in found) == ["never", "old"]
    assert deliveries.behind(connection, "slack", NOON, minutes(1)) == ()  # changed a moment ago


def test_what_was_never_investigated_is_found(connection: sa.Connection) -> None:
    keep(connection, "done")
    keep(connection, "stuck")
    body = StoredReport(incident="done", revision=1, complete=True, made_at=NOON, body="{}")
    reports.put(connection, body)
    found = stuck.uninvestigated(connection, minutes(1), minutes(1))
    assert [(one.incident, one.severity) for one in found] == [("stuck", Severity.WARNING)]


def test_silence_tells_the_dead_from_the_living(connection: sa.Connection) -> None:
    heartbeats.beat(connection, "a", NOON)
    heartbeats.beat(connection, "b", NOON)
    heartbeats.beat(connection, "b", minutes(1))
    assert heartbeats.alive(connection, minutes(1)) == ("b",)
    assert heartbeats.silent(connection, minutes(1)) == ("a",)


def test_what_is_old_and_over_is_forgotten_with_all_that_belongs_to_it(connection: sa.Connection) -> None:
    keep(connection, "open")
    keep(connection, "closed")
    before = incidents.load(connection, "closed")
    assert before is not None
    end = alert_of("closed", end=minutes(1))
    incidents.update(connection, before, absorb(before, [end], minutes(1)).incident)
    reports.put(
        connection, StoredReport(incident="closed", revision=1, complete=True, made_at=NOON, body="{}")
    )
    assert retention.forget(connection, Kept.INCIDENTS, minutes(2), 10) == 1
    assert incidents.load(connection, "closed") is None
    assert reports.newest(connection, "closed") is None
    assert incidents.load(connection, "open") is not None
