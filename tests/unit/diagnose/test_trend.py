"""The trend is where a measure is going now, not where a spike was."""

import random

import pytest

from responder.diagnose.trend import trend_of
from responder.domain.report import Trend


def noise(size: float, level: float = 100) -> list[float]:
    dice = random.Random(7)  # noqa: S311 - a seed for a test
    return [dice.gauss(level, size) for _ in range(60)]


@pytest.mark.parametrize(
    ("values", "trend"),
    [
        ([0.0] * 60, Trend.STEADY),
        ([float(-30 * minute) for minute in range(60)], Trend.FALLING),
        ([float(minute) for minute in range(60)], Trend.RISING),
        # a burst that began six minutes ago
        ([0.3] * 54 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], Trend.RISING),
        # it rose half an hour ago and stays
        ([0.3] * 30 + [3.0] * 30, Trend.STEADY),
        # one spike
        ([1.0] * 57 + [50.0] + [1.0] * 2, Trend.STEADY),
        # noise around a level, and a slope that stands out of it
        (noise(5), Trend.STEADY),
        ([value + 4 * minute for minute, value in enumerate(noise(5))], Trend.RISING),
        # less than two percent
        ([2000.0] * 50 + [1980.0] * 10, Trend.STEADY),
        # born six points ago, and five
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], Trend.RISING),
        ([1.0, 2.0, 3.0, 4.0, 5.0], Trend.UNKNOWN),
        ([], Trend.UNKNOWN),
    ],
)
def test_the_trend_of(values: list[float], trend: Trend) -> None:
    assert trend_of(values) is trend


def test_a_change_that_is_small_beside_the_threshold_is_none() -> None:
    """From 1 s to 4 s is not "rising" where 300 s are too slow."""
    values = [1.0] * 50 + [4.0] * 10
    assert (trend_of(values), trend_of(values, threshold=300)) == (Trend.RISING, Trend.STEADY)
