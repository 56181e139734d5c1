"""The breaker: stops all fixes when they do no good, or when too much is wrong to turn knobs."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from responder.domain.fix import FixEnd

IN_A_ROW: Final = 3
BAD: Final = frozenset({FixEnd.FAILED, FixEnd.INEFFECTIVE, FixEnd.WORSE, FixEnd.REVERTED})
"""Failed, did not work, or was undone by a person."""
GOOD: Final = frozenset({FixEnd.VERIFIED, FixEnd.EXPIRED})


class Tripped(StrEnum):
    """Why fixes are paused. Values are kept in the database and are metric labels: never rename one."""

    IN_A_ROW = "in_a_row"
    STORM = "storm"
    BY_HAND = "by_hand"


def trips(last_ends: Sequence[FixEnd], *, storm: bool) -> Tripped | None:
    """Why the breaker opens now, or None.

    Args:
        last_ends: of fixes that had been applied, since a person resumed; the newest first.
        storm: whether there is one now.
    """
    newest = list(last_ends[:IN_A_ROW])
    if len(newest) == IN_A_ROW and all(end in BAD for end in newest):
        return Tripped.IN_A_ROW
    return Tripped.STORM if storm else None
