"""What a value should be for good."""

import pytest

from responder.domain.fix import Change
from responder.policy.permanent import percentile, raises, right_value
from responder.policy.target import Bounds

OPEN = Bounds()


@pytest.mark.parametrize(
    ("daily", "of_them"),
    [
        ([1000], 1000),                                    # one day is all there is
        ([1000, 2000], 1950),                              # between its neighbours
        ([2000, 1000, 1500], 1950),                        # the order of the days makes no difference
        ([0, 0, 0, 0, 0, 0, 2100], 1470),                  # a day without use was measured
        ([1800, 1900, 2000, 2050, 2100, 2150, 2170], 2164),
    ],
)  # fmt: skip
def test_the_95th_percentile_is_prometheuss(daily: list[float], of_them: float) -> None:
    assert percentile(daily) == pytest.approx(of_them)


@pytest.mark.parametrize(
    ("daily", "round_to", "bounds", "value"),
    [
        ([2160], 100, OPEN, 2600),                             # 2592
        ([1000], 100, OPEN, 1200),                             # exact stays exact
        ([2160], 1, OPEN, 2592),
        ([19_000], 100, Bounds(maximum=20_000), 20_000),       # never beyond the knob's bound
        ([0], 100, Bounds(minimum=500), 500),
    ],
)  # fmt: skip
def test_it_is_that_plus_twenty_percent_rounded_up_within_the_bounds(
    daily: list[float], round_to: float, bounds: Bounds, value: float
) -> None:
    assert right_value(daily, round_to, bounds) == value


def test_only_what_raised_a_number_counts() -> None:
    def change(before: object, after: object) -> Change:
        return Change(action="control", target="t", before=before, after=after)  # type: ignore[arg-type]  # any scalar

    said = [change(1, 2), change(2, 1), change("fast", "best"), change(False, True), change(None, None)]
    assert raises(said) == 1
