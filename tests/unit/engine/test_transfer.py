"""What is open moves to another database: the lease is undone in time, the message edited, nothing lost."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from responder.clients.slack import SlackClient
from responder.domain.alert import WATCHDOG, AlertStatus
from responder.domain.errors import BadInput, Unusable
from responder.domain.fix import FixEnd, FixState
from responder.domain.ids import new_notification_id
from responder.domain.notice import Notice, Receipt
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.storms.watch import StormWatch
from responder.engine.sweep import Sweep
from responder.engine.take_in import take_in
from responder.engine.telling import Telling
from responder.notify.slack import SlackNotifier
from responder.render.slack import Voice
from responder.storage import audit, heartbeats, moved_in, transfer, transfer_file, watchdog
from responder.storage.backup import back_up
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.storage.transfer import Row
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, ScriptedNotifier, alert_of, notification_of
from responder.testing.fix_world import ALERT, World
from responder.testing.loopback import serving
from responder.testing.slack.app import create_app
from responder.testing.slack.workspace import TOKEN, Workspace

SOON = 10.0


@pytest.fixture
def other(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database of the other kind."""
    if database_url.startswith("sqlite"):
        with request.getfixturevalue("postgres").database() as url:
            database = Database(url)
            yield database
            database.close()
    else:
        database = Database(f"sqlite:///{tmp_path}/other.db")
        yield database
        database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "open.jsonl"


@pytest.fixture
def move(database: Database, other: Database, file: Path, clock: ManualClock) -> Callable[[], int]:
    """Write what is open, and take it into the other database; answers how many rows that were."""

    def call() -> int:
        written = transfer_file.write(database, file, clock.now)
        assert transfer_file.read_into(other, file, clock.now) == written
        return written

    return call


@pytest.fixture
async def slack() -> AsyncIterator[tuple[Workspace, SlackNotifier]]:
    workspace = Workspace(["alerts"])
    async with (
        serving(create_app(workspace)) as url,
        SlackClient(TOKEN, f"{url}/api") as client,
    ):
        yield workspace, SlackNotifier(client, Voice(), "alerts")


def started(database: Database, clock: ManualClock) -> tuple[Desk, Orders]:
    """As after a start with this database: no order is known."""
    orders = Orders()
    return Desk(database, orders, clock, ("slack",), StormWatch(limit=1_000)), orders


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def rows_of(file: Path) -> Iterator[Row]:
    return (Row(str(one["table"]), one["values"]) for one in lines(file) if "table" in one)  # type: ignore[arg-type] # as it was written


def twice(text: str) -> str:
    """The same file with a row twice, and counted so."""
    first, *rows, last = text.splitlines()
    return "\n".join([first, rows[0], *rows, json.dumps({"rows": json.loads(last)["rows"] + 1})]) + "\n"


def until_one_waits(database: Database) -> None:
    """Until a transaction waits for another one's end."""
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    end = time.monotonic() + SOON
    while time.monotonic() < end:
        with database.read() as connection:
            if connection.scalar(waits):
                return
        threading.Event().wait(0.02)
    raise TimeoutError("nobody waits")


