"""What `responder check` finds: every mistake in playbooks, rules and dashboards, and where they disagree."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.knowledge.alert_rules import Rule, RuleFile, read_rules, with_recorded
from responder.knowledge.lint.dashboard_files import Dashboard, read_dashboards
from responder.knowledge.lint.dashboards import problems_of_dashboards
from responder.knowledge.lint.general_part import problems_of_general
from responder.knowledge.lint.playbooks import Around, problems_of_playbook
from responder.knowledge.lint.pointed import Dashboards
from responder.knowledge.lint.rule_files import problems_of_rules
from responder.knowledge.lint.said import Facts
from responder.playbook.load import Kinds, Read, found_problems, read_all


@dataclass(frozen=True, slots=True)
class Files:
    """What was read, to be held against each other."""

    folder: Path
    playbooks: Sequence[Read]
    rules: Sequence[RuleFile] | None
    dashboards: Sequence[Dashboard]
    linked: Dashboards = field(default_factory=dict)
    """Every dashboard that may be linked to, by uid; empty: that isn't checked."""


class Counted(NamedTuple):
    """Files of one kind: how many were read, and how many of them have a problem."""

    kind: str
    read: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in the order of files and lines."""

    problems: tuple[Problem, ...]
    counted: tuple[Counted, ...]
    """Playbooks, files of rules, dashboards."""
    elsewhere: int = 0
    """Problems that are in none of these: in the configuration, or at a far side."""

    @property
    def summary(self) -> str:
        """The last line of the list: 2 problems in 2 of 7 playbooks."""
        playbooks, *others = self.counted
        if not self.problems:
            read = (_many(one.read, one.kind) for one in (playbooks, *others) if one.read or one is playbooks)
            return f"{', '.join(read)}, no problem"
        places = [f"{one.wrong} of {_many(one.read, one.kind)}" for one in (playbooks, *others) if one.wrong]
        if not playbooks.wrong:
            places.insert(0, f"0 of {_many(playbooks.read, playbooks.kind)}")
        if self.elsewhere:
            places.append(f"{self.elsewhere} elsewhere")
        return f"{_many(len(self.problems), 'problem')} in {', '.join(places)}"


def check(  # noqa: PLR0913 - all but the first two are rarely given, and by name
    folder: Path,
    kinds: Kinds,
    rules: Path | None = None,
    dashboards: Path | None = None,
    *,
    facts: Facts | None = None,
    linked: Sequence[Path] = (),
) -> Checked:
    """Everything that is wrong with a folder of playbooks, and with what belongs to it.

    Args:
        folder: the playbooks.
        kinds: what diagnostics may be.
        rules: a file, or a folder, of Prometheus rules that the playbooks must agree with, if there is one.
        dashboards: a file, or a folder, of Grafana's dashboards, if there is one.
        facts: what queries are held against.
        linked: more dashboards that may be linked to; these aren't checked themselves.
    """
    return checked(read_files(folder, kinds, rules, dashboards, linked), facts or Facts())


def checked(files: Files, facts: Facts, others: Iterable[Problem] = ()) -> Checked:
    """Everything that is wrong with files that were read, and with what else is said of them."""
    return _in_order(files, [*others, *problems_of_files(files, facts)])


def read_files(
    folder: Path, kinds: Kinds, rules: Path | None, dashboards: Path | None, linked: Sequence[Path] = ()
) -> Files:
    """Read all of it; what can't be read says so in its document."""
    shown = read_dashboards(dashboards) if dashboards else []
    others = [one for place in linked for one in read_dashboards(place)]
    return Files(
        folder,
        read_all(folder, kinds),
        read_rules(rules) if rules else None,
        shown,
        {one.uid: one for one in (*others, *shown) if one.uid},
    )


def problems_of_files(files: Files, facts: Facts) -> Iterator[Problem]:
    """Every mistake in them, each once."""
    rule_files = files.rules or ()
    facts = replace(facts, catalogue=with_recorded(facts.catalogue, rule_files))
    around = _around(files, facts)
    said = found_problems(files.folder, list(files.playbooks))
    for one in files.playbooks:
        if one.playbook:
            said += [one.document.problem(*found) for found in problems_of_playbook(one.playbook, around)]
    said += problems_of_general(files.folder, files.playbooks, facts)
    with_playbook = _alerts_of(files.playbooks)
    for file in rule_files:
        said += problems_of_rules(file, with_playbook, files.linked, facts)
    said += problems_of_dashboards(files.dashboards, facts)
    yield from _each_once(said)


def _around(files: Files, facts: Facts) -> Around:
    alerts: dict[str, Rule] = {}
    recorded: dict[str, Rule] = {}
    for file in files.rules or ():
        alerts |= file.alerts
        recorded |= {rule.name: rule for rule in file.rules if not rule.alerts}
    return Around(
        alerts=_alerts_of(files.playbooks) | set(alerts),
        rules=None if files.rules is None else alerts,
        recorded={name: rule.expression for name, rule in recorded.items() if rule.expression},
        dashboards=files.linked,
        facts=facts,
    )


def _alerts_of(playbooks: Sequence[Read]) -> set[str]:
    """The alerts that have a playbook, be there a mistake in it or not."""
    values = (one.document.value for one in playbooks)
    return {str(value["alert"]) for value in values if isinstance(value, dict) and "alert" in value}


def _each_once(problems: Sequence[Problem]) -> Iterator[Problem]:
    """What two looks found in one place by one rule is one problem; what names no rule is about the shape."""
    seen: set[tuple[object, ...]] = set()
    for problem in problems:
        one = replace(problem, rule=problem.rule or LintRule.SHAPE)
        alike = (one.file, one.line, one.key, one.rule, None if one.rule in _SAID_ONCE else one.message)
        if alike not in seen:
            seen.add(alike)
            yield one


_SAID_ONCE: Final = frozenset({LintRule.NOT_PROMQL, LintRule.LABEL_LOST})
"""Found by the loader and again by the linter, which says it in more detail."""


def _in_order(files: Files, problems: Sequence[Problem]) -> Checked:
    names = {
        "playbook": [one.document.file for one in files.playbooks],
        "rule file": [one.document.file for one in files.rules or ()],
        "dashboard": [one.document.file for one in files.dashboards],
    }
    places = {name: place for place, name in enumerate(chain.from_iterable(names.values()))}
    last = len(places)
    ordered = sorted(problems, key=lambda one: (places.get(one.file, last), one.file, one.line))
    wrong = {one.file for one in problems}
    counted = (
        Counted(kind, len(group), sum(name in wrong for name in group)) for kind, group in names.items()
    )
    return Checked(tuple(ordered), tuple(counted), sum(one.file not in places for one in problems))


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
