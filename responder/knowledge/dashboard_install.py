"""Brings dashboards to a Grafana, and proves that they are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from responder.clients.grafana import PROMETHEUS, Document, Folder, Grafana
from responder.domain.errors import AdapterError, BadInput
from responder.knowledge.dashboard_copies import Difference, differences, is_stored, portable
from responder.knowledge.dashboards import BoardFile

PATIENCE: Final = 10.0
"""Seconds for each question."""
MESSAGE: Final = "pushed by hypertool-responder"
"""What stands in the dashboard's version history."""


class Outcome(StrEnum):
    """What became of a dashboard. Values are in the JSON output: never rename one."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where dashboards go: a folder by its title, or by its uid (and, where it is new, that title).

    `data_source`: the name or uid of the one they ask at first; else Grafana's default.
    """

    folder: str
    folder_uid: str = ""
    data_source: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one dashboard; where it is, or why not."""

    uid: str
    title: str
    outcome: Outcome
    url: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether one dashboard is there, and how it differs from ours."""

    uid: str
    title: str
    found: bool
    differences: tuple[Difference, ...] = ()

    @property
    def good(self) -> bool:
        return self.found and not self.differences


async def push(grafana: Grafana, boards: Sequence[BoardFile], place: Place) -> list[Pushed]:
    """Store every dashboard that isn't there already, over what stands under its uid.

    One that can't be stored doesn't keep the others from it.

    Raises:
        AdapterError: the folder or the data source can't be asked for.
        BadInput: there is no such data source, or it is no Prometheus.
    """
    chosen = await _data_source(grafana, place.data_source) if place.data_source else None
    folder = await _folder(grafana, place)
    return [await _push(grafana, one, _asking(one.document, chosen), folder) for one in boards]


async def verify(grafana: Grafana, boards: Sequence[BoardFile]) -> list[Verified]:
    """Ask for every dashboard, and compare.

    Raises:
        AdapterError: Grafana can't be asked.
    """
    return [await _verify(grafana, one) for one in boards]


async def _push(grafana: Grafana, file: BoardFile, document: Document, folder: Folder) -> Pushed:
    board = file.board
    try:
        stored = await grafana.board(board.uid, within=PATIENCE)
        if stored and stored.folder == folder.uid and is_stored(document, stored.document):
            return Pushed(board.uid, board.title, Outcome.UNCHANGED)
        # Only ours is overwritten: another dashboard of the same title would be lost.
        url = await grafana.save(
            portable(document), folder, overwrite=stored is not None, message=MESSAGE, within=PATIENCE
        )
    except AdapterError as error:
        return Pushed(board.uid, board.title, Outcome.FAILED, error=str(error))
    return Pushed(board.uid, board.title, Outcome.UPDATED if stored else Outcome.CREATED, url)


async def _verify(grafana: Grafana, file: BoardFile) -> Verified:
    board = file.board
    stored = await grafana.board(board.uid, within=PATIENCE)
    if stored is None:
        return Verified(board.uid, board.title, found=False)
    return Verified(board.uid, board.title, found=True, differences=differences(board, stored.document))


async def _folder(grafana: Grafana, place: Place) -> Folder:
    """The folder, made where it is missing."""
    if place.folder_uid:
        found = await grafana.folder(place.folder_uid, within=PATIENCE)
    else:
        found = await grafana.folder_titled(place.folder, within=PATIENCE)
    return found or await grafana.create_folder(place.folder, place.folder_uid, within=PATIENCE)


async def _data_source(grafana: Grafana, name: str) -> dict[str, Any]:
    """The data source as the choice of a variable: Grafana 9 knows it by its name, later ones by its uid."""
    found = await grafana.data_source(name, within=PATIENCE)
    if found is None:
        raise BadInput("data_source", f'Grafana has no data source "{name}"')
    if found.type != PROMETHEUS:
        raise BadInput("data_source", f'the data source "{name}" is a {found.type}, not a {PROMETHEUS}')
    return {"selected": False, "text": found.name, "value": found.uid}


def _asking(document: Document, chosen: dict[str, Any] | None) -> Document:
    """The dashboard with that choice in its variable of data sources."""
    if chosen is None:
        return document
    templating = document.get("templating", {})
    variables = [
        {**one, "current": chosen} if one["type"] == "datasource" and one.get("query") == PROMETHEUS else one
        for one in templating.get("list", ())
    ]
    return {**document, "templating": {**templating, "list": variables}}
