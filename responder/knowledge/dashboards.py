"""Dashboards as files: what we read of Grafana's JSON, and every mistake in it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from responder.domain.errors import ConfigError, Problem

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
        try:
            found = _read(path)
        except ConfigError as error:
            problems += error.problems
        else:
            boards.append(found)
            problems += [Problem(_shown(path), 0, "", one) for one in mistakes(found.board)]
    if not boards and not problems:
        problems = [Problem(str(folder), 0, "", "there is no dashboard here: no file that ends in .json")]
    if problems:
        raise ConfigError(problems)
    return tuple(boards)


def _read(path: Path) -> BoardFile:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return BoardFile(path.name, document, Board.model_validate(document))
    except OSError as error:
        raise ConfigError([Problem(_shown(path), 0, "", f"it can't be read: {error.strerror}")]) from error
    except ValidationError as error:
        raise ConfigError([_problem(path, error)]) from error
    except json.JSONDecodeError as error:
        message = f"this is no JSON: {error.msg}"
        raise ConfigError([Problem(_shown(path), error.lineno, "", message)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(_shown(path), 0, "", "this is no UTF-8 text")]) from error


def _problem(path: Path, error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return Problem(_shown(path), 0, ".".join(map(str, first["loc"])), first["msg"].lower())


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


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
