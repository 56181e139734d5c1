"""How a copy of a dashboard, such as the one a Grafana has, differs from ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from responder.knowledge.dashboards import Board, Panel

OF_THIS_GRAFANA: Final = frozenset({"id", "version"})
"""What belongs to one Grafana's copy of a dashboard, and means nothing elsewhere."""
OF_THE_RELEASE: Final = frozenset({"schemaVersion"})
"""What a later release of Grafana may raise when it reads a dashboard."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a copy differs from ours, and in what."""

    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"


def differences(ours: Board, theirs: Mapping[str, Any]) -> tuple[Difference, ...]:
    """How a copy differs from ours in title, variables, panels and queries; looks are not compared."""
    try:
        board = Board.model_validate(theirs)
    except ValidationError:
        return (Difference("dashboard", "it is there in a form that can't be read"),)
    return tuple(_differences(ours, board))


def _differences(ours: Board, theirs: Board) -> Iterator[Difference]:
    if ours.title != theirs.title:
        yield Difference("title", _instead(theirs.title, ours.title))
    yield from _of_variables(ours, theirs)
    yield from _of_panels(ours, theirs)


def _of_variables(ours: Board, theirs: Board) -> Iterator[Difference]:
    asked = {one.name: one.asks for one in theirs.variables}
    for variable in ours.variables:
        where = f"variable {variable.name}"
        if variable.name not in asked:
            yield Difference(where, "it is missing")
        elif asked[variable.name] != variable.asks:
            yield Difference(where, _instead(asked[variable.name], variable.asks))


def _of_panels(ours: Board, theirs: Board) -> Iterator[Difference]:
    known, there = ({panel.id: panel for panel in board.panels} for board in (ours, theirs))
    for number, panel in known.items():
        if number in there:
            yield from _of_panel(panel, there[number])
        else:
            yield Difference(str(panel), "it is missing")
    yield from (Difference(str(there[number]), "it is not ours") for number in there if number not in known)


def _of_panel(ours: Panel, theirs: Panel) -> Iterator[Difference]:
    if ours.title != theirs.title:
        yield Difference(str(ours), f"its title is {_instead(theirs.title, ours.title)}")
    if ours.type != theirs.type:
        yield Difference(str(ours), f"its type is {_instead(theirs.type, ours.type)}")
    asked = {target.ref: target.expr for target in theirs.targets}
    for target in ours.targets:
        where = f"{ours}, query {target.ref}"
        if target.ref not in asked:
            yield Difference(where, "it is missing")
        elif asked[target.ref] != target.expr:
            yield Difference(where, _instead(asked[target.ref], target.expr))
    more = asked.keys() - {target.ref for target in ours.targets}
    yield from (Difference(f"{ours}, query {ref}", "it is not ours") for ref in sorted(more))


def _instead(theirs: str, ours: str) -> str:
    return f"{theirs!r} instead of {ours!r}"


def portable(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A dashboard without what belongs to the Grafana it was taken from."""
    return {key: value for key, value in document.items() if key not in OF_THIS_GRAFANA}


def is_stored(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether a Grafana's copy has everything that ours has, and the same; it may have added to it."""
    compared = {key: value for key, value in portable(ours).items() if key not in OF_THE_RELEASE}
    return _holds(theirs, compared)


def _holds(theirs: object, ours: object) -> bool:
    match ours, theirs:
        case Mapping(), Mapping():
            return all(name in theirs and _holds(theirs[name], ours[name]) for name in ours)
        case list(), list():
            return len(ours) == len(theirs) and all(map(_holds, theirs, ours))
        case _:
            return ours == theirs
