"""The queries of all files, each once, as they can be asked now: variables stand for whatever there is."""

from collections.abc import Iterator
from dataclasses import dataclass

from responder.domain.errors import Problem
from responder.knowledge.check import Files
from responder.knowledge.lint.dashboards import filler
from responder.knowledge.lint.general_part import queries_of_general
from responder.knowledge.lint.said import FILLED, Facts
from responder.playbook.promql import PLACEHOLDER, PromqlError, parsed
from responder.playbook.rules import queries_of
from responder.yamldoc import Document, KeyPath, key_text


@dataclass(frozen=True, slots=True)
class Query:
    """One query, and where it stands first."""

    text: str
    file: str
    line: int
    key: str

    def problem(self, rule: str, message: str) -> Problem:
        return Problem(self.file, self.line, self.key, message, rule)


def queries(files: Files, facts: Facts) -> tuple[Query, ...]:
    """What can be asked; what can't be parsed is told without asking."""
    found: dict[str, Query] = {}
    for document, path, text in _all(files, facts):
        if text not in found and _can_be_parsed(text):
            found[text] = Query(text, document.file, document.line(path), key_text(path))
    return tuple(found.values())


def _all(files: Files, facts: Facts) -> Iterator[tuple[Document, KeyPath, str]]:
    for one in files.playbooks:
        for path, query in queries_of(one.playbook) if one.playbook else ():
            yield one.document, path, PLACEHOLDER.sub(FILLED, query)
    yield from queries_of_general(files.folder)
    for file in files.rules or ():
        for rule in file.rules:
            yield file.document, (*rule.path, "expr"), rule.text
    for board in files.dashboards:
        fill = filler(board, facts)
        for target in board.targets:
            yield board.document, target.path, fill.filled(target.query)


def _can_be_parsed(text: str) -> bool:
    try:
        parsed(text)
    except PromqlError:
        return False
    return True
