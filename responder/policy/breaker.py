"""The breaker: stops all fixes when they do no good, or when too much is wrong to turn knobs."""

from collections.abc import Mapping, Sequence
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


WORDS: Final[Mapping[Tripped, str]] = {
    Tripped.IN_A_ROW: "three in a row failed, did not work, made things worse or were undone by a person",
    Tripped.STORM: "a storm of incidents",
    Tripped.BY_HAND: "nobody said why",
}
"""What people read."""


def words_of(why: str) -> str:
    """What people read; what a person wrote, and what only a newer version knows, as it is."""
    return WORDS[Tripped(why)] if why in set(Tripped) else why


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
