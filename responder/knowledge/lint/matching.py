"""Labels that an operator or a function names, besides those of matchers and groups, are there.

A label that isn't there is no error to Prometheus: `on` finds no pair, `without` takes nothing away.
"""

from collections.abc import Iterable, Iterator
from typing import Final, cast

import promql_parser as ast
from promql_parser import Expr

from responder.domain.lint import LintRule
from responder.knowledge.catalogue import Catalogue
from responder.knowledge.lint.said import Facts, Said
from responder.knowledge.lint.tree import bare, nodes
from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import selectors
from responder.yamldoc import did_you_mean

_READ: Final = {"label_replace": slice(3, 4), "label_join": slice(3, None)}
"""Which of a function's arguments are labels that it reads; its second is the one that it writes."""


def named(expression: Expr, facts: Facts) -> Iterator[Said]:
    """What `on`, `ignoring`, `group_left`, `without`, `label_replace` and their like name is there."""
    for node in nodes(expression):
        for how, labels, where in _names(node):
            for label in labels:
                yield from _missing(how, label, where, facts.catalogue)


def _names(node: Expr) -> Iterator[tuple[str, Iterable[str], Expr]]:
    """How a part names labels, which, and in what they have to be."""
    match node:
        case ast.BinaryExpr() if node.modifier is not None:
            yield from _matched(node, node.modifier)
        case ast.AggregateExpr() if node.modifier and node.modifier.type == ast.AggModifierType.Without:
            yield "without", node.modifier.labels, node.expr
        case ast.Call() if node.func.name in _READ:
            read = node.args[_READ[node.func.name]]
            yield node.func.name, (cast("ast.StringLiteral", one).val for one in read), node.args[0]


def _matched(node: ast.BinaryExpr, modifier: ast.BinModifier) -> Iterator[tuple[str, Iterable[str], Expr]]:
    if (matching := modifier.matching) is not None:
        if matching.type == ast.LabelModifierType.Include:
            yield "on", matching.labels, node.lhs
            yield "on", matching.labels, node.rhs
        else:
            yield "ignoring", matching.labels, node
    copied = modifier.group_labels or ()
    if modifier.card == ast.VectorMatchCardinality.ManyToOne:
        yield "group_left", copied, node.rhs
    elif modifier.card == ast.VectorMatchCardinality.OneToMany:
        yield "group_right", copied, node.lhs


def _missing(how: str, label: str, where: Expr, catalogue: Catalogue) -> Iterator[Said]:
    """A label that no metric there has and nothing there writes, or that is lost before it is named."""
    found = [catalogue.labels(selector) for selector in selectors(where)]
    if not found or label in _written(where):
        return
    if any(label in one for one in found):
        if how != "without" and not _arrives(label, where, catalogue):
            yield Said(LintRule.GROUP_LOST, f'{how} names "{label}", which what is inside has not')
        return
    known = {name for one in found for name in one.names if not one.all_but}
    metrics = dict.fromkeys(one.name for s in selectors(where) if (one := catalogue.of(s)))
    message = f'{how} names "{label}", which is not on {" or ".join(metrics)}{did_you_mean(label, known)}'
    yield Said(LintRule.UNKNOWN_LABEL, message)


def _arrives(label: str, where: Expr, catalogue: Catalogue) -> bool:
    """Whether some of the answer can have the label; what `or` adds may have fewer than what it adds to."""
    match bare(where):
        case ast.BinaryExpr() as either if str(either.op) == "or":
            return any(_arrives(label, side, catalogue) for side in (either.lhs, either.rhs))
        case whole:
            return label in labels_of_answer(whole, catalogue.labels)


def _written(where: Expr) -> Iterator[str]:
    for node in nodes(where):
        match node:
            case ast.Call() if node.func.name in _READ:
                yield cast("ast.StringLiteral", node.args[1]).val
            case ast.AggregateExpr() if str(node.op) == "count_values":
                yield cast("ast.StringLiteral", node.param).val
