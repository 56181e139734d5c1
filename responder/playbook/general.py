"""What a runbook says besides its alerts: `runbook/general.yaml` among the playbooks, if it is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError

from responder.domain.errors import ConfigError, Problem
from responder.playbook.diagnostic import Line, Query, Strict
from responder.playbook.model import Step, Text
from responder.playbook.promql import PromqlError, parsed, variables
from responder.playbook.scale import scaled_steps
from responder.yamldoc import Document, KeyPath, did_you_mean, read, validation_problems

PLACE: Final = Path("runbook", "general.yaml")
"""Below the folder of playbooks, where it is not taken for one."""

OF_EVERY_SHELL: Final = frozenset({"USER", "HOME", "HOSTNAME", "PWD"})
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")

Name = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]


class Variable(Strict):
    """Something a site puts in once, before it pastes commands."""

    name: Name
    value: Line
    """As it stands behind `export NAME=`, in double quotes."""
    means: Line


class Issue(Strict):
    """A row of the table of common issues."""

    see: Line
    means: Line
    do: Line


class Escalation(Strict):
    """Whom or what to turn to, in the order of the list."""

    to: Line
    do: Text
    run: Text | None = None
    next_when: Line | None = None
    """When to go on to the next one."""


class General(Strict):
    """The parts of a runbook that belong to no alert."""

    title: Line
    intro: Text
    variables: Annotated[tuple[Variable, ...], Field(max_length=30)] = ()
    tips: Annotated[tuple[Text, ...], Field(max_length=40)] = ()
    commands: Annotated[tuple[Step, ...], Field(max_length=40)] = ()
    issues: Annotated[tuple[Issue, ...], Field(max_length=40)] = ()
    escalation: Annotated[tuple[Escalation, ...], Field(max_length=10)] = ()

    def scaled(self, factor: float) -> Self:
        """The same with every duration in its queries times the factor, for the demo."""
        return self.model_copy(update={"commands": scaled_steps(self.commands, factor)})


def load_general(folder: Path) -> General | None:
    """The general part of a folder of playbooks; None if it has none.

    Raises:
        ConfigError: with every mistake in it.
    """
    general, problems = read_general(folder)
    if problems:
        raise ConfigError(problems)
    return general


def read_general(folder: Path) -> tuple[General | None, list[Problem]]:
    """What is in it, unless it is missing or its shape is wrong, and what is wrong."""
    shown_as = f"{folder.name}/{PLACE.as_posix()}"
    try:
        document = read(folder / PLACE, shown_as)
    except (FileNotFoundError, NotADirectoryError):
        return None, []
    except OSError as error:
        return None, [Problem(shown_as, 0, "", f"it can't be read: {error.strerror}")]
    if document.problems:
        return None, list(document.problems)
    if not isinstance(document.value, dict):
        return None, [document.problem((), "this is a mapping of keys, beginning with title:")]
    return _shaped(document)


def _shaped(document: Document) -> tuple[General | None, list[Problem]]:
    try:  # As JSON: YAML has no tuples, and pydantic's strict reading of JSON knows that.
        general = General.model_validate_json(json.dumps(document.value, default=str))
    except ValidationError as error:
        return None, validation_problems(document, error, General)
    return general, [document.problem(at, message) for at, message in _mistakes(general)]


def _mistakes(general: General) -> Iterator[tuple[KeyPath, str]]:
    names = [variable.name for variable in general.variables]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("variables", index, "name"), f'the name "{name}" is taken'
    for index, step in enumerate(general.commands):
        if step.query and (message := _no_query(step.query)):
            yield ("commands", index, "query"), message
        for name in undeclared(step.run, general):
            yield ("commands", index, "run"), unknown(name, general)
    for index, escalation in enumerate(general.escalation):
        for name in undeclared(escalation.run, general):
            yield ("escalation", index, "run"), unknown(name, general)


def _no_query(query: Query) -> str:
    try:
        parsed(query)
    except PromqlError as error:
        return str(error)
    used = sorted(variables(query))
    return f"${{{used[0]}}} can't be pasted: write a value that is to be replaced" if used else ""


def undeclared(command: str | None, general: General) -> list[str]:
    """The variables of a shell command that the general part does not explain, in alphabetical order."""
    known = {variable.name for variable in general.variables} | OF_EVERY_SHELL
    return sorted(set(_VARIABLE.findall(command or "")) - known)


def unknown(name: str, general: General) -> str:
    """What is said of a variable that nothing explains."""
    known = [variable.name for variable in general.variables]
    return f"${name} is not among the variables of {PLACE.as_posix()}{did_you_mean(name, known)}"
