"""Between what the answer to a query can lie, read off its syntax and what is known of the metrics.

Wider than the truth where it isn't known, never narrower: whoever asks concludes only from what can't be.
"""

import math
from dataclasses import dataclass
from typing import Final

import promql_parser as ast
from promql_parser import Expr, VectorSelector

from responder.knowledge.catalogue import Catalogue
from responder.knowledge.lint.names import matches
from responder.knowledge.lint.tree import bare

INF: Final = math.inf
Bounds = tuple[float, float]
ANYTHING: Final[Bounds] = (-INF, INF)
NOT_NEGATIVE: Final[Bounds] = (0.0, INF)
ONE: Final[Bounds] = (1.0, 1.0)
ZERO: Final[Bounds] = (0.0, 0.0)

_PASS_ON: Final = frozenset(
    {
        *("min", "max", "avg", "topk", "bottomk", "limitk", "limit_ratio"),
        *("min_over_time", "max_over_time", "avg_over_time", "last_over_time", "first_over_time"),
        *(
            "label_replace",
            "label_join",
            "sort",
            "sort_desc",
            "sort_by_label",
            "sort_by_label_desc",
            "vector",
        ),
    }
)
_SUMS: Final = frozenset({"sum", "sum_over_time"})
_OF_FUNCTIONS: Final[dict[str, Bounds]] = {
    **dict.fromkeys(("count", "count_over_time"), (1.0, INF)),
    **dict.fromkeys(("group", "present_over_time"), ONE),
    **dict.fromkeys(("stddev", "stdvar", "stddev_over_time", "stdvar_over_time"), NOT_NEGATIVE),
    **dict.fromkeys(("rate", "irate", "increase", "changes", "resets"), NOT_NEGATIVE),
    **dict.fromkeys(("sqrt", "exp", "timestamp", "time"), NOT_NEGATIVE),
}
"""What some answer, whatever they are applied to."""
COMPARE: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_MIRROR: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class World:
    """The metrics as one sort of collector exports them; "" where all are alike."""

    catalogue: Catalogue
    variant: str = ""

    def bounds(self, expression: Expr) -> Bounds | None:
        """The least and the most that an answer can be; None where there can't be one."""
        answer: Bounds | None = ANYTHING
        match expression:
            case ast.NumberLiteral():
                answer = (expression.val, expression.val)
            case VectorSelector():
                answer = self._selected(expression)
            case ast.MatrixSelector():
                answer = self._selected(expression.vector_selector)
            case ast.ParenExpr() | ast.SubqueryExpr():
                answer = self.bounds(expression.expr)
            case ast.UnaryExpr():
                inner = self.bounds(expression.expr)
                answer = inner and (-inner[1], -inner[0])
            case ast.AggregateExpr():
                answer = _applied(str(expression.op), self.bounds(expression.expr))
            case ast.Call():
                answer = self._called(expression)
            case ast.BinaryExpr():
                answer = self._combined(expression)
        return answer

    def _selected(self, selector: VectorSelector) -> Bounds | None:
        one = self.catalogue.of(selector)
        if one is None:
            return ANYTHING
        for matcher in selector.matchers.matchers:
            known = one.values(matcher.name, self.variant)
            if known and not any(matches(matcher, value) for value in known):
                return None
        return one.bounds(self.variant)

    def _called(self, call: ast.Call) -> Bounds | None:
        name = call.func.name
        if name in ("absent", "absent_over_time"):
            return ONE
        if name == "scalar":  # of nothing it is no number
            return ANYTHING
        series = call.args if name == "vector" else [one for one in call.args if not _plain(one)]
        return _applied(name, self.bounds(series[0]) if series else ANYTHING)

    def _combined(self, expression: ast.BinaryExpr) -> Bounds | None:
        operator = str(expression.op)
        left, right = self.bounds(expression.lhs), self.bounds(expression.rhs)
        if operator == "or":
            return _either(left, right)
        if operator == "unless":
            return left
        if left is None or right is None:
            return None
        if operator == "and":
            return left
        if operator in COMPARE:
            return _compared(expression, operator, left, right)
        return _calculated(operator, left, right)


def _plain(argument: Expr) -> bool:
    return isinstance(bare(argument), ast.NumberLiteral | ast.StringLiteral)


def _applied(name: str, inner: Bounds | None) -> Bounds | None:
    """The answer of an aggregation or a function to what it is applied to."""
    if inner is None or name in _PASS_ON:
        return inner
    if name in _SUMS:
        return (inner[0] if inner[0] >= 0 else -INF, inner[1] if inner[1] <= 0 else INF)
    if name == "abs":
        return inner if inner[0] >= 0 else NOT_NEGATIVE
    return _OF_FUNCTIONS.get(name, ANYTHING)


def _either(left: Bounds | None, right: Bounds | None) -> Bounds | None:
    if left is None or right is None:
        return right if left is None else left
    return (min(left[0], right[0]), max(left[1], right[1]))


def _compared(expression: ast.BinaryExpr, operator: str, left: Bounds, right: Bounds) -> Bounds | None:
    """Without `bool` what passes is on the series' side; with it the answer is 1 or 0."""
    possible = _can_be(operator, left, right)
    if expression.modifier is not None and expression.modifier.return_bool:
        return (0.0, 1.0) if possible else ZERO
    if not possible:
        return None
    if isinstance(bare(expression.lhs), ast.NumberLiteral):
        return _narrowed(_MIRROR.get(operator, operator), right, left)
    return _narrowed(operator, left, right)


def _can_be(operator: str, left: Bounds, right: Bounds) -> bool:
    match operator:
        case "<" | "<=":
            return left[0] < right[1] or (left[0] == right[1] and (operator == "<=" or math.isinf(left[0])))
        case ">" | ">=":
            return left[1] > right[0] or (left[1] == right[0] and (operator == ">=" or math.isinf(left[1])))
        case "==":
            return left[0] <= right[1] and right[0] <= left[1]
        case _:  # what is no number differs from everything
            return True


def _narrowed(operator: str, kept: Bounds, other: Bounds) -> Bounds:
    match operator:
        case "<" | "<=":
            return (kept[0], min(kept[1], other[1]))
        case ">" | ">=":
            return (max(kept[0], other[0]), kept[1])
        case "==":
            return (max(kept[0], other[0]), min(kept[1], other[1]))
        case _:
            return kept


def _calculated(operator: str, left: Bounds, right: Bounds) -> Bounds:
    match operator:
        case "+":
            return _ordered(left[0] + right[0], left[1] + right[1])
        case "-":
            return _ordered(left[0] - right[1], left[1] - right[0])
        case "*":
            products = [_product(a, b) for a in left for b in right]
            return _ordered(min(products), max(products))
        case "/" if left == ZERO:
            return ZERO
        case "/" if left[0] >= 0 and right[0] >= 0:
            return NOT_NEGATIVE
        case _:
            return ANYTHING


def _product(one: float, other: float) -> float:
    return 0.0 if 0.0 in (one, other) else one * other


def _ordered(low: float, high: float) -> Bounds:
    """Infinity less infinity is no number: then nothing is known."""
    return ANYTHING if math.isnan(low) or math.isnan(high) else (low, high)
