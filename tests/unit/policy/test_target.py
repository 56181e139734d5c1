"""Which value a fix sets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.domain.report import Scalar
from responder.policy.target import Bounds, Factor, How, Step, Value, target

TIERS = ("fast", "balanced", "best")


@pytest.mark.parametrize(
    ("how", "present", "bounds", "value"),
    [
        (Step(500), 2000, Bounds(minimum=0, maximum=20000), 2500),
        (Step(500), 19800, Bounds(minimum=0, maximum=20000), 20000),
        (Step(500), 2000, Bounds(maximum=20000, ceiling=2300), 2300),
        (Step(500), 2600, Bounds(maximum=20000, ceiling=2300), 2600),  # never lowered by its ceiling
        (Step(-500), 200, Bounds(minimum=0), 0),
        (Factor(0.5, round_to=1000), 8000, Bounds(minimum=1000, maximum=32000), 4000),
        (Factor(0.5, round_to=1000), 5000, Bounds(minimum=1000), 2000),  # rounded away from what is
        (Factor(1.5, round_to=100), 1000, Bounds(), 1500),
        (Step(1), "fast", Bounds(choices=TIERS), "balanced"),
        (Step(-1), "fast", Bounds(choices=TIERS), "fast"),  # there is none beyond it
        (Step(1), "best", Bounds(choices=TIERS), "best"),
        (Value(5), 0, Bounds(minimum=0, maximum=60), 5),
        (Value("relaxed"), "strict", Bounds(choices=("relaxed", "strict")), "relaxed"),
    ],
)
def test_the_target_is_one_absolute_value(how: How, present: Scalar, bounds: Bounds, value: Scalar) -> None:
    assert target(how, present, bounds) == value


@pytest.mark.parametrize(
    ("how", "present", "bounds"),
    [
        (Step(500), "plenty", Bounds()),
        (Step(500), None, Bounds()),
        (Step(500), True, Bounds()),
        (Factor(2), math.nan, Bounds()),
        (Step(1), "unheard-of", Bounds(choices=TIERS)),
    ],
)
def test_from_nonsense_nothing_is_computed(how: How, present: Scalar, bounds: Bounds) -> None:
    with pytest.raises(ValueError, match="is no"):
        target(how, present, bounds)


@given(
    by=st.floats(-1e4, 1e4),
    present=st.integers(-100, 30_000),
    ceiling=st.none() | st.floats(0, 3e4),
)
def test_a_step_never_goes_the_other_way_and_never_beyond_what_is_allowed(
    by: float, present: int, ceiling: float | None
) -> None:
    bounds = Bounds(minimum=0, maximum=20_000, ceiling=ceiling)
    made = target(Step(by), present, bounds)
    assert isinstance(made, int | float)
    assert (made - present) * by >= 0
    assert made == present or 0 <= made <= min(20_000, ceiling if ceiling is not None else 20_000)
