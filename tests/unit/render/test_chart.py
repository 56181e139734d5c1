"""The course of a measure as a picture."""

from dataclasses import replace

import pytest

from responder.domain.report import Reading
from responder.domain.units import Unit
from responder.render.chart import EDGE, HEIGHT, WIDTH, chart, sparkline
from responder.testing.samples.parts import reading

NAN, INF = float("nan"), float("inf")


def measured(*values: float, threshold: float = 0.0) -> Reading:
    points = tuple((60.0 * i, value) for i, value in enumerate(values))
    return replace(reading(values[-1], Unit.COUNT, threshold), points=points)


def test_the_highest_value_is_at_the_top_and_the_lowest_at_the_bottom() -> None:
    drawn = chart(measured(0.0, 10.0, threshold=5.0))
    assert drawn is not None
    assert drawn.line == f"0.0,{HEIGHT - EDGE:.1f} {WIDTH:.1f},{EDGE:.1f}"
    assert drawn.threshold == HEIGHT / 2


def test_a_threshold_outside_the_values_is_in_the_picture() -> None:
    drawn = chart(measured(8.0, 10.0, threshold=0.0))
    assert drawn is not None
    assert drawn.threshold == HEIGHT - EDGE


@pytest.mark.parametrize(
    "values",
    [
        (),  # nothing is known
        (3.0,),  # a point is no course
        (NAN, INF, 3.0),  # one that can be drawn
    ],
)
def test_fewer_than_two_points_make_no_picture(values: tuple[float, ...]) -> None:
    assert chart(measured(*values) if values else None) is None


def test_a_flat_course_is_a_line_in_the_middle() -> None:
    drawn = chart(measured(0.0, 0.0))
    assert drawn is not None
    assert drawn.line == f"0.0,{HEIGHT / 2} {WIDTH:.1f},{HEIGHT / 2}"


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ((0.0, 1.0, 7.0), "▁▂█"),
        ((5.0, 5.0), "▁▁"),
        ((1.0, NAN, INF, 2.0), "▁█"),  # what is no number is left out
    ],
)
def test_a_sparkline_goes_from_the_lowest_to_the_highest_bar(values: tuple[float, ...], bars: str) -> None:
    assert sparkline(measured(*values)) == bars


def test_a_sparkline_keeps_the_newest_value_and_fits() -> None:
    bars = sparkline(measured(*[0.0] * 99, 9.0), most=40)
    assert len(bars) <= 40
    assert bars.endswith("▁█")
