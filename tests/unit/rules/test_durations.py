"""Durations, and what one factor does to a query and to a file."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.domain.durations import (
    Document,
    format_duration,
    parse_duration,
    scale,
    scale_duration,
    scale_promql,
    tokenize,
)

FACTOR = Fraction(1, 20)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("15ms", 15),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("1y2w3d", 31_536_000_000 + 14 * 86_400_000 + 3 * 86_400_000),
    ],
)
def test_a_duration_reads_as_milliseconds(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "1m1h", "1.5h", "5min", "5m5m", "\u0665m"])
def test_what_prometheus_does_not_take_for_a_duration_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**12))
def test_what_is_written_reads_as_the_same(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("text", "factor", "scaled"),
    [
        ("5m", FACTOR, "15s"),
        ("15s", FACTOR, "750ms"),
        ("8d", FACTOR, "9h36m"),
        ("10s", 1 / 3, "3s333ms"),
        ("1ms", FACTOR, "1ms"),  # nothing shorter exists
        ("0s", FACTOR, "0s"),  # and nothing is not something
        ("5m", 2, "10m"),
    ],
)
def test_a_duration_is_scaled_to_whole_milliseconds(text: str, factor: float | Fraction, scaled: str) -> None:
    assert scale_duration(text, factor) == scaled


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_factor_must_be_above_zero(factor: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        scale_duration("5m", factor)


@pytest.mark.parametrize(
    ("query", "scaled"),
    [
        ("rate(x[5m])", "rate(x[15s])"),
        ("x offset 1d", "x offset 1h12m"),
        ("x offset -1h30m", "x offset -4m30s"),
        ("max_over_time(rate(x[5m])[1h:1m])", "max_over_time(rate(x[15s])[3m:3s])"),
        ("x[1h:]", "x[3m:]"),
        # names and strings only look like durations
        ("rate(x5m{le='5m',d=\"1h\",`c`=~`10m|1h`}[5m])", "rate(x5m{le='5m',d=\"1h\",`c`=~`10m|1h`}[15s])"),
        ('x{a="\\"[5m]"}[5m]', 'x{a="\\"[5m]"}[15s]'),
        ("job:x:rate5m > 1", "job:x:rate5m > 1"),
        ("x # the last [5m]\n> 300", "x # the last [5m]\n> 300"),
        # thresholds, times and other numbers stay
        ("histogram_quantile(0.95, x) > 300", "histogram_quantile(0.95, x) > 300"),
        ("x @ 1609746000 > 0x5d and 1e3 < y", "x @ 1609746000 > 0x5d and 1e3 < y"),
        ("rate(x[$__rate_interval])", "rate(x[$__rate_interval])"),
        # a prediction's horizon is a duration in seconds
        ("predict_linear(x[30m], 3600) < 0", "predict_linear(x[1m30s], 180) < 0"),
        ('predict_linear(x{a=",",b="c"}[30m] , 1e1 )', 'predict_linear(x{a=",",b="c"}[1m30s] , 0.5 )'),
        ("predict_linear(x[30m], 4 * 3600)", "predict_linear(x[1m30s], ( 4 * 3600) * 0.05)"),
        ("predict_linear(x[30m], -60)", "predict_linear(x[1m30s], ( -60) * 0.05)"),
        (
            "predict_linear(predict_linear(x[5m], 60 * 2)[1h:1m], 60)",
            "predict_linear(predict_linear(x[15s], ( 60 * 2) * 0.05)[3m:3s], 3)",
        ),
        # unfinished queries come back as well as they went in
        ("predict_linear(x[5m], 60", "predict_linear(x[15s], 60"),
        ("predict_linear", "predict_linear"),
    ],
)
def test_a_query_is_scaled_where_it_speaks_of_time(query: str, scaled: str) -> None:
    assert scale_promql(query, FACTOR) == scaled


@given(st.text())
def test_no_text_is_lost_in_pieces_and_a_factor_of_one_keeps_the_meaning(text: str) -> None:
    assert "".join(token.text for token in tokenize(text)) == text


def test_a_file_is_scaled_at_its_known_keys_and_its_texts_stay() -> None:
    document: Document = {
        "groups": [
            {
                "interval": "5m",
                "rules": [
                    {
                        "expr": "rate(x[5m]) > 300",
                        "for": "10m",
                        "annotations": {"description": "in the last 5m", "for": ["5m"]},
                    }
                ],
            }
        ],
        "route": {"group_wait": "10s", "routes": [{"repeat_interval": "4h", "receiver": "5m"}]},
        "count": 5,
    }
    assert scale(document, FACTOR) == {
        "groups": [
            {
                "interval": "15s",
                "rules": [
                    {
                        "expr": "rate(x[15s]) > 300",
                        "for": "30s",
                        "annotations": {"description": "in the last 5m", "for": ["5m"]},
                    }
                ],
            }
        ],
        "route": {"group_wait": "500ms", "routes": [{"repeat_interval": "12m", "receiver": "5m"}]},
        "count": 5,
    }


def test_other_files_bring_their_own_keys() -> None:
    assert scale({"query": "x[5m]", "for": "5m"}, FACTOR, {"query": scale_promql}) == {
        "query": "x[15s]",
        "for": "5m",
    }
