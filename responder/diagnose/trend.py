"""Where a measure is going now.

The rule: of the last third of its points (at least six) the medians of the earlier and the later half are
compared, so that a spike or a gap says nothing and what happened long ago neither. The difference counts when
it is more than 2.5 times the spread (median absolute deviation) of the quieter half, and more than 2 % of the
largest value in sight or of the threshold. Less is steady; fewer than six points are too few to say.
"""

from collections.abc import Sequence
from statistics import median
from typing import Final

from responder.domain.report import Trend

FEWEST: Final = 6
SPREADS: Final = 2.5
SHARE: Final = 0.02


def trend_of(values: Sequence[float], threshold: float = 0.0) -> Trend:
    """The trend of finite values in the order of time."""
    recent = values[-max(FEWEST, len(values) // 3) :]
    if len(recent) < FEWEST:
        return Trend.UNKNOWN
    half = len(recent) // 2
    earlier, later = recent[:half], recent[-half:]
    change = median(later) - median(earlier)
    noise = SPREADS * min(_spread(earlier), _spread(later))
    size = max(*map(abs, recent), abs(threshold))
    if abs(change) <= max(noise, SHARE * size):
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING


def _spread(values: Sequence[float]) -> float:
    middle = median(values)
    return median(abs(value - middle) for value in values)
