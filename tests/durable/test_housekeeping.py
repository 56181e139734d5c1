"""Housekeeping is done once, whatever the number of replicas: two processes on one PostgreSQL."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from responder.domain.alert import WATCHDOG

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

REPLICA: Final = Path(__file__).with_name("housekeeping_replica.py")
TAKEN_OVER: Final = 30.0
OFTEN_ENOUGH: Final = 6
"""Comparisons."""

Read = Callable[[], "Counter[tuple[str, str]]"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "housekeeping.jsonl"


@pytest.fixture
def done(file: Path) -> Read:
    """How often who did what."""

    def read() -> "Counter[tuple[str, str]]":
        lines = file.read_text().splitlines() if file.exists() else []
        return Counter((line["by"], line["did"]) for line in map(json.loads, lines))

    return read


@pytest.fixture
def keep_house(start: Any, file: Path) -> Callable[[str], Any]:
    """Start such a replica."""
    return lambda name: start(name, script=(REPLICA, name, file))


def test_one_replica_compares_and_misses_the_watchdog_and_another_when_it_is_dead(
    keep_house: Callable[[str], Any], done: Read, until: Any
) -> None:
    """The one that has run for longest does it; both can tell what it finds, and it is told once."""
    one, two = keep_house("one"), keep_house("two")
    assert two.post(WATCHDOG) == httpx.codes.ACCEPTED
    until(lambda: done()["one", "compared"] >= OFTEN_ENOUGH)
    until(lambda: _of(done(), "told the loss") == 1)
    enough = done()["one", "compared"] + OFTEN_ENOUGH
    until(lambda: done()["one", "compared"] >= enough)
    assert done()["two", "compared"] == 0
    assert (_of(done(), "told the loss"), _of(done(), "edited it")) == (1, 0)
    one.kill()
    until(lambda: done()["two", "compared"] >= OFTEN_ENOUGH, seconds=TAKEN_OVER)
    assert (_of(done(), "told the loss"), _of(done(), "edited it")) == (1, 0)


def _of(done: "Counter[tuple[str, str]]", what: str) -> int:
    return sum(times for (_, did), times in done.items() if did == what)
