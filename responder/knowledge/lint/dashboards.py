"""What is true of dashboards: each query can be asked and answers, each variable and legend exists."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.knowledge.lint.dashboard_files import Dashboard, Target, Variable
from responder.knowledge.lint.grafana_text import Filler, label_values, query_result
from responder.knowledge.lint.names import no_label
from responder.knowledge.lint.query import Asked, problems_of_query
from responder.knowledge.lint.said import Facts, Said
from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import PromqlError, parsed, selectors
from responder.playbook.rules import Found
from responder.yamldoc import KeyPath, did_you_mean

_LEGEND: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def problems_of_dashboards(dashboards: Sequence[Dashboard], facts: Facts) -> Iterator[Problem]:
    """Every mistake in them, and in all of them together."""
    first: dict[str, str] = {}
    for one in dashboards:
        yield from one.document.problems
        yield from (one.document.problem(*found) for found in _found(one, facts))
        before = first.setdefault(one.uid, one.document.file) if one.uid else one.document.file
        if before != one.document.file:
            message = f'{before} is the dashboard "{one.uid}" already'
            yield one.document.problem(("uid",), message, LintRule.NAME_TAKEN)


def filler(dashboard: Dashboard, facts: Facts) -> Filler:
    """What fills the dashboard's variables into its queries."""
    names = frozenset(variable.name for variable in dashboard.variables)
    values = {variable.name: variable.value for variable in dashboard.variables if variable.value}
    return Filler(names, values, facts.scrape_interval)


def _found(dashboard: Dashboard, facts: Facts) -> Iterator[Found]:
    fill = filler(dashboard, facts)
    if not dashboard.uid and not dashboard.document.problems:
        message = "a dashboard has a uid, by which it is found and overwritten"
        yield Found(("uid",), message, LintRule.SHAPE)
    for path in dashboard.twice:
        yield Found(path, "another panel has this id", LintRule.NAME_TAKEN)
    for variable in dashboard.variables:
        yield from _of_variable(variable, fill, facts)
    for target in dashboard.targets:
        yield from _query(target.path, target.query, fill, facts)
        yield from _legend(target, fill, facts)


def _query(path: KeyPath, query: str, fill: Filler, facts: Facts) -> Iterator[Found]:
    for name in fill.unknown(query):
        hint = did_you_mean(name, fill.names)
        yield Found(path, f'the dashboard has no variable "{name}"{hint}', LintRule.UNKNOWN_VARIABLE)
    for said in problems_of_query(Asked(fill.filled(query)), facts):
        yield Found(path, said.message, said.rule)


def _of_variable(variable: Variable, fill: Filler, facts: Facts) -> Iterator[Found]:
    """What a variable's choices are asked by."""
    if inner := query_result(variable.query):
        yield from _query(variable.path, inner, fill, facts)
    if (asked := label_values(variable.query)) is None:
        return
    series, label = asked
    if not series:
        return
    yield from _query(variable.path, series, fill, facts)
    yield from (Found(variable.path, said.message, said.rule) for said in _label(series, label, fill, facts))


def _label(series: str, label: str, fill: Filler, facts: Facts) -> Iterator[Said]:
    try:
        found = selectors(parsed(fill.filled(series)))
    except PromqlError:
        return  # said already
    for selector in found:
        one = facts.catalogue.of(selector)
        if one and label not in one.labels:
            yield no_label(label, one)


def _legend(target: Target, fill: Filler, facts: Facts) -> Iterator[Found]:
    """A legend names labels that the answer has."""
    try:
        labels = labels_of_answer(parsed(fill.filled(target.query)), facts.catalogue.labels)
    except PromqlError:
        return  # said already
    for name in dict.fromkeys(_LEGEND.findall(target.legend)):
        if name not in labels:
            hint = "" if labels.all_but else did_you_mean(name, labels.names)
            path = (*target.path[:-1], "legendFormat")
            yield Found(path, f'the answer has no label "{name}"{hint}', LintRule.UNKNOWN_LABEL)
