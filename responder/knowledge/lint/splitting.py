"""A playbook's query is asked once for all alerts: nothing on the way may mix what belongs to several."""

from collections.abc import Iterator
from typing import Final, cast

import promql_parser as ast
from promql_parser import Expr

from responder.domain.lint import LintRule
from responder.knowledge.lint.said import Facts, Said
from responder.knowledge.lint.tree import nodes
from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import PLACEHOLDER, PromqlError, matchers, parsed

_MARK: Final = "\ue000"
"""Before a variable's name, where it is a matcher's value; of Unicode's private area, so in no query."""

_PICK: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_FORGET: Final = frozenset({"scalar", "absent", "absent_over_time"})
_WRITE: Final = frozenset({"label_replace", "label_join"})


def problems_of_splitting(query: str, facts: Facts) -> Iterator[Said]:
    """Where a query that uses variables mixes what belongs to different alerts."""
    try:
        expression = parsed(PLACEHOLDER.sub(rf"{_MARK}\1", query))
    except PromqlError:
        return
    yield from dict.fromkeys(Said(LintRule.LABEL_LOST, one) for one in _mixed(expression, facts))


def _mixed(expression: Expr, facts: Facts) -> Iterator[str]:
    for node in nodes(expression):
        match node:
            case ast.AggregateExpr() if str(node.op) in _PICK:
                yield from _picked(node)
            case ast.AggregateExpr():
                if str(node.op) == "count_values":
                    yield from _written_over("count_values", node.param, node.expr)
                yield from _forgotten(str(node.op), node, node.expr, facts)
            case ast.Call() if node.func.name in _FORGET:
                yield from _forgotten(node.func.name, node, node.args[0], facts)
            case ast.Call() if node.func.name in _WRITE:
                yield from _written_over(node.func.name, node.args[1], node.args[0])
            case ast.BinaryExpr():
                yield from _matched_across(node, facts)


def _used(expression: Expr) -> list[str]:
    """The variables in an expression, in the order in which they stand there."""
    found = (m.value for m in matchers(expression) if m.value.startswith(_MARK))
    return list(dict.fromkeys(value.removeprefix(_MARK) for value in found))


def _picked(node: ast.AggregateExpr) -> Iterator[str]:
    modifier = node.modifier
    for name in _used(node.expr):
        if modifier is None or (name in modifier.labels) is (modifier.type == ast.AggModifierType.Without):
            yield f"{node.op} picks from all alerts together: write {node.op} by ({name}) (…)"


def _forgotten(name: str, node: Expr, inner: Expr, facts: Facts) -> Iterator[str]:
    kept = labels_of_answer(node, facts.catalogue.labels)
    for variable in _used(inner):
        if variable not in kept:
            hint = "" if name in _FORGET else f": write {name} by ({variable}) (…)"
            yield f'{name} mixes all alerts, its answer has no label "{variable}"{hint}'


def _written_over(name: str, into: Expr | None, inner: Expr) -> Iterator[str]:
    label = cast("ast.StringLiteral", into).val
    if label in _used(inner):
        yield f'{name} writes over "{label}", by which the answer is split'


def _matched_across(node: ast.BinaryExpr, facts: Facts) -> Iterator[str]:
    """Two sides that both belong to alerts are matched on what tells these apart."""
    matching = node.modifier.matching if node.modifier else None
    if matching is None or str(node.op) == "or":
        return
    both = set(_used(node.lhs)) & set(_used(node.rhs))
    left, right = (labels_of_answer(side, facts.catalogue.labels) for side in (node.lhs, node.rhs))
    on = matching.type == ast.LabelModifierType.Include
    for name in sorted(both):
        if name in left and name in right and (name in matching.labels) is not on:
            how = f"on (…) without {name}" if on else f"ignoring ({name})"
            yield f"{how} holds one alert's values against another's: match on {name} too"
