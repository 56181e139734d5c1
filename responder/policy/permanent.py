"""What a value should be for good, where leases had to raise it again and again. Pure."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from responder.domain.fix import Change
from responder.policy.target import Bounds

RAISED: Final = 3
"""So many raises of one target within a week say that the value itself is too low."""
WEEK: Final = 7
"""Days that are looked at."""
ROOM: Final = 0.2
"""What is added to the 95th percentile of daily use."""
_PERCENTILE: Final = 0.95


def raises(changes: Iterable[Change]) -> int:
    """How many of these raised a number."""
    return sum(_raises(change) for change in changes)


def percentile(daily: Sequence[float]) -> float:
    """The 95th percentile, between its neighbours as PromQL's quantile has it; of nothing there is none."""
    ordered = sorted(daily)
    rank = _PERCENTILE * (len(ordered) - 1)
    below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    return below + (above - below) * (rank - math.floor(rank))


def right_value(daily: Sequence[float], round_to: float, bounds: Bounds) -> float:
    """The 95th percentile plus 20 %, rounded up to a multiple of `round_to`, within the knob's bounds."""
    exact = percentile(daily) * (1 + ROOM) / round_to
    whole = math.ceil(round(exact, 9)) * round_to
    highest = bounds.maximum if bounds.maximum is not None else math.inf
    lowest = bounds.minimum if bounds.minimum is not None else -math.inf
    return max(lowest, min(whole, highest))


def _raises(change: Change) -> bool:
    before, after = change.before, change.after
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (before, after))
    return numbers and float(after or 0) > float(before or 0)
