"""Reads files so that what keeps one from being read is a problem like any other."""

from collections.abc import Callable
from pathlib import Path

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.yamldoc import Document

Reader = Callable[[Path, str], Document]
"""Reads one file, shown under a name; raises `OSError`."""


def document_of(path: Path, reader: Reader) -> Document:
    """The file as a document, shown with its folder; one that can't be read says so in its problems."""
    shown_as = f"{path.parent.name}/{path.name}"
    try:
        return reader(path, shown_as)
    except OSError as error:
        return unreadable(shown_as, f"it can't be read: {error.strerror}")


def unreadable(shown_as: str, message: str) -> Document:
    """A document of which nothing is there but what is wrong."""
    return Document(shown_as, "", None, problems=(Problem(shown_as, 0, "", message, LintRule.UNREADABLE),))
