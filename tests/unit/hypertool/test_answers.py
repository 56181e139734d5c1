"""What was answered to a key is remembered over a restart, in bounds, whatever happens to the file."""

import logging
from pathlib import Path

import pytest

from responder.hypertool import Answered, AnswersInFile, AnswersInMemory

FIRST = Answered("digest", 200, {"value": 2200}, {"ETag": '"a"'})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "answers.json"


def test_an_answer_is_there_after_a_restart(file: Path) -> None:
    AnswersInFile(file).keep("responder", "k1", FIRST)
    again = AnswersInFile(file)
    assert again.find("responder", "k1") == FIRST
    assert again.find("alice", "k1") is None


def test_the_oldest_is_forgotten_first(file: Path) -> None:
    answers = AnswersInFile(file, limit=3)
    for number in range(5):
        answers.keep("responder", f"k{number}", FIRST)
    known = [AnswersInFile(file, limit=3).find("responder", f"k{number}") for number in range(5)]
    assert known == [None, None, FIRST, FIRST, FIRST]


def test_nobody_else_can_read_it_and_nothing_is_left_beside_it(file: Path) -> None:
    AnswersInFile(file).keep("responder", "k1", FIRST)
    assert file.stat().st_mode & 0o077 == 0
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "{", "[[1]]", '[["a", "b", {"asked": 5}]]'])
def test_a_file_that_cannot_be_read_is_put_aside(
    file: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It must not keep Hypertool from starting."""
    file.parent.mkdir()
    file.write_text(text)
    answers = AnswersInFile(file)
    assert answers.find("responder", "k1") is None
    assert file.with_name("answers.json.unreadable").read_text() == text
    assert "put aside" in caplog.text


def test_a_crash_while_writing_leaves_the_old_file(file: Path) -> None:
    AnswersInFile(file).keep("responder", "k1", FIRST)
    file.with_name("answers.json.new").write_text("[[tor")
    assert AnswersInFile(file).find("responder", "k1") == FIRST


def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, where a folder is needed")
    with pytest.raises(OSError, match="state"):
        AnswersInFile(tmp_path / "state" / "answers.json")


def test_a_full_disk_does_not_stand_in_the_way(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was done was done: the answer is given, and remembered as long as the process lives."""
    answers = AnswersInFile(file)
    file.with_name("answers.json.new").mkdir()  # nothing can be written there any more
    with caplog.at_level(logging.ERROR):
        answers.keep("responder", "k1", FIRST)
    assert answers.find("responder", "k1") == FIRST
    assert "only until the next restart" in caplog.text


def test_memory_is_bounded_as_well() -> None:
    answers = AnswersInMemory(limit=1)
    answers.keep("responder", "k1", FIRST)
    answers.keep("responder", "k2", FIRST)
    assert (answers.find("responder", "k1"), answers.find("responder", "k2")) == (None, FIRST)
