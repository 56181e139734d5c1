"""The dashboards as they are checked in."""

from collections.abc import Mapping
from typing import Any

import pytest

from responder.knowledge.dashboards import BoardFile, read_boards
from responder.resources import resource_dir

Json = dict[str, Any]


@pytest.fixture(scope="session")
def files() -> tuple[BoardFile, ...]:
    return read_boards(resource_dir("dashboards"))


@pytest.fixture(scope="session")
def boards(files: tuple[BoardFile, ...]) -> Mapping[str, BoardFile]:
    """By uid."""
    return {one.board.uid: one for one in files}


@pytest.fixture(scope="session")
def panel(boards: Mapping[str, BoardFile]) -> Any:
    """One panel as it is: `panel("hypertool-persona-overview", 4)`."""

    def found(uid: str, number: int) -> Json:
        panels: list[Json] = boards[uid].document["panels"]
        return next(one for one in panels if one["id"] == number)

    return found
