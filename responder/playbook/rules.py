"""What must hold inside one playbook beyond its shape: names exist, queries can be asked and split."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import starmap
from typing import Final, NamedTuple

from responder.domain.lint import LintRule
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.evidence import answers_yes_or_no
from responder.playbook.fix_rules import problems_of_fixes
from responder.playbook.labels import labels_of_answer
from responder.playbook.model import FieldTest, Playbook, QueryTest, change_of
from responder.playbook.promql import PromqlError, parsed, variables
from responder.playbook.texts import Placeholder, placeholders, stray_braces
from responder.yamldoc import KeyPath, did_you_mean


class Found(NamedTuple):
    """Where a mistake is, what to do about it, and which rule it breaks."""

    path: KeyPath
    message: str
    rule: LintRule


OF_THE_MEASURE: Final = frozenset({"value", "threshold", "over"})
"""Placeholders for the measure: its value, its threshold, and how far it is beyond."""


def problems_of(playbook: Playbook) -> Iterator[Found]:
    """Every mistake in a playbook whose shape is right."""
    yield from _names(playbook)
    for path, query in queries_of(playbook):
        yield from _query(playbook, path, query)
    yield from _tests(playbook)
    yield from _sentences(playbook)
    yield from _changes(playbook)
    yield from starmap(Found, problems_of_fixes(playbook))


def queries_of(playbook: Playbook) -> Iterator[tuple[KeyPath, str]]:
    """Every PromQL query of a playbook, with where it stands."""
    yield ("measure", "query"), playbook.measure.query
    for index, diagnostic in enumerate(playbook.diagnostics):
        for key, query in diagnostic.queries().items():
            yield ("diagnostics", index, key), query
    for path, test in tests_of(playbook):
        if isinstance(test, QueryTest):
            yield (*path, "query"), test.query
    for index, fix in enumerate(playbook.fixes):
        for under, query in fix.queries.items():
            yield ("fixes", index, *under), query
    for index, step in enumerate(playbook.investigation):
        if step.query:
            yield ("investigation", index, "query"), step.query


def tests_of(playbook: Playbook) -> Iterator[tuple[KeyPath, QueryTest | FieldTest]]:
    """Every test of every cause, with where it stands."""
    for index, cause in enumerate(playbook.causes):
        for side, tests in (("for", cause.for_), ("against", cause.against)):
            for number, test in enumerate(tests):
                yield ("causes", index, side, number), test


def _names(playbook: Playbook) -> Iterator[Found]:
    yield from _doubles("diagnostics", (one.id for one in playbook.diagnostics))
    yield from _doubles("causes", (one.id for one in playbook.causes))
    yield from _doubles("fixes", (one.id for one in playbook.fixes))
    yield from _causes(playbook)
    yield from _variables(playbook)
    yield from _shadows(playbook)
    if playbook.alert in playbook.grows_from:
        path = ("grows_from", playbook.grows_from.index(playbook.alert))
        yield Found(path, "an alert does not grow out of itself", LintRule.UNKNOWN_ALERT)
    if playbook.alert in playbook.related:
        path = ("related", playbook.related.index(playbook.alert))
        yield Found(path, "an alert is not related to itself", LintRule.UNKNOWN_ALERT)


def _shadows(playbook: Playbook) -> Iterator[Found]:
    for index, diagnostic in enumerate(playbook.diagnostics):
        if diagnostic.id in {*playbook.variables, *OF_THE_MEASURE}:
            message = f'"{diagnostic.id}" is the name of a variable or of the measure\'s {{value}}'
            yield Found(("diagnostics", index, "id"), message, LintRule.NAME_TAKEN)


def _causes(playbook: Playbook) -> Iterator[Found]:
    causes = {cause.id for cause in playbook.causes}
    for index, fix in enumerate(playbook.fixes):
        for number, cause in enumerate(fix.answers):
            if cause not in causes:
                message = f'there is no cause "{cause}"{did_you_mean(cause, causes)}'
                yield Found(("fixes", index, "answers", number), message, LintRule.UNKNOWN_CAUSE)
    for index, one in enumerate(playbook.causes):
        if not one.tests and not one.check:
            message = "nothing tells this cause: give it a test, or a check for a person"
            yield Found(("causes", index), message, LintRule.CAUSE_WITHOUT_EVIDENCE)


def _variables(playbook: Playbook) -> Iterator[Found]:
    for index, diagnostic in enumerate(playbook.diagnostics):
        for name in sorted(diagnostic.variables() - set(playbook.variables)):
            yield Found(("diagnostics", index), _no_variable(playbook, name), LintRule.UNKNOWN_VARIABLE)
    dashboard = playbook.links.dashboard
    for index, name in enumerate(dashboard.variables if dashboard else ()):
        if name not in playbook.variables:
            path = ("links", "dashboard", "variables", index)
            yield Found(path, _no_variable(playbook, name), LintRule.UNKNOWN_VARIABLE)


def _doubles(key: str, ids: Iterable[str]) -> Iterator[Found]:
    seen: Counter[str] = Counter()
    for index, name in enumerate(ids):
        seen[name] += 1
        if seen[name] > 1:
            yield Found((key, index, "id"), f'the id "{name}" is taken', LintRule.NAME_TAKEN)


def _no_variable(playbook: Playbook, name: str) -> str:
    return f'"{name}" is not among the variables of this playbook{did_you_mean(name, playbook.variables)}'


def _query(playbook: Playbook, path: KeyPath, query: str) -> Iterator[Found]:
    """A query is split by exactly the variables it uses; without any it is about the incident as a whole."""
    try:
        expression = parsed(query)
    except PromqlError as error:
        yield Found(path, str(error), LintRule.NOT_PROMQL)
        return
    used = variables(query)
    if unknown := sorted(used - set(playbook.variables)):
        yield Found(path, _no_variable(playbook, unknown[0]), LintRule.UNKNOWN_VARIABLE)
        return
    labels = labels_of_answer(expression)
    if lost := [name for name in playbook.variables if name in used and name not in labels]:
        message = f'the answer can\'t be split by ${{{lost[0]}}}: it has no label "{lost[0]}"'
        yield Found(path, f"{message} (write it into by (…))", LintRule.LABEL_LOST)
    elif path == ("measure", "query") and used != set(playbook.variables):
        missing = next(name for name in playbook.variables if name not in used)
        message = f"the measure of an alert uses all its variables, ${{{missing}}} too"
        yield Found(path, message, LintRule.LABEL_LOST)


def _tests(playbook: Playbook) -> Iterator[Found]:
    known = {diagnostic.id: diagnostic for diagnostic in playbook.diagnostics}
    for path, test in tests_of(playbook):
        if isinstance(test, QueryTest):
            yield from _yes_or_no((*path, "query"), test.query)
            continue
        diagnostic = known.get(test.finding)
        if diagnostic is None:
            hint = did_you_mean(test.finding, known)
            message = f'there is no diagnostic "{test.finding}"{hint}'
            yield Found((*path, "finding"), message, LintRule.UNKNOWN_NAME)
        elif test.field not in diagnostic.FIELDS:
            hint = did_you_mean(test.field, diagnostic.FIELDS)
            message = f'a diagnostic of kind {diagnostic.kind} has no field "{test.field}"{hint}'
            yield Found((*path, "field"), message, LintRule.UNKNOWN_NAME)


def _yes_or_no(path: KeyPath, query: str) -> Iterator[Found]:
    try:
        expression = parsed(query)
    except PromqlError:
        return  # said already
    if not answers_yes_or_no(expression):
        message = "a test answers 1 or 0: compare with bool, for example … > bool 1.5"
        yield Found(path, message, LintRule.FILTER_AS_EVIDENCE)


def _sentences(playbook: Playbook) -> Iterator[Found]:
    texts: list[tuple[KeyPath, str]] = [
        *((("headline", index), text) for index, text in enumerate(playbook.headline)),
        *((("if_you_do_nothing", index), text) for index, text in enumerate(playbook.if_you_do_nothing)),
        *(
            (("fixes", index, "buys", number), text)
            for index, fix in enumerate(playbook.fixes)
            for number, text in enumerate(fix.buys)
        ),
    ]
    known = {diagnostic.id: diagnostic for diagnostic in playbook.diagnostics}
    for path, text in texts:
        if stray_braces(text):
            message = "a brace stands alone: a placeholder is {name}, {name:n} or {name.field}"
            yield Found(path, message, LintRule.UNKNOWN_NAME)
        for placeholder in placeholders(text):
            yield from _placeholder(playbook, known, path, placeholder)


def _placeholder(
    playbook: Playbook, known: Mapping[str, Diagnostic], path: KeyPath, placeholder: Placeholder
) -> Iterator[Found]:
    name, field = placeholder.name, placeholder.field
    if name not in known:
        names = {*known, *playbook.variables, *OF_THE_MEASURE}
        if name not in names or field:
            message = f"{{{name}}} names nothing{did_you_mean(name, names)}"
            yield Found(path, message, LintRule.UNKNOWN_NAME)
    elif field and not has_field(known[name], field):
        hint = did_you_mean(field, known[name].FIELDS)
        message = f'{{{name}.{field}}}: there is no field "{field}"{hint}'
        yield Found(path, message, LintRule.UNKNOWN_NAME)


def has_field(diagnostic: Diagnostic, name: str) -> bool:
    """Whether the rows of a diagnostic may have a value or a label of this name."""
    return name in diagnostic.FIELDS or any(
        _has_label(query, name) for query in diagnostic.queries().values()
    )


def _has_label(query: str, name: str) -> bool:
    try:
        return name in labels_of_answer(parsed(query))
    except PromqlError:
        return True  # said already


def _changes(playbook: Playbook) -> Iterator[Found]:
    for index, diagnostic in enumerate(playbook.diagnostics):
        for placeholder in placeholders(change_of(diagnostic)):
            if placeholder.field or not has_field(diagnostic, placeholder.name):
                message = f"{{{placeholder.name}}} is no label of the answer"
                yield Found(("diagnostics", index, "change"), message, LintRule.UNKNOWN_NAME)
