"""Tests: which queries can be one, and what an answer to one says about an alert."""

from typing import Final

import promql_parser as ast
from promql_parser import Expr

_COMPARE: Final = frozenset({"==", "!=", ">", "<", ">=", "<="})
_EITHER_SIDE: Final = frozenset({"or", "*"})
_LEFT_SIDE: Final = frozenset({"and", "unless"})
_PASS_ON: Final = frozenset({"max", "min", "group", "topk", "bottomk"})
_ONE_OR_NOTHING: Final = frozenset({"absent", "absent_over_time"})
_PASS_ON_CALLS: Final = frozenset(
    {"max_over_time", "min_over_time", "last_over_time", "label_replace", "vector"}
)


def answers_yes_or_no(expression: Expr) -> bool:
    """Whether a query's answer can only be 1, 0 or nothing."""
    match expression:
        case ast.ParenExpr() | ast.SubqueryExpr():
            return answers_yes_or_no(expression.expr)
        case ast.NumberLiteral():
            return expression.val in (0, 1)
        case ast.BinaryExpr():
            return _combination(expression)
        case ast.AggregateExpr():
            return str(expression.op) in _PASS_ON and answers_yes_or_no(expression.expr)
        case ast.Call():
            name = expression.func.name
            inner = expression.args[0] if name in _PASS_ON_CALLS else None
            return name in _ONE_OR_NOTHING or (inner is not None and answers_yes_or_no(inner))
        case _:
            return False


def _combination(expression: ast.BinaryExpr) -> bool:
    name, left, right = str(expression.op), expression.lhs, expression.rhs
    if name in _COMPARE:
        with_bool = expression.modifier is not None and expression.modifier.return_bool
        return with_bool or answers_yes_or_no(left)  # without bool it passes on what was on its left
    if name in _EITHER_SIDE:
        return answers_yes_or_no(left) and answers_yes_or_no(right)
    if name in _LEFT_SIDE:
        return answers_yes_or_no(left)
    return False
