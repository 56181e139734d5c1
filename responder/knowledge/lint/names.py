"""Queries ask for metrics, labels and values that exist, in every spelling that collectors write."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import promql_parser as ast
from promql_parser import Expr, Matcher, MatchOp, VectorSelector

from responder.domain.lint import LintRule
from responder.knowledge.catalogue import NAME, Catalogue, Exported, name_of
from responder.knowledge.lint.said import FILLED, Facts, Said
from responder.knowledge.lint.tree import children, nodes
from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import matchers_of, selectors
from responder.yamldoc import did_you_mean

_EXACT: Final = (MatchOp.Equal, MatchOp.NotEqual)
_POSITIVE: Final = (MatchOp.Equal, MatchOp.Re)
_WORDS: Final = re.compile(r"[\w-]+(\|[\w-]+)*")
"""A regular expression that is a list of words."""


def metrics(expression: Expr, facts: Facts) -> Iterator[Said]:
    """Each metric exists."""
    known = facts.catalogue.exported
    for selector in selectors(expression):
        name = name_of(selector) or next((m.value for m in matchers_of(selector) if m.name == NAME), "")
        if name and name not in known and not _pattern_finds(selector, known):
            hint = did_you_mean(name, known, listing=False)
            yield Said(LintRule.UNKNOWN_METRIC, f'no metric "{name}"{hint}')


def _pattern_finds(selector: VectorSelector, known: Iterable[str]) -> bool:
    """Whether a selector that has a pattern instead of a name selects anything."""
    patterns = [m for m in matchers_of(selector) if m.name == NAME and m.op not in _EXACT]
    return bool(patterns) and any(all(matches(one, name) for one in patterns) for name in known)


def labels(expression: Expr, facts: Facts) -> Iterator[Said]:
    """Each label that a matcher names is on its metric."""
    for selector in selectors(expression):
        one = facts.catalogue.of(selector)
        if one is None:
            continue
        for matcher in (matcher for matcher in matchers_of(selector) if matcher.name != NAME):
            if matcher.name not in one.labels:
                yield no_label(matcher.name, one)
            elif matcher.name in one.metric.optional and not matches(matcher, ""):
                yield _not_everywhere(matcher.name, one)


def no_label(label: str, one: Exported) -> Said:
    hint = "" if one.labels.all_but else did_you_mean(label, one.labels.names)
    return Said(LintRule.UNKNOWN_LABEL, f'label "{label}" is not on {one.name}{hint}')


def _not_everywhere(label: str, one: Exported) -> Said:
    message = f'label "{label}" is not on every collector\'s {one.name}: nothing may depend on it'
    return Said(LintRule.OPTIONAL_LABEL, message)


def values(expression: Expr, facts: Facts) -> Iterator[Said]:
    """Where a label's values are known, what a matcher asks for is among them."""
    for selector in selectors(expression):
        one = facts.catalogue.of(selector)
        if one is None:
            continue
        for matcher in matchers_of(selector):
            known = _all_values(one, matcher.name)
            for word in _never_written(matcher, known) if known else ():
                hint = did_you_mean(word, known)
                yield Said(LintRule.UNKNOWN_VALUE, f'{matcher.name} is never "{word}"{hint}')


def _all_values(one: Exported, label: str) -> tuple[str, ...]:
    sorts = ("", *one.metric.variants)
    return tuple(dict.fromkeys(value for sort in sorts for value in one.values(label, sort)))


def _never_written(matcher: Matcher, known: Sequence[str]) -> Iterator[str]:
    if matcher.value == FILLED:
        words = []
    elif matcher.op in _EXACT:
        words = [matcher.value] if matcher.value else []
    elif _WORDS.fullmatch(matcher.value):
        words = matcher.value.split("|")
    else:
        finds = Matcher(MatchOp.Re, matcher.name, matcher.value)
        words = [] if any(matches(finds, value) for value in known) else [matcher.value]
    return (word for word in words if word not in known)


