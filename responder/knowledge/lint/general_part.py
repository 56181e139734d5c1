"""What is true of the runbook's general part: the queries in it can be asked and answer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from responder.domain.errors import Problem
from responder.knowledge.lint.query import Asked, problems_of_query
from responder.knowledge.lint.said import Facts
from responder.knowledge.runbook import general_of
from responder.playbook.general import PLACE, read_general
from responder.playbook.load import Read
from responder.yamldoc import Document, KeyPath, read


def problems_of_general(folder: Path, files: Sequence[Read], facts: Facts) -> Iterator[Problem]:
    """Every mistake in it, if there is one, and in the commands of playbooks that need it."""
    _, problems = general_of(folder, files)
    yield from problems
    for document, path, query in queries_of_general(folder):
        for said in problems_of_query(Asked(query), facts):
            yield document.problem(path, said.message, said.rule)


def queries_of_general(folder: Path) -> Iterator[tuple[Document, KeyPath, str]]:
    """Its queries, with where they stand; none if there is no such part, or its shape is wrong."""
    general, _ = read_general(folder)
    if general is None:
        return
    document = read(folder / PLACE, f"{folder.name}/{PLACE.as_posix()}")
    for index, step in enumerate(general.commands):
        if step.query:
            yield document, ("commands", index, "query"), step.query
