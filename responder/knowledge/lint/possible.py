"""Queries that can never answer, or never say yes, because of what a metric's values can be.

A metric may be exported in more than one way: a gauge that goes below 0 by design stops there in the field. A
query must be able to answer under each of them; what `or` puts beside a part that can't is the alternative.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import promql_parser as ast
from promql_parser import Expr

from responder.domain.lint import LintRule
from responder.domain.report import Direction
from responder.knowledge.lint.bounds import COMPARE, ZERO, Bounds, World
from responder.knowledge.lint.said import Facts, Said
from responder.knowledge.lint.tree import children, nodes, shown
from responder.playbook.model import FieldTest, Measure, Op
from responder.playbook.promql import selectors

Impossible = Callable[[World], str | None]
"""Why something can't be in a world, or None where it can."""


def answers(expression: Expr, facts: Facts) -> Iterator[Said]:
    """A query can have an answer, whatever collector there is."""
    yield from _everywhere(
        expression, facts, "this can never be true", lambda world: _silent(expression, world)
    )


def says_yes(expression: Expr, facts: Facts) -> Iterator[Said]:
    """A test can be answered with 1, whatever collector there is."""

    def never(world: World) -> str | None:
        bounds = world.bounds(expression)
        if bounds is None:
            return _silent(expression, world)
        return None if bounds[1] > 0 else _always_zero(expression, world)

    yield from _everywhere(expression, facts, "this can never say yes", never)


def beyond(measure: Measure, expression: Expr, facts: Facts) -> Iterator[Said]:
    """A measure can be on the bad side of its threshold, whatever collector there is."""

    def never(world: World) -> str | None:
        bounds = world.bounds(expression)
        worst = bounds and bounds[1 if measure.direction is Direction.ABOVE else 0]
        if bounds is None or worst is None or math.isinf(worst) or measure.bad(worst):
            return None
        return f"it is {_between(bounds)}"

    what = f"the measure can never be {measure.direction} {measure.threshold:g}"
    hint = "at_threshold: bad counts the threshold itself"
    yield from _everywhere(expression, facts, what, never, hint)


def compares(test: FieldTest, expression: Expr, facts: Facts) -> Iterator[Said]:
    """A test on the value of a query's answer can be a yes, whatever collector there is."""

    def never(world: World) -> str | None:
        bounds = world.bounds(expression)
        if bounds is None or _can_hold(test, bounds):
            return None  # without an answer it is not measured, and the query itself is wrong
        return f"{test.finding} is {_between(bounds)}"

    yield from _everywhere(expression, facts, "this can never say yes", never, "test something else as well")


def _can_hold(test: FieldTest, bounds: Bounds) -> bool:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    numbers = [float(value) for value in values if not isinstance(value, str)]
    if not numbers or test.op not in _POSSIBLE:
        return True
    return _POSSIBLE[test.op](bounds, numbers)


_POSSIBLE: Final[Mapping[Op, Callable[[Bounds, Sequence[float]], bool]]] = {
    Op.LT: lambda bounds, numbers: bounds[0] < numbers[0],
    Op.LE: lambda bounds, numbers: bounds[0] <= numbers[0],
    Op.GT: lambda bounds, numbers: bounds[1] > numbers[0],
    Op.GE: lambda bounds, numbers: bounds[1] >= numbers[0],
    Op.EQ: lambda bounds, numbers: bounds[0] <= numbers[0] <= bounds[1],
    Op.BETWEEN: lambda bounds, numbers: bounds[0] <= numbers[-1] and numbers[0] <= bounds[1],
}


def _everywhere(
    expression: Expr,
    facts: Facts,
    what: str,
    impossible: Impossible,
    hint: str = "give it an alternative with or",
) -> Iterator[Said]:
    sorts = facts.catalogue.variants(selectors(expression)) or ("",)
    why = {sort: said for sort in sorts if (said := impossible(World(facts.catalogue, sort)))}
    if not why:
        return
    first = next(iter(why.values()))
    if len(why) == len(sorts):
        yield Said(LintRule.NEVER_TRUE, f"{what}: {first}")
    else:
        named = " or ".join(f'"{sort}"' for sort in why)
        yield Said(
            LintRule.NEVER_TRUE,
            f"{what} where the collector is {named}: {first}; {hint}",
        )


def _silent(expression: Expr, world: World) -> str | None:
    """The innermost part that can't have an answer, and why; None if the whole can."""
    if world.bounds(expression) is not None:
        return None
    for child in children(expression):
        if not isinstance(child, ast.StringLiteral) and (said := _silent(child, world)):
            return said
    if isinstance(expression, ast.BinaryExpr):
        left, right = world.bounds(expression.lhs), world.bounds(expression.rhs)
        if left and right:
            return _outside(expression, left)
    return f"{shown(expression)} has no series"


def _always_zero(expression: Expr, world: World) -> str:
    """The first comparison that never holds."""
    for node in nodes(expression):
        if isinstance(node, ast.BinaryExpr) and str(node.op) in COMPARE and world.bounds(node) == ZERO:
            return _outside(node, world.bounds(node.lhs) or ZERO)
    return "it answers 0, whatever was measured"


def _outside(comparison: ast.BinaryExpr, left: Bounds) -> str:
    return f"{shown(comparison.lhs)} is {_between(left)}, so not {comparison.op} {shown(comparison.rhs)}"


def _between(bounds: Bounds) -> str:
    low, high = bounds
    if low == high:
        return f"{low:g}"
    if math.isinf(high):
        return f"never below {low:g}"
    return f"never above {high:g}" if math.isinf(low) else f"between {low:g} and {high:g}"
