"""Walks a parsed query, and shows parts of it to people."""

import re
from collections.abc import Iterator
from typing import Final

import promql_parser as ast
from promql_parser import Expr

from responder.knowledge.lint.said import FILLED

LONGEST: Final = 120
"""Characters of a query that a message quotes."""


_ANYTHING: Final = re.compile(rf',?\w+=~"{re.escape(FILLED)}"')
"""Matchers that stand for a variable."""


def children(node: Expr) -> tuple[Expr, ...]:
    """The parts of an expression that are expressions, from left to right."""
    match node:
        case ast.AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case ast.BinaryExpr():
            return (node.lhs, node.rhs)
        case ast.Call():
            return tuple(node.args)
        case ast.ParenExpr() | ast.UnaryExpr() | ast.SubqueryExpr():
            return (node.expr,)
        case ast.MatrixSelector():
            return (node.vector_selector,)
        case _:
            return ()


def nodes(root: Expr) -> Iterator[Expr]:
    """An expression and all its parts, the whole before its parts."""
    yield root
    for child in children(root):
        yield from nodes(child)


def bare(node: Expr) -> Expr:
    """What stands in parentheses, without them."""
    return bare(node.expr) if isinstance(node, ast.ParenExpr) else node


def shown(node: Expr) -> str:
    """A part of a query as an error may show it: short, on one line."""
    text = re.sub(r"\s+", " ", node.prettify()).replace("( ", "(").replace(" )", ")").strip()
    text = _ANYTHING.sub("", text).replace("{,", "{").replace("{}", "")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
