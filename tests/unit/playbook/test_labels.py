"""Which labels an answer has, read off the query."""

import pytest

from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import parsed

KEPT, LOST = True, False


@pytest.mark.parametrize(
    ("query", "has_p"),
    [
        ("a", KEPT),
        ("sum(a)", LOST),
        ("sum by (p) (a)", KEPT),
        ("sum by (q) (a)", LOST),
        ("sum without (p) (a)", LOST),
        ("sum without (q) (a)", KEPT),
        ("sum by (p) (sum by (q) (a))", LOST),  # lost further inside
        ("topk(3, a)", KEPT),  # picks series
        ("topk by (q) (3, a)", KEPT),
        ("quantile(0.9, a)", LOST),
        ('count_values("p", a)', KEPT),  # makes it
        ("a > 1", KEPT),
        ("1 - a", KEPT),
        ("a / b", KEPT),
        ("a / sum(b)", LOST),  # one label set on both sides
        ("a / on (p) b", KEPT),
        ("a / on (q) b", LOST),
        ("a / ignoring (p) b", LOST),
        ("a / ignoring (q) b", KEPT),
        ("a / on (q) group_left () sum by (q) (b)", KEPT),
        ("sum by (q) (a) / on (q) group_left (p) b", KEPT),  # copied over
        ("sum by (q) (a) / on (q) group_right () b", KEPT),
        ("a and on (q) b", KEPT),
        ("sum(a) and b", LOST),
        ("a unless on () b", KEPT),
        ("a or sum(b)", LOST),  # one of the two answers lacks it
        ("a or b", KEPT),
        ("sum by (p) (a) or vector(0)", LOST),
        ("rate(a[5m])", KEPT),
        ("max_over_time((sum by (p) (a))[1h:5m])", KEPT),
        ("histogram_quantile(0.9, sum by (p, le) (a))", KEPT),
        ("histogram_quantile(0.9, sum by (le) (a))", LOST),
        ('label_replace(sum(a), "p", "$1", "q", "(.*)")', KEPT),
        ('absent(a{p="x"})', KEPT),
        ('absent(a{p=~"x"})', LOST),  # only what is matched exactly
        ("scalar(a)", LOST),
        ("vector(1)", LOST),
        ("time()", LOST),
        ("-a", KEPT),
        ("scalar(a) * b", KEPT),
    ],
)
def test_a_label_is_kept_or_lost_as_prometheus_does(query: str, has_p: bool) -> None:  # noqa: FBT001 - a column of the table
    assert ("p" in labels_of_answer(parsed(query))) is has_p


def test_the_bucket_label_is_gone_after_a_quantile() -> None:
    assert "le" not in labels_of_answer(parsed("histogram_quantile(0.9, rate(a[5m]))"))
