"""When all fixes are paused."""

import pytest

from responder.domain.fix import FixEnd
from responder.policy.breaker import Tripped, trips, words_of

FAILED, WORSE, NOTHING, EXPIRED = FixEnd.FAILED, FixEnd.WORSE, FixEnd.INEFFECTIVE, FixEnd.EXPIRED


@pytest.mark.parametrize(
    ("ends", "storm", "tripped"),
    [
        ([], False, None),
        ([FAILED, WORSE], False, None),
        ([FAILED, WORSE, NOTHING], False, Tripped.IN_A_ROW),
        ([FAILED, EXPIRED, WORSE, NOTHING], False, None),  # one that did its work in between
        ([FixEnd.REVERTED, FAILED, FAILED], False, Tripped.IN_A_ROW),  # undone by a person
        ([FixEnd.SUPERSEDED, FAILED, FAILED], False, None),  # a human took over: nothing is wrong with fixes
        ([FAILED, FAILED, FAILED, EXPIRED], False, Tripped.IN_A_ROW),  # the newest count
        ([], True, Tripped.STORM),
    ],
)
def test_what_trips_it(ends: list[FixEnd], storm: bool, tripped: Tripped | None) -> None:  # noqa: FBT001 - a table
    assert trips(ends, storm=storm) is tripped


def test_why_is_said_in_words_and_what_a_person_wrote_is_left_as_it_is() -> None:
    assert "_" not in "".join(words_of(why) for why in Tripped)
    assert words_of("load test, snake_case and all") == "load test, snake_case and all"
