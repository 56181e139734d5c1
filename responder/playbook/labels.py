"""Which labels a query's answer has, read off its syntax.

A query that is asked for several alerts at once must keep the labels that tell them apart, else its answer
can't be split. The rules are Prometheus's own for aggregation, matching and functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import promql_parser as ast
from promql_parser import Expr

from responder.playbook.promql import matchers_of


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels an answer may have: those in `names`, or, if `all_but`, every one that is not in `names`."""

    names: frozenset[str]
    all_but: bool = False

    def __contains__(self, name: str) -> bool:
        return (name in self.names) is not self.all_but

    def only(self, names: frozenset[str]) -> "Labels":
        """What is left when only these are kept."""
        return Labels(frozenset(name for name in names if name in self))

    def without(self, names: frozenset[str]) -> "Labels":
        """What is left when these are taken away."""
        return Labels(self.names | names if self.all_but else self.names - names, self.all_but)

    def with_(self, names: frozenset[str]) -> "Labels":
        """What there is when these are added."""
        return Labels(self.names - names if self.all_but else self.names | names, self.all_but)

    def and_(self, other: "Labels") -> "Labels":
        """What two answers have in common."""
        if self.all_but and other.all_but:
            return Labels(self.names | other.names, all_but=True)
        return other.only(self.names) if not self.all_but else self.only(other.names)


NONE: Final = Labels(frozenset())
ANY: Final = Labels(frozenset({"__name__"}), all_but=True)

_KEEP_SERIES: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_SET_OPERATORS: Final = frozenset({"and", "unless"})
_FROM_MATCHERS: Final = frozenset({"absent", "absent_over_time"})
_ADD_LABEL: Final = frozenset({"label_replace", "label_join"})
_NO_LABELS: Final = frozenset({"scalar", "vector", "time", "pi"})


Known = Callable[[ast.VectorSelector], Labels]
"""The labels that the series of a selector have."""


def any_label(_selector: ast.VectorSelector) -> Labels:
    """Nothing is known of the series: they may have every label."""
    return ANY


def labels_of_answer(expression: Expr, known: Known = any_label) -> Labels:
    """The labels that the answer to a query may have.

    Args:
        expression: the parsed query.
        known: what labels the series that it selects have.
    """
    match expression:
        case ast.AggregateExpr():
            return _aggregated(expression, known)
        case ast.BinaryExpr():
            return _combined(expression, known)
        case ast.Call():
            return _called(expression, known)
        case ast.ParenExpr() | ast.UnaryExpr() | ast.SubqueryExpr():
            return labels_of_answer(expression.expr, known)
        case ast.VectorSelector() | ast.MatrixSelector():
            return known(_selector(expression))
        case _:
            return NONE


def _selector(expression: ast.VectorSelector | ast.MatrixSelector) -> ast.VectorSelector:
    return expression.vector_selector if isinstance(expression, ast.MatrixSelector) else expression


def _aggregated(expression: ast.AggregateExpr, known: Known) -> Labels:
    inner, name, modifier = labels_of_answer(expression.expr, known), str(expression.op), expression.modifier
    if name in _KEEP_SERIES:
        return inner
    if modifier is None:
        kept = NONE
    elif modifier.type == ast.AggModifierType.By:
        kept = inner.only(frozenset(modifier.labels))
    else:
        kept = inner.without(frozenset(modifier.labels))
    if name == "count_values":
        kept = kept.with_(frozenset({cast("ast.StringLiteral", expression.param).val}))
    return kept


def _combined(expression: ast.BinaryExpr, known: Known) -> Labels:
    left, right = labels_of_answer(expression.lhs, known), labels_of_answer(expression.rhs, known)
    name = str(expression.op)
    if name in _SET_OPERATORS:
        return left
    if name == "or":
        return left.and_(right)
    if _is_scalar(expression.lhs):
        return right
    if _is_scalar(expression.rhs):
        return left
    return _matched(left, right, expression.modifier)


def _matched(left: Labels, right: Labels, modifier: ast.BinModifier | None) -> Labels:
    if modifier is None:
        return left.and_(right)
    if modifier.card == ast.VectorMatchCardinality.ManyToOne:
        return _with_copied(left, right, frozenset(modifier.group_labels or ()))
    if modifier.card == ast.VectorMatchCardinality.OneToMany:
        return _with_copied(right, left, frozenset(modifier.group_labels or ()))
    matching = modifier.matching
    if matching is None:
        return left.and_(right)
    names = frozenset(matching.labels)
    if matching.type == ast.LabelModifierType.Include:
        return left.only(names)
    return left.without(names)


def _with_copied(many: Labels, one: Labels, copied: frozenset[str]) -> Labels:
    return many.without(copied).with_(one.only(copied).names)


def _called(expression: ast.Call, known: Known) -> Labels:
    name, arguments = expression.func.name, expression.args
    if name in _NO_LABELS:
        return NONE
    if name in _FROM_MATCHERS:
        return _of_equal_matchers(arguments[0])
    vectors = [argument for argument in arguments if not _is_plain(argument)]
    inner = labels_of_answer(vectors[0], known) if vectors else NONE
    if name == "histogram_quantile":
        return inner.without(frozenset({"le"}))
    if name in _ADD_LABEL:
        return inner.with_(frozenset({cast("ast.StringLiteral", arguments[1]).val}))
    return inner


def _of_equal_matchers(argument: Expr) -> Labels:
    selector = argument.vector_selector if isinstance(argument, ast.MatrixSelector) else argument
    if not isinstance(selector, ast.VectorSelector):
        return NONE
    equal = (m.name for m in matchers_of(selector) if m.op == ast.MatchOp.Equal)
    return Labels(frozenset(equal) - {"__name__"})


def _is_plain(expression: Expr) -> bool:
    return isinstance(expression, ast.StringLiteral) or _is_scalar(expression)


def _is_scalar(expression: Expr) -> bool:
    """Whether it is a plain number, which has no labels to match."""
    match expression:
        case ast.NumberLiteral():
            return True
        case ast.ParenExpr() | ast.UnaryExpr():
            return _is_scalar(expression.expr)
        case ast.BinaryExpr():
            return _is_scalar(expression.lhs) and _is_scalar(expression.rhs)
        case ast.Call():
            return expression.func.name in ("scalar", "time", "pi")
        case _:
            return False
