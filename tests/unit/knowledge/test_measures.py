"""When a playbook measures what its rule compares, however each of them is written."""

import pytest

from responder.domain.report import Direction
from responder.knowledge.lint.measures import essence, first_comparison, of_measure
from responder.playbook.promql import parsed

BUDGET = "hypertool_persona_token_budget_remaining"
RECORDED = {"persona:failures:ratio": parsed("sum by (persona) (a) / sum by (persona) (b)")}


@pytest.mark.parametrize(
    ("measure", "rule", "factor"),
    [
        (f'min by (persona) ({BUDGET}{{persona=~"${{persona}}"}})', f"min by (persona) ({BUDGET}) < 0", 1),
        ('sum(rate(a{b="c",d=~"${d}"}[5m]))', 'sum(rate(a{b="c"}[5m])) > 1', 1),  # one more matcher
        ("60 * sum(rate(a[5m]))", "sum(rate(a[5m])) > 1", 60),  # another unit
        ("sum(rate(a[5m])) / 60", "sum(rate(a[5m])) > 1", 1 / 60),
        ("sum(a) or 0 * sum(b)", "sum(a) > 1", 1),  # an answer where the rule needs none
        ("min(up) or vector(0)", "min(up) == 0", 1),
        ("sum(a) / (sum(b) > 0)", "sum(a) / sum(b) > 1", 1),  # no division by 0
        ("(sum(a) or 0 * sum(b)) / (sum(b) > 0)", "sum(a) / sum(b) > 1", 1),
        ("60 * (sum(a) unless sum(b) > 0)", "sum(a) > 0 unless sum(b) > 0", 60),  # the condition
        ('min(up{job="x"})', 'min by (job) (up{job="x"}) == 0', 1),  # one job: no label tells
        ("sum by (b, a) (x)", "sum by (a, b) (x) > 1", 1),
        ("sum(a)", "1 < sum(a)", 1),
        ("sum by (persona) (a) / sum by (persona) (b)", "persona:failures:ratio > 0.2", 1),
    ],
)
def test_the_same_is_measured(measure: str, rule: str, factor: float) -> None:
    compared = first_comparison(parsed(rule))
    assert compared
    ours, theirs = of_measure(measure, RECORDED), essence(compared.measured, RECORDED)
    assert ours.text == theirs.text
    assert ours.factor / theirs.factor == factor


@pytest.mark.parametrize(
    ("measure", "rule"),
    [
        ("sum(a)", "max(a) > 1"),
        ("sum(a)", "sum by (b) (a) > 1"),
        ("sum(rate(a[5m]))", "sum(rate(a[10m])) > 1"),
        ("sum(rate(a[5m]))", "sum(rate(a[5m] offset 1h)) > 1"),
        ('sum(a{b="c"})', "sum(a) > 1"),
        ("sum(a) / sum(b)", "sum(b) / sum(a) > 1"),
        ("histogram_quantile(0.5, a)", "histogram_quantile(0.95, a) > 1"),
        ("sum(a) or sum(b)", "sum(a) > 1"),
    ],
)
def test_something_else_is_measured(measure: str, rule: str) -> None:
    compared = first_comparison(parsed(rule))
    assert compared
    assert of_measure(measure, {}).text != essence(compared.measured, {}).text


@pytest.mark.parametrize(
    ("rule", "threshold", "direction"),
    [
        ("a > 3", 3, Direction.ABOVE),
        ("3 >= a", 3, Direction.BELOW),
        ("a < -3 or a == 0", -3, Direction.BELOW),
        ("(a == 0) or a > 7", 0, None),  # the first one counts, and equality has no side
    ],
)
def test_the_first_comparison_is_that_of_the_measure(
    rule: str, threshold: float, direction: Direction | None
) -> None:
    compared = first_comparison(parsed(rule))
    assert compared
    assert (compared.threshold, compared.direction) == (threshold, direction)


def test_a_rule_that_compares_series_with_each_other_has_no_threshold() -> None:
    assert first_comparison(parsed("a > on (b) c")) is None
