"""What is true of every query we ship, wherever it stands: it asks metrics and labels that exist."""

import re
from collections.abc import Iterator
from typing import Final

import promql_parser as ast
from promql_parser import Expr

from responder.knowledge.catalogue import METRICS, OPTIONAL, SPELLINGS
from responder.playbook.labels import ANY, Labels, labels_of_answer
from responder.playbook.promql import PromqlError, matchers_of, parsed, selectors
from responder.yamldoc import did_you_mean

GATES: Final = "hypertool_workflow_quality_gate_total"


def problems_of_query(query: str) -> Iterator[str]:
    """What is wrong with a query by what we know of Hypertool's metrics; nothing if it can't be parsed."""
    try:
        expression = parsed(query)
    except PromqlError:
        return  # the loader says so
    yield from dict.fromkeys(_problems(expression))


def _problems(expression: Expr) -> Iterator[str]:
    for selector in selectors(expression):
        name = selector.name or ""
        if name not in METRICS:
            yield f'no metric "{name}"{did_you_mean(name, METRICS, listing=False)}'
            continue
        for matcher in matchers_of(selector):
            if matcher.name not in METRICS[name]:
                yield _no_label(matcher.name, name)
        yield from _one_spelling(selector)
    yield from _lost_groups(expression)


def _no_label(label: str, metric: str) -> str:
    return f'label "{label}" is not on {metric}{did_you_mean(label, METRICS[metric])}'


def _one_spelling(selector: ast.VectorSelector) -> Iterator[str]:
    """Collectors in the field write passed and failed where the design has pass and fail."""
    if selector.name != GATES:
        return
    for matcher in matchers_of(selector):
        if matcher.name != "result":
            continue
        for spellings in SPELLINGS:
            if len({_matches(matcher, one) for one in spellings}) > 1:
                designed, deployed = spellings
                both = f'result=~"{designed}|{deployed}"'
                yield f'collectors write "{designed}" or "{deployed}": match both, {both}'


def _matches(matcher: ast.Matcher, value: str) -> bool:
    if matcher.op in (ast.MatchOp.Equal, ast.MatchOp.NotEqual):
        return (matcher.value == value) is (matcher.op == ast.MatchOp.Equal)
    return bool(re.fullmatch(matcher.value, value)) is (matcher.op == ast.MatchOp.Re)


def _lost_groups(expression: Expr) -> Iterator[str]:
    """An aggregation by a label that isn't there puts everything into one group without saying so."""
    found: list[ast.AggregateExpr] = []

    def visit(node: Expr) -> bool:
        if isinstance(node, ast.AggregateExpr):
            found.append(node)
        return True

    ast.walk(expression, pre_visit=visit)
    for one in found:
        if one.modifier is None or one.modifier.type != ast.AggModifierType.By:
            continue
        labels = labels_of_answer(one.expr, known)
        for label in one.modifier.labels:
            if label not in labels:
                yield _lost(label, one.expr)
            elif any((selector.name, label) in OPTIONAL for selector in selectors(one.expr)):
                yield f'label "{label}" is not on every Hypertool\'s {selectors(one.expr)[0].name}'


def _lost(label: str, inner: Expr) -> str:
    names = {selector.name or "" for selector in selectors(inner)}
    if len(names) == 1 and (name := next(iter(names))) in METRICS and label not in METRICS[name]:
        return _no_label(label, name)
    return f'it groups by "{label}", which what is inside has not'


def known(selector: ast.VectorSelector) -> Labels:
    """The labels of a metric we know; of any other all of them, for that is said already."""
    labels = METRICS.get(selector.name or "")
    return ANY if labels is None else Labels(labels)
