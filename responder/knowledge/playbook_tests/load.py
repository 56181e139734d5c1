"""Reads files of tests: all of them or none, and every mistake at once, with file, line and key."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from responder.domain.errors import ConfigError, Problem
from responder.knowledge.playbook_tests.model import Case, Suite
from responder.knowledge.playbook_tests.past import Past, past_of
from responder.knowledge.playbook_tests.sound import problems_of
from responder.playbook.diagnostic import seconds
from responder.playbook.load import PATTERNS, Kinds, found_problems, read_all
from responder.playbook.model import Playbook
from responder.yamldoc import Document, KeyPath, did_you_mean, read, validation_problems

FOLDER: Final = "tests"
"""Where a folder of playbooks has its tests."""


@dataclass(frozen=True, slots=True)
class About:
    """The playbook that a file of tests is about, and the file it stands in."""

    playbook: Playbook
    document: Document


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case that can be run: where it stands, what it is about, and its past."""

    suite: Suite
    case: Case
    document: Document
    path: KeyPath
    about: About
    past: tuple[Past, ...]

    @property
    def playbook(self) -> Playbook:
        return self.about.playbook

    @property
    def length(self) -> float:
        """Seconds from the beginning to the last sample."""
        return max((past.samples[-1].after for past in self.past), default=0.0)

    @property
    def at(self) -> float:
        """Seconds from the beginning to the moment it is asked."""
        return seconds(self.case.at) if self.case.at else self.length


def load(paths: Iterable[Path], kinds: Kinds) -> tuple[Loaded, ...]:
    """The cases of these folders and files, in their order.

    Args:
        paths: a folder of playbooks (with a folder `tests`), a folder of tests, or a file of them. The
            playbooks that tests are about lie in the folder above them.
        kinds: what diagnostics may be.

    Raises:
        ConfigError: with every mistake in all the files, those of the playbooks too.
    """
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    playbooks = {folder: _Playbooks(folder, kinds) for folder in {file.parent.parent for file in files}}
    problems = [problem for known in playbooks.values() for problem in known.problems]
    loaded: list[Loaded] = []
    for file in files:
        found = list(_load(file, playbooks[file.parent.parent]))
        problems += (one for one in found if isinstance(one, Problem))
        loaded += (one for one in found if isinstance(one, Loaded))
    if problems:
        raise ConfigError(problems)
    return tuple(loaded)


class _Playbooks:
    """The playbooks of one folder, by alert, with the file of each."""

    def __init__(self, folder: Path, kinds: Kinds) -> None:
        files = read_all(folder, kinds)
        self.problems: Sequence[Problem] = found_problems(folder, files)
        self.known: Mapping[str, About] = {
            one.playbook.alert: About(one.playbook, one.document) for one in files if one.playbook
        }


def _files(path: Path) -> list[Path]:
    """The files of tests that a path means.

    Raises:
        ConfigError: there are none.
    """
    if path.is_file():
        return [path.resolve()]
    folder = path.resolve() if path.resolve().name == FOLDER else path.resolve() / FOLDER
    files = sorted(file for pattern in PATTERNS for file in folder.glob(pattern))
    if not files:
        raise ConfigError([Problem(str(path), 0, "", f"there are no tests here ({FOLDER}/*.yaml)")])
    return files


def _load(file: Path, playbooks: _Playbooks) -> Iterator[Problem | Loaded]:
    shown_as = "/".join(file.parts[-3:])
    try:
        document = read(file, shown_as)
    except OSError as error:
        yield Problem(shown_as, 0, "", f"it can't be read: {error.strerror}")
        return
    if document.problems:
        yield from document.problems
        return
    if not isinstance(document.value, dict):
        yield document.problem((), "a file of tests is a mapping of keys, beginning with alert:")
        return
    try:
        # As JSON: YAML has no tuples and no enums, and pydantic's strict reading of JSON knows that.
        suite = Suite.model_validate_json(json.dumps(document.value, default=str))
    except ValidationError as error:
        yield from validation_problems(document, error, Suite)
        return
    yield from _about(suite, document, playbooks)


def _about(suite: Suite, document: Document, playbooks: _Playbooks) -> Iterator[Problem | Loaded]:
    about = playbooks.known.get(suite.alert)
    if about is None:
        if not playbooks.problems:  # else its playbook may be one of those that can't be read
            hint = did_you_mean(suite.alert, playbooks.known)
            yield document.problem(("alert",), f'there is no playbook for "{suite.alert}"{hint}')
        return
    problems = [document.problem(*found) for found in problems_of(suite, about.playbook)]
    yield from problems
    if not problems:
        for index, case in enumerate(suite.cases):
            yield Loaded(suite, case, document, ("cases", index), about, past_of(suite, case))
