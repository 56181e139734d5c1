"""The audit log as a file: every row once and in order, whatever happens to process, disk and file."""

import json
import threading
from pathlib import Path

import pytest

from responder.domain.errors import Refused
from responder.domain.fix import Happened
from responder.engine.audit_file import AuditFile
from responder.engine.desk import Desk
from responder.storage import audit
from responder.testing.clock import NOON


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def happened(desk: Desk, *words: str) -> None:
    """Write down so many things."""
    for word in words:
        with desk.work() as work:
            audit.add_of_all(work.connection, Happened.PAUSED, "ann", NOON, word)


def words_in(*files: Path) -> list[str]:
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line)["text"] for line in lines]


def test_a_line_is_what_the_api_shows_of_the_row(desk: Desk, file: Path) -> None:
    happened(desk, "für ein Release\n")
    assert AuditFile(desk, file).write() == 1
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "seq": 1,
        "at": "2026-03-02T12:00:00Z",
        "fix": "",
        "incident": "",
        "happened": "paused",
        "by": "ann",
        "text": "für ein Release\n",
    }


def test_what_is_new_is_appended_and_nothing_else(desk: Desk, file: Path) -> None:
    writes = AuditFile(desk, file)
    happened(desk, "one", "two")
    assert writes.write() == 2
    assert writes.write() == 0
    happened(desk, "three")
    assert writes.write() == 1
    assert words_in(file) == ["one", "two", "three"]


def test_after_a_restart_it_goes_on_where_it_was(desk: Desk, file: Path) -> None:
    happened(desk, "one")
    AuditFile(desk, file).write()
    happened(desk, "two")
    assert AuditFile(desk, file).write() == 1
    assert words_in(file) == ["one", "two"]


@pytest.mark.parametrize("cut", [1, 40])
def test_a_line_that_a_crash_cut_short_is_written_again(desk: Desk, file: Path, cut: int) -> None:
    """It had come as far as the file, and not as far as the position beside it."""
    happened(desk, "one")
    AuditFile(desk, file).write()
    position = file.with_name("audit.jsonl.position")
    before = position.read_text()
    happened(desk, "two")
    AuditFile(desk, file).write()
    file.write_bytes(file.read_bytes()[:-cut])
    position.write_text(before)
    assert AuditFile(desk, file).write() == 1
    assert words_in(file) == ["one", "two"]


def test_a_crash_before_the_position_was_noted_repeats_nothing(desk: Desk, file: Path) -> None:
    happened(desk, "one")
    AuditFile(desk, file).write()
    file.with_name("audit.jsonl.position").unlink()
    assert AuditFile(desk, file).write() == 0
    assert words_in(file) == ["one"]


@pytest.mark.parametrize("restarted", [False, True])
def test_moved_away_it_begins_anew_with_the_next_row(desk: Desk, file: Path, *, restarted: bool) -> None:
    writes = AuditFile(desk, file)
    happened(desk, "one")
    writes.write()
    moved = file.rename(file.with_name("audit.jsonl.1"))
    writes = AuditFile(desk, file) if restarted else writes
    assert writes.write() == 0
    happened(desk, "two")
    assert writes.write() == 1
    assert words_in(moved, file) == ["one", "two"]


def test_copied_and_truncated_it_goes_on(desk: Desk, file: Path) -> None:
    writes = AuditFile(desk, file)
    happened(desk, "one")
    writes.write()
    file.write_bytes(b"")
    happened(desk, "two")
    writes.write()
    assert words_in(file) == ["two"]


def test_where_it_cannot_be_written_to_it_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "missing" / "audit.jsonl"
    writes = AuditFile(desk, file)
    happened(desk, "one")
    with pytest.raises(Refused, match=r"audit\.file: refused: .*missing"):
        writes.write()
    file.parent.mkdir()
    assert writes.write() == 1
    assert words_in(file) == ["one"]


def test_a_file_of_another_database_is_no_reason_to_leave_anything_out(desk: Desk, file: Path) -> None:
    file.write_text('{"seq": 500, "text": "another"}\n')
    happened(desk, "one")
    assert AuditFile(desk, file).write() == 1
    assert words_in(file) == ["another", "one"]


def test_a_row_that_is_committed_late_is_not_passed_over(desk: Desk, file: Path) -> None:
    """Two transactions at once, the first of which ends last: on PostgreSQL numbers are given out at once."""
    writes, begun, go = AuditFile(desk, file), threading.Event(), threading.Event()

    def slow() -> None:
        with desk.work() as work:
            audit.add_of_all(work.connection, Happened.PAUSED, "ann", NOON, "first")
            begun.set()
            go.wait(timeout=30)

    first, second = threading.Thread(target=slow), threading.Thread(target=lambda: happened(desk, "second"))
    first.start()
    assert begun.wait(timeout=30)
    second.start()
    second.join(timeout=0.3)
    writes.write()
    go.set()
    first.join(timeout=30)
    second.join(timeout=30)
    writes.write()
    assert words_in(file) == ["first", "second"]
