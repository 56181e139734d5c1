"""How far back a query looks, read off its syntax."""

from datetime import timedelta
from typing import Final

import promql_parser as ast
from promql_parser import Expr

from responder.playbook.diagnostic import seconds
from responder.playbook.model import Playbook
from responder.playbook.promql import parsed
from responder.playbook.rules import queries_of

LOOKBACK: Final = 300.0
"""Seconds that an instant value may be old."""


def reach_of_playbook(playbook: Playbook) -> float:
    """Seconds before the moment it is asked that a playbook may still look at."""
    furthest = max(reach(parsed(query)) for _, query in queries_of(playbook))
    spans = [span for one in playbook.diagnostics if isinstance(span := getattr(one, "range", None), str)]
    return furthest + max(map(seconds, (playbook.measure.range, *spans)))


def reach(expression: Expr) -> float:
    """Seconds that a query looks back, at most."""
    match expression:
        case ast.VectorSelector():
            return LOOKBACK + _span(expression.offset)
        case ast.MatrixSelector():
            return _span(expression.range) + _span(expression.vector_selector.offset)
        case ast.SubqueryExpr():
            return _span(expression.range) + _span(expression.offset) + reach(expression.expr)
        case ast.BinaryExpr():
            return max(reach(expression.lhs), reach(expression.rhs))
        case ast.Call():
            return max(map(reach, expression.args), default=0.0)
        case _:
            inner = getattr(expression, "expr", None)  # a number has none
            return reach(inner) if inner else 0.0


def _span(span: timedelta | None) -> float:
    return span.total_seconds() if span else 0.0
