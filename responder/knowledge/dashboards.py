"""Dashboards as files: what we read of Grafana's JSON, and every mistake in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from responder.domain.errors import ConfigError, Problem
from responder.jsondoc import read_json
from responder.yamldoc import Document, validation_problems

COLUMNS: Final = 24
"""Of Grafana's grid."""
LONGEST_UID: Final = 40


class _Part(BaseModel):
    """What we need of a part of a dashboard; Grafana writes much more."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class GridPos(_Part):
    """Where a panel stands, in columns and rows of the grid."""

    x: int
    y: int
    w: int
    h: int

    def overlaps(self, other: "GridPos") -> bool:
        beside = self.x + self.w <= other.x or other.x + other.w <= self.x
        return not (beside or self.y + self.h <= other.y or other.y + other.h <= self.y)


class Target(_Part):
    """One query of a panel."""

    ref: str = Field("", alias="refId")
    expr: str = ""
    datasource: Any = None


class Panel(_Part):
    """One panel; a folded row has panels of its own."""

    id: int
    type: str
    title: str = ""
    description: str = ""
    datasource: Any = None
    place: GridPos = Field(alias="gridPos")
    targets: tuple[Target, ...] = ()
    panels: tuple["Panel", ...] = ()

    def __str__(self) -> str:
        return f'panel {self.id} "{self.title}"'


class Variable(_Part):
    """One choice above the panels."""

    name: str
    type: str
    query: Any = None

    @property
    def asks(self) -> str:
        """Its query as text: older Grafanas write it bare, later ones in an object."""
        asked = self.query.get("query", "") if isinstance(self.query, dict) else self.query
        return str(asked or "")


class _Templating(_Part):
    list_: tuple[Variable, ...] = Field((), alias="list")


class Board(_Part):
    """A dashboard, as far as it matters here."""

    uid: str
    title: str
    schema_version: int = Field(0, alias="schemaVersion")
    templating: _Templating = _Templating()
    nested: tuple[Panel, ...] = Field((), alias="panels")

    @property
    def variables(self) -> tuple[Variable, ...]:
        return self.templating.list_

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, those in folded rows too."""
        return tuple(panel for outer in self.nested for panel in (outer, *outer.panels))


@dataclass(frozen=True, slots=True)
class BoardFile:
    """One file: its name, the dashboard as it is, and what we read of it."""

    name: str
    document: Mapping[str, Any]
    board: Board


def read_boards(folder: Path) -> tuple[BoardFile, ...]:
    """The dashboards of a folder, in the order of their names.

    Raises:
        ConfigError: with every mistake in them, or because there are none.
    """
    problems: list[Problem] = []
    boards: list[BoardFile] = []
    for path in sorted(folder.glob("*.json")):
        document = _document(path)
        found = _board(document)
        if isinstance(found, Board):
            boards.append(BoardFile(path.name, document.value, found))
            problems += [document.problem((), one) for one in mistakes(found)]
        else:
            problems += found
    if not boards and not problems:
        problems = [Problem(str(folder), 0, "", "there is no dashboard here: no file that ends in .json")]
    if problems:
        raise ConfigError(problems)
    return tuple(boards)


def _document(path: Path) -> Document:
    shown_as = f"{path.parent.name}/{path.name}"
    try:
        return read_json(path, shown_as)
    except OSError as error:
        problem = Problem(shown_as, 0, "", f"it can't be read: {error.strerror}")
        return Document(shown_as, "", None, problems=(problem,))


def _board(document: Document) -> Board | Sequence[Problem]:
    """What we read of a document, or why we can't."""
    if document.problems:
        return document.problems
    if not isinstance(document.value, dict):
        return [document.problem((), "this is no dashboard: it must be keys and values in braces")]
    try:
        return Board.model_validate(document.value)
    except ValidationError as error:
        return validation_problems(document, error, Board)


def mistakes(board: Board) -> Iterator[str]:
    """What would keep a dashboard from working as it should in Grafana."""
    if not 0 < len(board.uid) <= LONGEST_UID:
        yield f"its uid must have 1 to {LONGEST_UID} characters"
    yield from _twice("two panels have the id {}", (str(panel.id) for panel in board.panels))
    yield from _twice("two variables have the name {}", (one.name for one in board.variables))
    for one, other in combinations(board.nested, 2):
        if one.place.overlaps(other.place):
            yield f"{one} and {other} overlap"
    for panel in board.panels:
        yield from _mistakes_of_panel(panel, {f"${{{one.name}}}" for one in board.variables})


def _mistakes_of_panel(panel: Panel, variables: set[str]) -> Iterator[str]:
    place = panel.place
    if place.x < 0 or place.y < 0 or place.w < 1 or place.h < 1 or place.x + place.w > COLUMNS:
        yield f"{panel} does not stand within {COLUMNS} columns"
    yield from _twice(f"{panel}: two queries are called {{}}", (target.ref for target in panel.targets))
    for target in panel.targets:
        source = target.datasource or panel.datasource
        if not target.ref or (_type(source) == "prometheus" and not target.expr.strip()):
            yield f"{panel}: a query is without refId or expr"
        uid = source.get("uid") if isinstance(source, dict) else source
        if str(uid).startswith("$") and uid not in variables:
            yield f"{panel}: there is no variable for its data source {uid}"


def _type(source: object) -> object:
    return source.get("type") if isinstance(source, dict) else None


def _twice(message: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield message.format(name)
        seen.add(name)
