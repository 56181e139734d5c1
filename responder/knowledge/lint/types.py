"""Functions get what they are made for: counters, buckets, and windows that have something in them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import promql_parser as ast
from promql_parser import Expr, VectorSelector, display_duration

from responder.domain.lint import LintRule
from responder.knowledge.catalogue import Exported, window_seconds
from responder.knowledge.lint.said import Facts, Said
from responder.knowledge.lint.tree import bare, nodes
from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import selectors

OF_COUNTERS: Final = frozenset({"rate", "irate", "increase", "resets"})
SCRAPES: Final = 4
"""A window has at least so many: one may fail, and a rate needs two."""


def rates(expression: Expr, facts: Facts) -> Iterator[Said]:
    """A rate is that of a counter: what a gauge loses would count as a restart."""
    for node in nodes(expression):
        if isinstance(node, ast.Call) and node.func.name in OF_COUNTERS:
            selector = _over(node.args[0])
            one = facts.catalogue.of(selector) if selector else None
            if one and not one.rises:
                instead = "deriv" if node.func.name in ("rate", "irate") else "delta"
                if node.func.name == "resets":
                    instead = "changes"
                message = f"{node.func.name} is for counters, {one.name} is a gauge: use {instead}"
                yield Said(LintRule.RATE_OF_GAUGE, message)


def _over(argument: Expr) -> VectorSelector | None:
    """What a range is taken of, if it is plainly a metric."""
    match bare(argument):
        case ast.MatrixSelector() as matrix:
            return matrix.vector_selector
        case ast.SubqueryExpr() as subquery:
            inner = bare(subquery.expr)
            return inner if isinstance(inner, VectorSelector) else None
        case _:
            return None


def quantiles(expression: Expr, facts: Facts) -> Iterator[Said]:
    """A quantile is taken over buckets, and these are told apart by `le`."""
    for node in nodes(expression):
        if not (isinstance(node, ast.Call) and node.func.name == "histogram_quantile"):
            continue
        buckets = node.args[1]
        if "le" in labels_of_answer(buckets, facts.catalogue.labels):
            continue
        others = [
            one for s in selectors(buckets) if (one := facts.catalogue.of(s)) and "le" not in one.labels
        ]
        why = f"{others[0].name} has no buckets" if others else 'write "le" into by (…)'
        yield Said(LintRule.QUANTILE_WITHOUT_LE, f'the quantile of what has no label "le": {why}')


def windows(expression: Expr, facts: Facts) -> Iterator[Said]:
    """A window is long enough to have something in it."""
    for node in nodes(expression):
        if not isinstance(node, ast.MatrixSelector | ast.SubqueryExpr):
            continue
        if (selector := _over(node)) and node.range:
            one = facts.catalogue.of(selector)
            yield from _window(node.range.total_seconds(), one, facts.scrape_interval)


def _window(window: float, one: Exported | None, scrape_interval: float) -> Iterator[Said]:
    least = window_seconds(one) if one else 0.0
    if window < SCRAPES * scrape_interval:
        message = (
            f"a window of {_span(window)} has fewer than {SCRAPES} scrapes, one every "
            f"{_span(scrape_interval)}: make it {_span(max(least, SCRAPES * scrape_interval))} or longer"
        )
        yield Said(LintRule.SHORT_WINDOW, message)
    elif one and window < least:
        message = (
            f"a window of {_span(window)} over {one.name} is empty most of the time: "
            f"make it {_span(least)} or longer"
        )
        yield Said(LintRule.SHORT_STAGE_WINDOW, message)


def _span(length: float) -> str:
    return str(display_duration(timedelta(seconds=length)))
