"""kill -9 at the worst moments: everything that was accepted is told, and nothing twice."""

from datetime import timedelta
from typing import Any, Final

import pytest

from responder.engine.replicas import BEAT, DEAD_AFTER
from responder.testing.line import Line

NAMES = [f"Alert{number}" for number in range(12)]
HALF_A_MINUTE: Final = 30
TELLING: Final = 10
"""Seconds for the telling itself, on a machine that does much else."""


@pytest.mark.parametrize("mode", ["send", "stall", "hang"])
def test_what_was_accepted_is_told_exactly_once(start: Any, ledger: Any, until: Any, mode: str) -> None:
    """Killed right after the last 202: before it was told, or after sending and before that was recorded."""
    replica = start(mode=mode)
    incidents = replica.send(*NAMES)
    if mode == "hang":
        until(lambda: len(ledger.told()) > 3)
    replica.kill()
    start(mode="send")
    until(lambda: set(ledger.told()) >= set(incidents))
    assert all(number == 1 for number in ledger.told().values())


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_dead_replicas_work_is_taken_over(start: Any, ledger: Any, until: Any) -> None:
    """One of two is killed in the middle of sending; the other tells what it left.

    Here a replica counts as dead after 4 seconds of silence.
    """
    dying = start("one", mode="stall")
    incidents = dying.send(*NAMES)
    start("two")
    dying.kill()
    until(lambda: set(ledger.told()) >= set(incidents), seconds=20)
    assert all(number == 1 for number in ledger.told().values())


def test_dead_replicas_are_replaced_within_half_a_minute() -> None:
    assert timedelta(seconds=HALF_A_MINUTE) > BEAT + DEAD_AFTER


@pytest.mark.soak
@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("is_lost", ["killed", "cut off"])
def test_as_shipped_the_work_goes_on_within_half_a_minute(  # noqa: PLR0913, PLR0917 - fixtures
    start: Any, ledger: Any, until: Any, line: Line, through: str, is_lost: str
) -> None:
    """One of two is killed, or loses the database, in the middle of sending."""
    dying = start("one", mode="stall", url=through, pace="shipped")
    incidents = dying.send(*NAMES)
    start("two", pace="shipped")
    if is_lost == "killed":
        dying.kill()
    else:
        line.cut()
    until(lambda: set(ledger.told()) >= set(incidents), seconds=HALF_A_MINUTE + TELLING)
    assert all(number == 1 for number in ledger.told().values())


def test_a_start_after_a_stop_duplicates_nothing(start: Any, ledger: Any, until: Any) -> None:
    """Twice started on what is there already: every message stays the one it was."""
    incidents = start().send(*NAMES[:3])
    until(lambda: set(ledger.told()) >= set(incidents))
    again = start("one")
    assert again.send(*NAMES[:3]) == incidents
    again.send("Another")
    until(lambda: len(ledger.told()) == 4)
    assert all(number == 1 for number in ledger.told().values())
