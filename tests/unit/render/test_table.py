"""A finding's rows as words."""

from dataclasses import replace

import pytest

from responder.domain.errors import Reason
from responder.domain.report import Finding, FindingState, Scalar
from responder.domain.units import Unit
from responder.render.table import nothing_words, plain_table, scalar, table
from responder.testing.samples.parts import NOW, finding, row

A = (("persona", "a"),)
B = (("persona", "b"),)


def test_what_all_rows_are_about_is_not_repeated() -> None:
    one = finding(
        "x", "X", Unit.TOKENS, [row(A, {"model": "m"}, value=1.0), row(A, {"model": "n"}, value=2.0)]
    )
    two = replace(one, rows=(*one.rows, row(B, {"model": "m"}, value=3.0)))
    assert table(one, 9).head == ("model", "value")
    assert table(two, 9).head == ("persona", "model", "value")


def test_a_label_that_a_row_lacks_is_a_dash() -> None:
    some = finding("x", "X", None, [row(A, {"model": "m"}, value=1.0), row(A, {}, value=2.0)])
    assert table(some, 9).rows == (("m", "1"), ("-", "2"))


def test_rows_left_out_are_counted_with_those_cut_before() -> None:
    many = finding("x", "X", None, [row(A, {}, value=float(i)) for i in range(10)])
    shown = table(replace(many, left_out=5), 4)
    assert (len(shown.rows), shown.left_out) == (4, 11)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, Unit.TOKENS, "-"),  # no data is never 0
        (0.0, Unit.TOKENS, "0 tokens"),
        (0.46, Unit.RATIO, "46 %"),
        (True, None, "yes"),
        (float("nan"), None, "not a number"),
        ("one line\n", None, "one line"),
        ("1\n2\n3\n4\n5\n6", None, "3 / 4 / 5 / 6"),  # of a log the end
        ("", None, "-"),
    ],
)
def test_a_value_is_told_as_people_read_it(value: Scalar, unit: Unit | None, words: str) -> None:
    assert scalar(value, unit) == words


def test_moments_are_told_as_such() -> None:
    started = finding(
        "x", "X", None, [row(A, {}, started_at=NOW.timestamp(), since=NOW.timestamp(), took=0.25)]
    )
    assert table(started, 9).rows == (("14 Nov 03:04 UTC", "14 Nov 03:04 UTC", "0.25 s"),)


def test_a_moment_beyond_every_calendar_is_a_number() -> None:
    odd = finding("x", "X", None, [row(A, {}, started_at=1e20)])
    assert table(odd, 9).rows == (("100000000000000000000",),)


def test_fields_without_a_value_and_those_for_tests_only_are_left_out() -> None:
    knob = finding("x", "X", Unit.TOKENS, [row(A, {}, value=2.0, default=1.0, at_default=False, reason=None)])
    assert table(knob, 9).head == ("value", "default")


@pytest.mark.parametrize(
    ("state", "reason", "detail", "words"),
    [
        (
            FindingState.MEASURED,
            None,
            "none of them is active",
            "none of them is active",
        ),  # that is an answer
        (FindingState.NO_DATA, None, "", "not measured, no data"),
        (FindingState.PENDING, None, "", "not measured, still asking"),
        (FindingState.FAILED, Reason.TIMEOUT, "after 2 s", "not measured, timeout: after 2 s"),
    ],
)
def test_a_finding_without_rows_says_why(
    state: FindingState, reason: Reason | None, detail: str, words: str
) -> None:
    empty = Finding(diagnostic="x", title="X", kind="alerts", state=state, reason=reason, detail=detail)
    assert nothing_words(empty) == words


def test_one_row_with_many_fields_is_a_name_and_a_value_a_line() -> None:
    one = finding("x", "X", None, [row(A, {}, a=1.0, bb=2.0, ccc=3.0, dddd=4.0)])
    assert plain_table(table(one, 9), 10) == "a     1\nbb    2\nccc   3\ndddd  4"


def test_columns_are_aligned_and_cells_cut() -> None:
    some = finding("x", "X", None, [row(A, {"m": "long " * 9}, value=1.0), row(A, {"m": "b"}, value=2.0)])
    assert plain_table(table(some, 9), 10) == "m           value\nlong long…  1\nb           2"
