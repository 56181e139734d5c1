"""A playbook's measure is what its rule compares with a threshold.

They need not be the same text. A playbook asks for the alerts it has (`persona=~"${persona}"`), wants an
answer where the rule wants none (`… or 0 * …`, `/ (… > 0)`, `… or vector(0)`), and may choose another unit
(`60 * …`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import promql_parser as ast
from promql_parser import Expr, VectorSelector

from responder.domain.report import Direction
from responder.knowledge.lint.tree import bare, children
from responder.playbook.promql import PLACEHOLDER, matchers_of, parsed, selectors

Recorded = Mapping[str, Expr]
"""What rules record, by the name they record it under."""

_MARK: Final = "\ue000"
_SETS: Final = frozenset({"and", "or", "unless"})
_DIRECTIONS: Final = {
    ">": Direction.ABOVE,
    ">=": Direction.ABOVE,
    "<": Direction.BELOW,
    "<=": Direction.BELOW,
}
_MIRROR: Final = {Direction.ABOVE: Direction.BELOW, Direction.BELOW: Direction.ABOVE}
_COMPARE: Final = frozenset({*_DIRECTIONS, "==", "!="})


@dataclass(frozen=True, slots=True)
class Compared:
    """What a rule compares: the measured, the number, and the bad side (None: it is about equality)."""

    measured: Expr
    threshold: float
    direction: Direction | None


def first_comparison(expression: Expr) -> Compared | None:
    """The first comparison with a number: by convention that of the measure with its threshold."""
    match bare(expression):
        case ast.BinaryExpr() as whole if str(whole.op) in _SETS:
            return first_comparison(whole.lhs)
        case ast.BinaryExpr() as whole if str(whole.op) in _COMPARE:
            direction = _DIRECTIONS.get(str(whole.op))
            if (number := _number(whole.rhs)) is not None:
                return Compared(whole.lhs, number, direction)
            if (number := _number(whole.lhs)) is not None:
                return Compared(whole.rhs, number, direction and _MIRROR[direction])
    return None


def _number(node: Expr) -> float | None:
    match bare(node):
        case ast.NumberLiteral() as literal:
            return literal.val
        case ast.UnaryExpr() as unary:
            inner = _number(unary.expr)
            return None if inner is None else -inner
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Essence:
    """What is measured, so that two ways of writing it are alike, and in which multiple of it."""

    text: str
    factor: float


def of_measure(query: str, recorded: Recorded) -> Essence:
    """What a playbook's measure is about. The query can be parsed."""
    return essence(parsed(PLACEHOLDER.sub(rf"{_MARK}\1", query)), recorded)


def essence(expression: Expr, recorded: Recorded) -> Essence:
    """What an expression measures."""
    factor, node = 1.0, bare(expression)
    while isinstance(node, ast.BinaryExpr):
        left, right = _number(node.lhs), _number(node.rhs)
        match str(node.op):
            case "*" if left:
                factor, node = factor * left, node.rhs
            case "*" if right:
                factor, node = factor * right, node.lhs
            case "/" if right:
                factor, node = factor / right, node.lhs
            case "and" | "unless":
                node = node.lhs
            case "or" if _fallback(node.rhs):
                node = node.lhs
            case _:
                break
        node = bare(node)
    return Essence(_canonical(node, recorded), factor)


def _fallback(node: Expr) -> bool:
    """Whether it only says what to answer where there is nothing: `0 * …` or `vector(0)`."""
    match bare(node):
        case ast.BinaryExpr() as product if str(product.op) == "*":
            return 0.0 in (_number(product.lhs), _number(product.rhs))
        case ast.Call() as call:
            return call.func.name == "vector"
        case _:
            return False


def _unguarded(node: Expr) -> Expr:
    """A divisor without what keeps it from being 0."""
    match bare(node):
        case ast.BinaryExpr() as guard if str(guard.op) in (">", "!=") and _number(guard.rhs) == 0:
            return bare(guard.lhs)
        case other:
            return other


def _canonical(node: Expr, recorded: Recorded) -> str:
    match bare(node):
        case ast.BinaryExpr() as one if str(one.op) == "or" and _fallback(one.rhs):
            text = _canonical(one.lhs, recorded)
        case ast.BinaryExpr() as one:
            right = _unguarded(one.rhs) if str(one.op) == "/" else one.rhs
            text = f"({_canonical(one.lhs, recorded)} {one.op} {_canonical(right, recorded)})"
        case ast.AggregateExpr() as one:
            text = f"{one.op}{_groups(one)}({_listed(children(one), recorded)})"
        case ast.Call() as one:
            text = f"{one.func.name}({_listed(one.args, recorded)})"
        case ast.SubqueryExpr() as one:
            text = f"({_canonical(one.expr, recorded)})[{one.range}:{one.step}] {one.offset}"
        case ast.MatrixSelector() as one:
            text = f"{_selected(one.vector_selector, recorded)}[{one.range}]"
        case VectorSelector() as one:
            text = _selected(one, recorded)
        case other:
            text = " ".join(other.prettify().split())
    return text


def _listed(parts: Sequence[Expr], recorded: Recorded) -> str:
    return ", ".join(_canonical(part, recorded) for part in parts)


def _groups(aggregate: ast.AggregateExpr) -> str:
    """Its labels, without those that can have one value only."""
    modifier = aggregate.modifier
    if modifier is None:
        return ""
    inside = [
        {m.name for m in matchers_of(selector) if m.op == ast.MatchOp.Equal}
        for selector in selectors(aggregate.expr)
    ]
    fixed = set.intersection(*inside) if inside else set()
    labels = sorted(set(modifier.labels) - fixed)
    by = modifier.type == ast.AggModifierType.By
    return f"{' by' if by else ' without'} ({', '.join(labels)}) " if labels or not by else ""


def _selected(selector: VectorSelector, recorded: Recorded) -> str:
    if selector.name and selector.name in recorded:
        return _canonical(recorded[selector.name], recorded)
    wanted = sorted(str(m) for m in matchers_of(selector) if not m.value.startswith(_MARK))
    return f"{selector.name or ''}{{{','.join(wanted)}}} {selector.offset} {selector.at}"