async def test_a_lease_is_undone_in_time_where_it_was_moved_to(
    world: World, move: Callable[[], int], other: Database, clock: ManualClock
) -> None:
    before = world.knob.value
    await world.approved()
    await world.run(minutes=5)
    assert world.fix().state is FixState.IN_FORCE
    assert world.knob.value != before
    move()
    desk, orders = started(other, clock)
    moved = World(desk, clock, orders, world.knob, world.parts, world.incident)
    await moved.live(minutes=60, step=0.25)
    fix = moved.fix()
    assert (fix.state, fix.end, moved.knob.value) == (FixState.ENDED, FixEnd.EXPIRED, before)
    assert fix.expires_at is not None
    assert fix.ended_at is not None
    assert timedelta(0) <= fix.ended_at - fix.expires_at <= timedelta(seconds=30)
    assert moved.happened()[:4] == world.happened()[:4]  # its history came along


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_lease_in_a_backup_is_undone_in_time(
    world: World, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    before = world.knob.value
    await world.approved()
    await world.run(minutes=5)
    back_up(database, tmp_path / "copy.db")
    restored = Database(f"sqlite:///{tmp_path}/copy.db")
    desk, orders = started(restored, clock)
    went_on = World(desk, clock, orders, world.knob, world.parts, world.incident)
    await went_on.live(minutes=60)
    fix = went_on.fix()
    assert (fix.state, fix.end, went_on.knob.value) == (FixState.ENDED, FixEnd.EXPIRED, before)
    restored.close()


async def test_its_message_is_edited_and_not_posted_again(
    world: World,
    move: Callable[[], int],
    other: Database,
    clock: ManualClock,
    slack: tuple[Workspace, SlackNotifier],
) -> None:
    workspace, notifier = slack
    telling = Telling(world.desk, {"slack": notifier}, lambda _: "")
    assert await telling("o1", world.incident, "slack", 1) is Told.DELIVERED
    move()
    moved, _ = started(other, clock)
    clock.forward(minutes=1)
    over = replace(ALERT, status=AlertStatus.RESOLVED, ends_at=clock.now)
    resolved = notification_of(over, at=clock.now)
    with moved.work() as work:
        taken = take_in(moved, work, new_notification_id(clock.now), resolved)
    assert taken.incidents == (world.incident,)
    assert await Telling(moved, {"slack": notifier}, lambda _: "")("o2", world.incident, "slack", 1) is (
        Told.DELIVERED
    )
    (channel,) = workspace.channels.values()
    [message] = [one for one in channel.messages if one.thread_ts is None]
    assert len(message.versions) == 2


async def test_what_was_posted_when_the_process_was_killed_is_found_and_not_posted_again(
    world: World,
    move: Callable[[], int],
    other: Database,
    clock: ManualClock,
    slack: tuple[Workspace, SlackNotifier],
) -> None:
    workspace, notifier = slack

    class Killed(ScriptedNotifier):
        async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
            await notifier.tell(notice, previous, sure=sure)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Telling(world.desk, {"slack": Killed("slack")}, lambda _: "")("o1", world.incident, "slack", 1)
    clock.forward(minutes=2)
    move()
    moved, _ = started(other, clock)
    again = Telling(moved, {"slack": notifier}, lambda _: "")
    assert await again("o2", world.incident, "slack", 1) is Told.DELIVERED
    (channel,) = workspace.channels.values()
    assert len([one for one in channel.messages if one.thread_ts is None]) == 1


async def test_what_was_due_is_ordered_anew(
    database: Database, move: Callable[[], int], other: Database, clock: ManualClock
) -> None:
    """The orders themselves stay behind."""
    desk, _ = started(database, clock)
    with desk.work() as work:
        taken = take_in(desk, work, "n1", notification_of(alert_of("f", name="A"), at=clock.now))
    move()
    moved, orders = started(other, clock)
    clock.forward(minutes=1, seconds=1)
    Sweep(moved).run()
    assert {(order.move, order.args[0]) for order in orders.take()} == {
        (Move.TELL, taken.incidents[0]),
        (Move.INVESTIGATE, taken.incidents[0]),
    }


async def test_what_was_to_be_proposed_or_shown_on_a_dashboard_is_ordered_anew_once(
    world: World, move: Callable[[], int], other: Database, clock: ManualClock
) -> None:
    """Nothing else in the database says that these orders were lost."""
    fix = await world.approved()
    await world.run(minutes=5)
    with world.desk.work() as work:  # proposed for once it is investigated
        told = notification_of(alert_of("f", name="B"), group_key="B", at=clock.now)
        take_in(world.desk, work, "n1", told)
    move()
    moved, orders = started(other, clock)
    assert Sweep(moved).run() > 0
    assert [order.args[0] for order in orders.take(Move.PROPOSE)] == [world.incident]
    assert [order.args[0] for order in orders.take(Move.ANNOTATE)] == [fix.id]
    assert Sweep(moved).run() == 0


async def test_what_a_person_said_no_to_is_not_proposed_again_for_that(
    world: World, move: Callable[[], int], other: Database, clock: ManualClock
) -> None:
    fix = await world.proposed()
    await world.people.reject(fix.id, "ann")
    move()
    moved, orders = started(other, clock)
    Sweep(moved).run()
    assert orders.take(Move.PROPOSE) == []


async def test_there_and_back_is_the_same(
    world: World, move: Callable[[], int], other: Database, file: Path, clock: ManualClock
) -> None:
    """Every row, to the microsecond; also the audit log's numbers, with which it goes on."""
    await world.approved()
    await world.run(minutes=5)
    with world.desk.work() as work:
        take_in(world.desk, work, "n1", notification_of(alert_of("w", name=WATCHDOG), at=clock.now))
    move()
    back = file.with_name("back.jsonl")
    transfer_file.write(other, back, clock.now)
    assert lines(back) == lines(file)
    with other.read() as connection:
        assert watchdog.heard_at(connection) == clock.now
        newest = audit.newest(connection)
    moved = World(started(other, clock)[0], clock, Orders(), world.knob, world.parts, world.incident)
    await moved.people.revert(moved.fix().id, "ann", "")
    with other.read() as connection:
        assert audit.newest(connection) > newest


class TestWhatGoesAlong:
    def test_what_was_closed_long_ago_stays_behind(
        self, database: Database, file: Path, clock: ManualClock
    ) -> None:
        desk, _ = started(database, clock)
        for name in ("old", "young", "open"):
            with desk.work() as work:
                alert = alert_of(name, name=name, start=clock.now)
                take_in(desk, work, name, notification_of(alert, group_key=name, at=clock.now))
            if name != "open":
                clock.forward(minutes=1)
                with desk.work() as work:
                    over = replace(alert, status=AlertStatus.RESOLVED, ends_at=clock.now)
                    take_in(desk, work, f"{name} over", notification_of(over, group_key=name, at=clock.now))
            clock.forward(hours=20)
        transfer_file.write(database, file, clock.now)
        names = {
            line["values"]["alert_name"]  # type: ignore[index] # as it was written
            for line in lines(file)
            if line.get("table") == "responder_incidents"
        }
        assert names == {"open"}
        assert file.stat().st_mode & 0o777 == 0o600


class TestWhatIsRefused:
    @pytest.fixture
    def exported(self, world: World, database: Database, file: Path, clock: ManualClock) -> Path:
        transfer_file.write(database, file, clock.now)
        return file

    def test_a_database_that_is_not_empty(self, exported: Path, other: Database, clock: ManualClock) -> None:
        migrate(other)
        desk, _ = started(other, clock)
        with desk.work() as work:
            take_in(desk, work, "n1", notification_of(alert_of("f", name="A"), at=clock.now))
        with pytest.raises(BadInput, match="not empty"):
            transfer_file.read_into(other, exported, clock.now)

    def test_the_database_that_it_was_exported_from(
        self, exported: Path, database: Database, clock: ManualClock
    ) -> None:
        """The environment wins over the file: so the old one is imported into, the new one stays empty."""
        with database.read() as connection:
            before = list(transfer.rows(connection, clock.now))
        with pytest.raises(Unusable, match="nothing was taken in; name the new one"):
            transfer_file.read_into(database, exported, clock.now)
        with database.read() as connection:
            assert list(transfer.rows(connection, clock.now)) == before

    def test_nothing_where_it_was_taken_in_before(
        self, exported: Path, other: Database, clock: ManualClock
    ) -> None:
        assert transfer_file.read_into(other, exported, clock.now) > 0
        assert transfer_file.read_into(other, exported, clock.now) == 0

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_the_second_of_two_imports_at_once(
        self, exported: Path, other: Database, clock: ManualClock
    ) -> None:
        """PostgreSQL has it wait for the first, which it can't see before; of SQLite there is one writer."""
        migrate(other)
        with ThreadPoolExecutor(1) as second:
            with other.write() as first:
                transfer.keep(first, rows_of(exported))
                moved_in.mark(first, clock.now)
                waits = second.submit(transfer_file.read_into, other, exported, clock.now)
                until_one_waits(other)
            with pytest.raises(BadInput, match=r"at the same time.* import once more"):
                waits.result(SOON)
        assert transfer_file.read_into(other, exported, clock.now) == 0

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (lambda text: text.rsplit("\n", 2)[0] + "\n", "is not whole"),
            (lambda text: text[: len(text) // 2], "no JSON lines|is not whole"),
            (lambda text: text.replace('"responder_export":1', '"responder_export":2'), "no export"),
            (lambda text: text.replace('"schema":"', '"schema":"0'), "with the same version"),
            (lambda text: text.replace('"revision"', '"revisjon"', 1), "can't be taken in"),
            (twice, "can't be taken in: it has a row twice"),
            (lambda _: "[1]\n", "no export"),
            (lambda _: "", "no export"),
        ],
    )
    def test_a_file_that_is_not_whole_or_not_ours(
        self, exported: Path, other: Database, clock: ManualClock, spoil: Callable[[str], str], said: str
    ) -> None:
        """And nothing of it is kept."""
        exported.write_text(spoil(exported.read_text()))
        with pytest.raises(BadInput, match=said):
            transfer_file.read_into(other, exported, clock.now)
        migrate(other)
        with other.read() as connection:
            assert not transfer.has_any(connection)

    def test_a_database_that_a_responder_works_with(
        self, database: Database, file: Path, clock: ManualClock
    ) -> None:
        with database.write() as connection:
            heartbeats.beat(connection, "responder-0", clock.now)
        with pytest.raises(BadInput, match="responder-0 works with this database"):
            transfer_file.write(database, file, clock.now)
        with database.write() as connection:
            heartbeats.leave(connection, "responder-0", clock.now - timedelta(seconds=20, microseconds=1))
        transfer_file.write(database, file, clock.now)
        with pytest.raises(BadInput, match="can't be written"):
            transfer_file.write(database, file, clock.now)  # there is one
