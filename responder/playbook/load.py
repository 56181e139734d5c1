"""Load a folder of playbooks: all of them or none, and every mistake at once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from responder.domain.errors import ConfigError, Problem
from responder.domain.ids import content_digest
from responder.domain.lint import LintRule
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.model import Playbook, PlaybookHead, Playbooks, whole
from responder.playbook.rules import problems_of
from responder.yamldoc import Document, KeyPath, did_you_mean, read, validation_problems

Shape = TypeVar("Shape", bound=BaseModel)
PATTERNS: Final = ("*.yaml", "*.yml")

Kinds = Mapping[str, type[Diagnostic]]
"""What diagnostics may be, by kind: the kind's own keys are those of its class."""


@dataclass(frozen=True, slots=True)
class Read:
    """One file as it was read: the playbook in it, unless its shape is wrong, and what is wrong."""

    document: Document
    playbook: Playbook | None
    problems: tuple[Problem, ...]


def load(folder: Path, kinds: Kinds) -> Playbooks:
    """The playbooks of a folder, by alert name.

    Raises:
        ConfigError: with every mistake in all the files.
    """
    files = read_all(folder, kinds)
    problems = found_problems(folder, files)
    if problems:
        raise ConfigError(problems)
    return {one.playbook.alert: one.playbook for one in files if one.playbook}


def read_all(folder: Path, kinds: Kinds) -> list[Read]:
    """Every playbook file of a folder, in the order of their names."""
    paths = sorted(path for pattern in PATTERNS for path in folder.glob(pattern))
    return [read_one(path, f"{folder.name}/{path.name}", kinds) for path in paths]


def found_problems(folder: Path, files: list[Read]) -> list[Problem]:
    """What is wrong with each file, and with all of them together."""
    if not files:
        return [
            Problem(str(folder), 0, "", "there is no playbook in this folder (*.yaml)", LintRule.UNREADABLE)
        ]
    return [problem for one in files for problem in one.problems] + list(_twice(files))


def read_one(path: Path, shown_as: str, kinds: Kinds) -> Read:
    """Read one file. A mistake in its shape hides those that only show once the shape is right."""
    try:
        document = read(path, shown_as)
    except OSError as error:
        message = f"it can't be read: {error.strerror}"
        problem = Problem(shown_as, 0, "", message, LintRule.UNREADABLE)
        return Read(Document(shown_as, "", None), None, (problem,))
    if document.problems:
        return Read(document, None, document.problems)
    playbook, problems = _shaped(document, kinds)
    if playbook is not None:
        problems = [document.problem(*found) for found in problems_of(playbook)]
    return Read(document, playbook, tuple(sorted(problems, key=lambda problem: problem.line)))


def _shaped(document: Document, kinds: Kinds) -> tuple[Playbook | None, list[Problem]]:
    if not isinstance(document.value, dict):
        return None, [document.problem((), "a playbook is a mapping of keys, beginning with alert:")]
    value = dict(document.value)
    items = value.pop("diagnostics", None)
    problems: list[Problem] = []
    head = _validated(PlaybookHead, value, document, (), problems)
    diagnostics = list(_diagnostics(items if items is not None else [], document, kinds, problems))
    if head is None or problems:
        return None, problems
    return whole(head, tuple(diagnostics), content_digest(document.text)), []


def _diagnostics(
    items: object, document: Document, kinds: Kinds, problems: list[Problem]
) -> Iterator[Diagnostic]:
    if not isinstance(items, list):
        problems.append(document.problem(("diagnostics",), "this is a list"))
        return
    for index, item in enumerate(items):
        path = ("diagnostics", index)
        name = item.get("kind") if isinstance(item, dict) else None
        model = kinds.get(name) if isinstance(name, str) else None
        if model is None:
            hint = did_you_mean(str(name), kinds)
            missing = "this key is missing" if name is None else f'there is no kind "{name}"'
            problems.append(document.problem((*path, "kind"), missing + hint))
        elif diagnostic := _validated(model, item, document, path, problems):
            yield diagnostic


def _validated(
    model: type[Shape], value: object, document: Document, under: KeyPath, problems: list[Problem]
) -> Shape | None:
    # As JSON: YAML has no tuples and no enums, and pydantic's strict reading of JSON knows that.
    try:
        return model.model_validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        problems.extend(validation_problems(document, error, model, under))
        return None


def _twice(files: list[Read]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for one in files:
        if one.playbook is None:
            continue
        before = first.setdefault(one.playbook.alert, one.document.file)
        if before != one.document.file:
            message = f"{before} is a playbook for this alert already"
            yield one.document.problem(("alert",), message, LintRule.NAME_TAKEN)
