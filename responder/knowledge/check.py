"""What `responder check` finds: every mistake in the playbooks, and where rules and metrics disagree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from responder.diagnose.alerts import AlertsSpec
from responder.domain.errors import Problem
from responder.knowledge.alert_rules import Rule, read_rules
from responder.knowledge.queries import problems_of_query
from responder.playbook.load import Kinds, Read, found_problems, read_all
from responder.playbook.model import Playbook
from responder.playbook.rules import queries_of
from responder.yamldoc import KeyPath, did_you_mean

Found = tuple[KeyPath, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a folder of so many playbooks, in the order of files and lines."""

    problems: tuple[Problem, ...]
    playbooks: int

    @property
    def summary(self) -> str:
        """The last line of the list: 2 problems in 2 of 7 playbooks."""
        if not self.problems:
            return f"{_many(self.playbooks, 'playbook')}, no problem"
        wrong = len({problem.file for problem in self.problems})
        return f"{_many(len(self.problems), 'problem')} in {wrong} of {_many(self.playbooks, 'playbook')}"


def check(folder: Path, kinds: Kinds, rules: Path | None = None) -> Checked:
    """Everything that is wrong with a folder of playbooks.

    Args:
        folder: the playbooks.
        kinds: what diagnostics may be.
        rules: the file of Prometheus rules that the playbooks must agree with, if there is one.
    """
    files = read_all(folder, kinds)
    problems = found_problems(folder, files)
    known, unreadable = read_rules(rules) if rules else ({}, [])
    alerts = {one.playbook.alert for one in files if one.playbook}
    for one in files:
        if one.playbook:
            problems += _of_file(one, one.playbook, alerts, known)
    if rules and not problems:
        problems += _without_playbook(rules, known, alerts)
    order = [one.document.file for one in files]
    found = sorted([*problems, *unreadable], key=lambda problem: _place(problem, order))
    return Checked(tuple(found), len(files))


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _of_file(one: Read, playbook: Playbook, alerts: set[str], rules: Mapping[str, Rule]) -> Iterator[Problem]:
    for path, message in _found(playbook, alerts, rules):
        yield one.document.problem(path, message)


def _found(playbook: Playbook, alerts: set[str], rules: Mapping[str, Rule]) -> Iterator[Found]:
    for path, query in queries_of(playbook):
        for message in problems_of_query(query):
            yield path, message
    for path, name in _alerts_named(playbook):
        if name not in alerts:
            yield path, f'there is no playbook for "{name}"{did_you_mean(name, alerts)}'
    if rules:
        yield from _against_rule(playbook, rules)


def _alerts_named(playbook: Playbook) -> Iterator[tuple[KeyPath, str]]:
    for index, name in enumerate(playbook.related):
        yield ("related", index), name
    for index, diagnostic in enumerate(playbook.diagnostics):
        if isinstance(diagnostic, AlertsSpec):
            for number, name in enumerate(diagnostic.names):
                yield ("diagnostics", index, "names", number), name


def _against_rule(playbook: Playbook, rules: Mapping[str, Rule]) -> Iterator[Found]:
    """A playbook says of its alert what the rule says."""
    rule = rules.get(playbook.alert)
    if rule is None:
        yield ("alert",), f'there is no rule for "{playbook.alert}"{did_you_mean(playbook.alert, rules)}'
        return
    said = {"severity": playbook.severity.value, "category": playbook.category}
    for key, word in said.items():
        if rule.labels.get(key, word) != word:
            yield (key,), f'the rule says "{rule.labels[key]}", not "{word}"'
    for index, name in enumerate(playbook.variables):
        if name not in rule.keeps:
            yield ("variables", index), f'the rule\'s alerts have no label "{name}"'
    measure = playbook.measure
    if rule.threshold is not None and rule.threshold != (measure.threshold, measure.direction):
        value, direction = rule.threshold
        yield ("measure", "threshold"), f"the rule's threshold is {direction} {value:g}"


def _without_playbook(path: Path, rules: Mapping[str, Rule], alerts: set[str]) -> Iterator[Problem]:
    for name, rule in rules.items():
        if name not in alerts:
            message = f'there is no playbook for "{name}"{did_you_mean(name, alerts)}'
            yield Problem(f"{path.parent.name}/{path.name}", rule.line, "alert", message)


def _place(problem: Problem, order: Sequence[str]) -> tuple[int, str, int]:
    place = order.index(problem.file) if problem.file in order else len(order)
    return place, problem.file, problem.line
