"""A finding's rows as words."""

from dataclasses import replace

import pytest

from responder.domain.report import Scalar
from responder.domain.units import Unit
from responder.render.table import plain_table, scalar, table
from responder.testing.samples.parts import finding, row

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
        ("two\nlines", None, "two lines"),
        ("", None, "-"),
    ],
)
def test_a_value_is_told_as_people_read_it(value: Scalar, unit: Unit | None, words: str) -> None:
    assert scalar(value, unit) == words


def test_columns_are_aligned_and_cells_cut() -> None:
    some = finding("x", "X", None, [row(A, {"m": "long " * 9}, value=1.0), row(A, {"m": "b"}, value=2.0)])
    assert plain_table(table(some, 9), 10) == "m          value\nlong long…  1\nb           2".replace(
        "m          value", "m           value"
    )
