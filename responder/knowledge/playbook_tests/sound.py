"""What must hold in a file of tests beyond its shape: what it names is there in the playbook it is about."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from responder.domain.units import DAY
from responder.knowledge.playbook_tests.canned import LABELS, WORDS
from responder.knowledge.playbook_tests.model import (
    NO_DATA,
    NOT_MEASURED,
    NOTHING,
    WITHIN,
    AboutAlert,
    Case,
    Expected,
    Suite,
)
from responder.knowledge.playbook_tests.past import Bad, named
from responder.knowledge.playbook_tests.values import LONGEST
from responder.playbook.diagnostic import Diagnostic, seconds
from responder.playbook.model import Playbook
from responder.playbook.rules import has_field
from responder.yamldoc import KeyPath, did_you_mean

Found = Iterator[tuple[KeyPath, str]]
Answers = Mapping[str, Any]
"""What diagnostics are answered, by id: rows or words."""


def problems_of(suite: Suite, playbook: Playbook) -> Found:
    """Every mistake in a file of tests whose shape is right."""
    yield from _common(suite, playbook, ())
    if not suite.cases:
        yield ("cases",), "there is no case"
    seen: dict[str, int] = {}
    for index, case in enumerate(suite.cases):
        path: KeyPath = ("cases", index)
        if seen.setdefault(case.name, index) != index:
            yield (*path, "name"), f"cases[{seen[case.name]}] has this name already"
        yield from _common(case, playbook, path)
        yield from _alerts(case, playbook, path)
        if case.at and seconds(case.at) > LONGEST:
            yield (*path, "at"), f"this is more than {LONGEST // DAY} days"
        yield from _expected(case, playbook, {**suite.answers, **case.answers}, (*path, "expect"))


def _common(part: Suite | Case, playbook: Playbook, path: KeyPath) -> Found:
    """Series and answers, which a file and a case of it both have."""
    seen: set[str] = set()
    for index, series in enumerate(part.series):
        here = (*path, "series", index)
        name = named(series, None)
        if isinstance(name, Bad):
            yield (*here, name.key), name.message
        elif name.name in seen:
            yield (*here, "series"), "this series stands here twice"
        else:
            seen.add(name.name)
    known = {diagnostic.id: diagnostic for diagnostic in playbook.diagnostics}
    for diagnostic, answer in part.answers.items():
        where = (*path, "answers", diagnostic)
        if diagnostic not in known:
            yield where, f'the playbook has no diagnostic "{diagnostic}"{did_you_mean(diagnostic, known)}'
        else:
            yield from _answer(answer, known[diagnostic], playbook, where)


def _answer(answer: Any, diagnostic: Diagnostic, playbook: Playbook, path: KeyPath) -> Found:  # noqa: ANN401 - a row, rows or a word
    if isinstance(answer, str):
        if answer not in WORDS:
            hint = did_you_mean(answer, WORDS, listing=False)
            words = f'"{NOT_MEASURED}", "{NO_DATA}", "{NOTHING}", or how asking failed, such as timeout'
            yield path, f'"{answer}" is no answer{hint}: write a row of fields, or {words}'
        return
    rows = (
        [(path, answer)] if isinstance(answer, Mapping) else [((*path, i), r) for i, r in enumerate(answer)]
    )
    known = {*diagnostic.FIELDS, *playbook.variables, LABELS}
    for where, row in rows:
        for name in row:
            if name not in known:
                hint = did_you_mean(name, known)
                yield (*where, name), f'a diagnostic of kind {diagnostic.kind} has no field "{name}"{hint}'
            elif isinstance(row[name], Mapping) is not (name == LABELS):
                yield (*where, name), "labels are a mapping, fields are values"


def _alerts(case: Case, playbook: Playbook, path: KeyPath) -> Found:
    if not case.alerts:
        yield (*path, "alerts"), "there is no alert; without this key there is one without labels"
    for index, labels in enumerate(case.alerts):
        for name in playbook.variables:
            if not labels.get(name):
                yield (*path, "alerts", index), f'an alert of this playbook has the label "{name}"'
        if labels in case.alerts[:index]:
            yield (*path, "alerts", index), "this alert stands here twice"


def _expected(case: Case, playbook: Playbook, answers: Answers, path: KeyPath) -> Found:
    expect = case.expect
    if expect == Expected():
        yield path, "nothing is expected: add first:, findings: or any other expectation"
    yield from _about(expect, playbook, answers, path)
    fixes = {fix.id for fix in playbook.fixes}
    for name in expect.fixes:
        if name not in fixes:
            yield (*path, "fixes", name), f'the playbook has no fix "{name}"{did_you_mean(name, fixes)}'
    yield from _causes(expect.checks, playbook, (*path, "checks"))
    checked = {cause.id for cause in playbook.causes if cause.check}
    for index, name in enumerate(expect.checks):
        if name not in checked and name in {cause.id for cause in playbook.causes}:
            yield (*path, "checks", index), f'the cause "{name}" has no manual check (check:) in the playbook'
    for index, one in enumerate(expect.each):
        where = (*path, "each", index)
        if not any(one.alert.items() <= labels.items() for labels in case.alerts):
            yield (*where, "alert"), "no alert of this case has these labels"
        yield from _about(one, playbook, answers, where)


def _about(about: AboutAlert, playbook: Playbook, answers: Answers, path: KeyPath) -> Found:
    if about.first:
        yield from _causes([about.first], playbook, (*path, "first"), single=True)
    yield from _causes(about.tied, playbook, (*path, "tied"))
    yield from _causes(about.order, playbook, (*path, "order"))
    yield from _causes(about.ruled_out, playbook, (*path, "ruled_out"))
    if about.first and about.tied and about.first not in about.tied:
        yield (*path, "tied"), f'"{about.first}" is expected first, and is not among these'
    if about.first and about.order and about.order[0] != about.first and about.first in about.order:
        yield (*path, "order"), f'"{about.first}" is expected first, and "{about.order[0]}" before it'
    yield from _findings(about, playbook, answers, (*path, "findings"))


def _causes(names: Iterable[str], playbook: Playbook, path: KeyPath, *, single: bool = False) -> Found:
    causes = {cause.id for cause in playbook.causes}
    for index, name in enumerate(names):
        if name not in causes:
            here = path if single else (*path, index)
            yield here, f'the playbook has no cause "{name}"{did_you_mean(name, causes)}'


def _findings(about: AboutAlert, playbook: Playbook, answers: Answers, path: KeyPath) -> Found:
    known = {diagnostic.id: diagnostic for diagnostic in playbook.diagnostics}
    for name, wanted in about.findings.items():
        here = (*path, name)
        if name not in known:
            yield here, f'the playbook has no diagnostic "{name}"{did_you_mean(name, known)}'
        elif wanted not in (NOT_MEASURED, NOTHING):
            row = wanted if isinstance(wanted, Mapping) else {"value": wanted}
            besides = {WITHIN, *playbook.variables, *_labels(answers.get(name))}
            yield from _row(row, known[name], besides, here)


def _labels(answer: Any) -> Iterator[str]:  # noqa: ANN401 - a row, rows or a word
    """The labels that the case itself gives to the rows of an answer."""
    rows = [answer] if isinstance(answer, Mapping) else answer if isinstance(answer, tuple) else []
    return (label for row in rows for label in row.get(LABELS) or {})


def _row(wanted: Mapping[str, Any], diagnostic: Diagnostic, besides: set[str], path: KeyPath) -> Found:
    for name in wanted:
        if name not in besides and not has_field(diagnostic, name):
            hint = did_you_mean(name, diagnostic.FIELDS)
            yield (*path, name), f'a diagnostic of kind {diagnostic.kind} has no field "{name}"{hint}'
