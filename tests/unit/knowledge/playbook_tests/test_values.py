"""promtool's notation of values, and the two things more."""

import pytest

from responder.knowledge.playbook_tests.values import NotValuesError, samples


def written(text: str, interval: str = "1m") -> list[tuple[float, float]]:
    return [(sample.after, sample.value) for sample in samples(text, interval)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 2.5 -3", [(0, 1), (60, 2.5), (120, -3)]),
        ("0+3x2", [(0, 0), (60, 3), (120, 6)]),  # as promtool counts: 2 more
        ("10-2x2", [(0, 10), (60, 8), (120, 6)]),
        ("-1+1x1", [(0, -1), (60, 0)]),
        ("5x2", [(0, 5), (60, 5), (120, 5)]),
        ("1 _ 2", [(0, 1), (120, 2)]),
        ("_x2 7", [(120, 7)]),
        ("1e2", [(0, 100)]),
        ("0+1x1 ..+5x2", [(0, 0), (60, 1), (120, 6), (180, 11)]),  # goes on from the last value
        ("10 _ ..-4x1", [(0, 10), (120, 6)]),  # over a gap too
        ("0+1x1 @15s ..+1x2", [(0, 0), (60, 1), (75, 2), (90, 3)]),
        ("@15s 1 2", [(0, 1), (15, 2)]),  # the first value is at the beginning
    ],
)
def test_values_stand_where_promtool_would_have_them(text: str, values: list[tuple[float, float]]) -> None:
    assert written(text) == values


def test_two_days_fit_into_a_line() -> None:
    two_days = written("0+3x2880")
    assert (len(two_days), two_days[-1]) == (2881, (2 * 86400, 3 * 2880))


def test_a_value_may_be_no_number_or_infinite() -> None:
    assert str(written("NaN +Inf -Inf")) == "[(0.0, nan), (60.0, inf), (120.0, -inf)]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 2,3", '"2,3" is not in the notation'),
        ("1 stale", "for the end of a series write _"),
        ("{{schema:0}}", "native histograms"),
        ("..+1x3", "there is none before it"),
        ("_x5 ..+1x3", "there is none before it"),
        ("1 @0s 2", "a value every 0s is none"),
        ("0 @500d 1", "more than 400 days"),
        ("0+1x999999999", "more than 200000 values"),
        ("0x150000 0x150000", "more than 200000 values"),
    ],
)
def test_what_is_not_in_the_notation_is_told(text: str, told: str) -> None:
    with pytest.raises(NotValuesError, match=told):
        samples(text, "1m")
