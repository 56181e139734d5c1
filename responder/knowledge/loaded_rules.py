"""Whether a Prometheus has loaded our rules as we render them; what differs, and in what. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

import yaml

from responder.clients.prometheus_rules import LoadedGroup, LoadedRule
from responder.domain.durations import parse_duration
from responder.playbook.promql import PromqlError, parsed

OK = "ok"
NOT_YET = "unknown"
"""The health of a rule that was not evaluated since it was loaded."""


class Difference(StrEnum):
    """In what a loaded rule, or its group, differs from ours."""

    MISSING = "missing"
    EXPRESSION = "expression"
    FOR = "for"
    LABEL = "label"
    ANNOTATION = "annotation"
    INTERVAL = "interval"
    NOT_OURS = "not_ours"
    TWICE = "twice"
    FAILS = "fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference: where, in what, what we have, and what Prometheus has."""

    group: str
    rule: str = ""
    difference: Difference
    ours: str = ""
    theirs: str = ""

    def __str__(self) -> str:
        place = f"{self.group}/{self.rule}" if self.rule else self.group
        match self.difference:
            case Difference.MISSING:
                return f"{place}: is not loaded"
            case Difference.NOT_OURS:
                return f"{place}: is loaded in this group, but is none of ours"
            case Difference.TWICE:
                return f"{place}: is loaded a second time, from {self.theirs}: each alert would be told twice"
            case Difference.FAILS:
                return f"{place}: its evaluation fails: {self.theirs}"
            case _:
                name = self.difference.value
                return f"{place}: another {name}: loaded is {self.theirs}, it should be {self.ours}"


def shipped(text: str, file: str) -> tuple[LoadedGroup, ...]:
    """The groups of a file of ours, as Prometheus would list them once all is well."""
    return tuple(
        LoadedGroup(
            name=group["name"],
            file=file,
            interval=_seconds(group["interval"]),
            rules=tuple(
                LoadedRule(
                    name=rule["alert"],
                    query=rule["expr"],
                    held=_seconds(rule.get("for", "0s")),
                    labels=rule.get("labels", {}),
                    annotations=rule.get("annotations", {}),
                    health=OK,
                    error="",
                )
                for rule in group["rules"]
            ),
        )
        for group in yaml.safe_load(text)["groups"]
    )


def compare(ours: Sequence[LoadedGroup], loaded: Sequence[LoadedGroup]) -> tuple[Finding, ...]:
    """Everything in which what is loaded differs from ours."""
    named = defaultdict(list)
    for group in loaded:
        named[group.name].append(group)
    found: list[Finding] = []
    chosen = []
    for group in ours:
        same = _ours_first(named[group.name], group.file)
        if not same:
            found.append(Finding(group=group.name, difference=Difference.MISSING))
            continue
        chosen.append(same[0])
        found += _of_group(group, same[0])
    found += _twice(ours, [group for group in loaded if not any(group is one for one in chosen)])
    return tuple(found)


def _ours_first(groups: Sequence[LoadedGroup], file: str) -> list[LoadedGroup]:
    """Groups of one name: the one of our file first, wherever that lies."""
    return sorted(groups, key=lambda group: PurePath(group.file).name != file)


def not_evaluated(ours: Sequence[LoadedGroup], loaded: Sequence[LoadedGroup]) -> tuple[str, ...]:
    """Our rules that are loaded and were not evaluated yet: whether they work is not known."""
    names = {rule.name for group in ours for rule in group.rules}
    waiting = (rule.name for group in loaded for rule in group.rules if rule.health == NOT_YET)
    return tuple(dict.fromkeys(name for name in waiting if name in names))


def _of_group(ours: LoadedGroup, theirs: LoadedGroup) -> Iterator[Finding]:
    if ours.interval != theirs.interval:
        yield Finding(
            group=ours.name,
            difference=Difference.INTERVAL,
            ours=f"{ours.interval:g} s",
            theirs=f"{theirs.interval:g} s",
        )
    loaded = {rule.name: rule for rule in theirs.rules}
    for rule in ours.rules:
        if rule.name not in loaded:
            yield Finding(group=ours.name, rule=rule.name, difference=Difference.MISSING)
        else:
            yield from _of_rule(ours.name, rule, loaded[rule.name])
    for name in loaded.keys() - {rule.name for rule in ours.rules}:
        yield Finding(group=ours.name, rule=name, difference=Difference.NOT_OURS)


def _of_rule(group: str, ours: LoadedRule, theirs: LoadedRule) -> Iterator[Finding]:
    for difference, our, their in _differing(ours, theirs):
        yield Finding(group=group, rule=ours.name, difference=difference, ours=our, theirs=their)
    if theirs.health not in (OK, NOT_YET):
        yield Finding(group=group, rule=ours.name, difference=Difference.FAILS, theirs=theirs.error)


def _differing(ours: LoadedRule, theirs: LoadedRule) -> Iterator[tuple[Difference, str, str]]:
    expected, found = normal(ours.query), normal(theirs.query)
    if expected != found:
        yield Difference.EXPRESSION, expected, found
    if ours.held != theirs.held:
        yield Difference.FOR, f"{ours.held:g} s", f"{theirs.held:g} s"
    yield from _pairs(Difference.LABEL, ours.labels, theirs.labels)
    yield from _pairs(Difference.ANNOTATION, ours.annotations, theirs.annotations)


def _pairs(
    difference: Difference, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[tuple[Difference, str, str]]:
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield difference, _pair(name, ours), _pair(name, theirs)


def _pair(name: str, pairs: Mapping[str, str]) -> str:
    return f"{name}: {pairs[name]!r}" if name in pairs else f"{name}: none"


def _twice(ours: Sequence[LoadedGroup], others: Sequence[LoadedGroup]) -> Iterator[Finding]:
    """Our alerts in groups that are not ours: an old copy, or the field's own rules of the same names."""
    home = {rule.name: group.name for group in ours for rule in group.rules}
    for other in others:
        for rule in other.rules:
            if rule.name in home:
                where = f"group {other.name} of {other.file}"
                yield Finding(
                    group=home[rule.name], rule=rule.name, difference=Difference.TWICE, theirs=where
                )


def normal(query: str) -> str:
    """A query without what is only its author's style: line breaks, spaces, comments, where `by` stands."""
    try:
        return str(parsed(query))
    except PromqlError:  # newer than our parser: then its text has to do
        return " ".join(query.split())


def _seconds(duration: str) -> float:
    return parse_duration(duration) / 1000
