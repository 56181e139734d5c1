"""Reads of files of Prometheus rules what playbooks must agree with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from promql_parser import Expr

from responder.knowledge.catalogue import Catalogue
from responder.knowledge.lint.reading import document_of, unreadable
from responder.playbook.labels import Labels, labels_of_answer
from responder.playbook.promql import PromqlError, parsed
from responder.yamldoc import Document, KeyPath, read

OWN: Final = "responder"
"""Alerts with this as their `component` are about the responder itself: they have no playbook."""
_SUFFIXES: Final = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an alert, or what it records under a name of its own."""

    name: str
    path: KeyPath
    text: str
    alerts: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def expression(self) -> Expr | None:
        """What it asks; None if that is no PromQL."""
        try:
            return parsed(self.text)
        except PromqlError:
            return None

    def keeps(self, catalogue: Catalogue) -> Labels:
        """The labels that its answer has: those of the series, and those it is given."""
        expression = self.expression
        kept = labels_of_answer(expression, catalogue.labels) if expression else Labels(frozenset())
        return kept.with_(frozenset(self.labels))

    @property
    def about_us(self) -> bool:
        return self.labels.get("component") == OWN


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file of rules, as far as it could be read."""

    document: Document
    rules: tuple[Rule, ...] = ()

    @property
    def alerts(self) -> Mapping[str, Rule]:
        """The alerting rules by name."""
        return {rule.name: rule for rule in self.rules if rule.alerts}


def read_rules(place: Path) -> list[RuleFile]:
    """A file of rules, or all of a folder: `*.rules.yml`, else every YAML file with groups of rules.

    What is wrong with one is in its document.
    """
    if not place.is_dir():
        return [_read(place)]
    named = _found(place, "*.rules")
    files = [_read(path) for path in named or _found(place, "*")]
    files = [file for file in files if named or file.rules]
    if not files:
        return [RuleFile(unreadable(str(place), "there are no rules in this folder (*.rules.yml)"))]
    return files


def _found(place: Path, stem: str) -> list[Path]:
    return sorted(path for suffix in _SUFFIXES for path in place.glob(f"{stem}{suffix}"))


def _read(path: Path) -> RuleFile:
    document = document_of(path, read)
    return RuleFile(document, tuple(_rules(document)))


def _rules(document: Document) -> Iterator[Rule]:
    value = document.value
    for number, group in _listed(value.get("groups") if isinstance(value, dict) else None):
        for index, item in _listed(group.get("rules")):
            name = item.get("alert") or item.get("record")
            if name:
                yield Rule(
                    name=str(name),
                    path=("groups", number, "rules", index),
                    text=str(item.get("expr", "")),
                    alerts="alert" in item,
                    labels=_words(item.get("labels")),
                    annotations=_words(item.get("annotations")),
                )


def _listed(value: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield index, item


def _words(value: object) -> Mapping[str, str]:
    return {str(key): str(word) for key, word in value.items()} if isinstance(value, dict) else {}


def with_recorded(catalogue: Catalogue, files: Sequence[RuleFile]) -> Catalogue:
    """The metrics with those that rules record: what records may read what was recorded before it."""
    for rule in (rule for file in files for rule in file.rules if not rule.alerts):
        catalogue = catalogue.with_recorded({rule.name: rule.keeps(catalogue)})
    return catalogue
