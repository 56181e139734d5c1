"""The runbook of a folder of playbooks, whole or not at all; and whether a page is still what they say."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from responder.domain.errors import ConfigError, Problem
from responder.playbook.general import General, read_general, undeclared, unknown
from responder.playbook.load import Kinds, Read, found_problems, read_all
from responder.playbook.runbook import Runbook, runbook_of
from responder.render.markdown import runbook_markdown


def read_runbook(folder: Path, kinds: Kinds) -> Runbook:
    """The runbook of a folder of playbooks.

    Raises:
        ConfigError: with every mistake in the playbooks and in the general part.
    """
    files = read_all(folder, kinds)
    general, mistakes = general_of(folder, files)
    problems = [*found_problems(folder, files), *mistakes]
    if problems:
        raise ConfigError(problems)
    return runbook_of({one.playbook.alert: one.playbook for one in files if one.playbook}, general)


def general_of(folder: Path, files: Sequence[Read]) -> tuple[General | None, list[Problem]]:
    """The general part of a folder, and what is wrong with it and with the commands that need it."""
    general, problems = read_general(folder)
    return general, [*problems, *(_unexplained(general, files) if general else ())]


def difference(runbook: Runbook, page: str) -> int | None:
    """The first line, from 1 on, in which a page differs from the runbook's Markdown; None if none does."""
    ours, theirs = runbook_markdown(runbook), page
    if ours == theirs:
        return None
    pairs = zip(ours.splitlines(), theirs.splitlines(), strict=False)
    same = next((number for number, (one, other) in enumerate(pairs) if one != other), None)
    return (min(ours.count("\n"), theirs.count("\n")) if same is None else same) + 1


def _unexplained(general: General, files: Sequence[Read]) -> Iterator[Problem]:
    """Variables of the playbooks' commands that no reader of the page could set."""
    for one in files:
        for index, step in enumerate(one.playbook.investigation if one.playbook else ()):
            for name in undeclared(step.run, general):
                yield one.document.problem(("investigation", index, "run"), unknown(name, general))
