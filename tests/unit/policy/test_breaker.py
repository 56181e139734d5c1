"""When all fixes are paused."""

import pytest

from responder.domain.fix import FixEnd
from responder.policy.breaker import Tripped, trips

FAILED, WORSE, NOTHING, EXPIRED = FixEnd.FAILED, FixEnd.WORSE, FixEnd.INEFFECTIVE, FixEnd.EXPIRED


@pytest.mark.parametrize(
    ("ends", "opened", "tripped"),
    [
        ([], 0, None),
        ([FAILED, WORSE], 0, None),
        ([FAILED, WORSE, NOTHING], 0, Tripped.IN_A_ROW),
        ([FAILED, EXPIRED, WORSE, NOTHING], 0, None),  # one that did its work in between
        ([FixEnd.REVERTED, FAILED, FAILED], 0, Tripped.IN_A_ROW),  # undone by a person
        ([FixEnd.SUPERSEDED, FAILED, FAILED], 0, None),  # a human took over: nothing is wrong with fixes
        ([FAILED, FAILED, FAILED, EXPIRED], 0, Tripped.IN_A_ROW),  # the newest count
        ([], 20, None),
        ([], 21, Tripped.STORM),
    ],
)
def test_what_trips_it(ends: list[FixEnd], opened: int, tripped: Tripped | None) -> None:
    assert trips(ends, opened, storm=20) is tripped