def spellings(expression: Expr, facts: Facts) -> Iterator[Said]:
    """What collectors spell differently is matched in every spelling, here or in an alternative beside it."""
    for selector, beside in _with_alternatives(expression, ()):
        one = facts.catalogue.of(selector)
        if one is None:
            continue
        for matcher in matchers_of(selector):
            if sorts := [sort for sort in one.metric.variants if one.values(matcher.name, sort)]:
                yield from _one_spelling(one, matcher, sorts, _same(one, matcher, beside, facts.catalogue))


def _with_alternatives(
    node: Expr, beside: tuple[Expr, ...]
) -> Iterator[tuple[VectorSelector, tuple[Expr, ...]]]:
    """The selectors, each with what stands on the other sides of the `or` around it."""
    match node:
        case VectorSelector():
            yield node, beside
        case ast.BinaryExpr() if str(node.op) == "or":
            yield from _with_alternatives(node.lhs, (*beside, node.rhs))
            yield from _with_alternatives(node.rhs, (*beside, node.lhs))
        case _:
            for child in children(node):
                yield from _with_alternatives(child, beside)


def _same(one: Exported, matcher: Matcher, beside: Sequence[Expr], catalogue: Catalogue) -> list[Matcher]:
    """The matchers on the same label of the same metric in the alternatives."""
    others = (other for expression in beside for other in selectors(expression))
    return [
        other
        for selector in others
        if catalogue.of(selector) is one
        for other in matchers_of(selector)
        if other.name == matcher.name
    ]


def _one_spelling(
    one: Exported, matcher: Matcher, sorts: Sequence[str], alternatives: Sequence[Matcher]
) -> Iterator[Said]:
    def meant(sort: str, by: Matcher) -> set[int]:
        return {place for place, word in enumerate(one.values(by.name, sort)) if matches(by, word)}

    wanted = set().union(*(meant(sort, matcher) for sort in sorts))
    for place in sorted(wanted):
        missed = [s for s in sorts if not any(place in meant(s, by) for by in (matcher, *alternatives))]
        if missed:
            yield _spell_out(one, matcher, sorts, place)


def _spell_out(one: Exported, matcher: Matcher, sorts: Sequence[str], place: int) -> Said:
    words = list(dict.fromkeys(one.values(matcher.name, sort)[place] for sort in sorts))
    operator = "=~" if matcher.op in _POSITIVE else "!~"
    listed = " or ".join(f'"{word}"' for word in words)
    both = f'{matcher.name}{operator}"{"|".join(words)}"'
    return Said(LintRule.ONE_SPELLING, f"collectors write {listed}: match both, {both}")


def groups(expression: Expr, facts: Facts) -> Iterator[Said]:
    """An aggregation by a label that isn't there puts everything into one group without saying so."""
    for node in nodes(expression):
        if not isinstance(node, ast.AggregateExpr) or node.modifier is None:
            continue
        if node.modifier.type == ast.AggModifierType.By:
            for label in node.modifier.labels:
                yield from _group(label, node.expr, facts.catalogue)


def _group(label: str, inner: Expr, catalogue: Catalogue) -> Iterator[Said]:
    inside = [one for selector in selectors(inner) if (one := catalogue.of(selector))]
    if label not in labels_of_answer(inner, catalogue.labels):
        only = inside[0] if len({one.name for one in inside}) == 1 else None
        if only and label not in only.labels:
            yield no_label(label, only)
        else:
            yield Said(LintRule.GROUP_LOST, f'it groups by "{label}", which what is inside has not')
    else:
        yield from (_not_everywhere(label, one) for one in inside if label in one.metric.optional)


def matches(matcher: Matcher, value: str) -> bool:
    """Whether a matcher lets a value through; one whose value isn't known, or only to Prometheus, does."""
    if matcher.value == FILLED:
        return True
    if matcher.op in _EXACT:
        return (matcher.value == value) is (matcher.op == MatchOp.Equal)
    try:
        found = re.fullmatch(matcher.value, value)
    except re.error:
        return True
    return bool(found) is (matcher.op == MatchOp.Re)
