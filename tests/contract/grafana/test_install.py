"""Dashboards are brought to a Grafana, again and again with one result, and proved there."""

import copy
from typing import Any, Final

import pytest

from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.domain.errors import BadInput, Refused
from responder.knowledge.dashboard_install import Outcome, Place, Pushed, push, verify
from responder.knowledge.dashboards import Board, BoardFile, read_boards
from responder.resources import resource_dir
from responder.testing.grafana.model import GrafanaStandIn

BOARDS: Final = read_boards(resource_dir("dashboards"))
OVERVIEW: Final = "hypertool-persona-overview"
HERE: Final = Place(folder="Hypertool")


def outcomes(pushed: list[Pushed]) -> list[Outcome]:
    return [one.outcome for one in pushed]


def of(document: dict[str, Any]) -> BoardFile:
    return BoardFile("own.json", document, Board.model_validate(document))


async def edited(stand_in: GrafanaStandIn, expr: str) -> None:
    """Somebody changes a query in the browser."""
    board = stand_in.boards[OVERVIEW]
    document = copy.deepcopy(board.document)
    document["panels"][2]["targets"][0]["expr"] = expr
    stand_in.save(document, board.folder, "by hand", overwrite=True)


async def test_the_first_push_makes_folder_and_dashboards(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    assert outcomes(await push(grafana, BOARDS, HERE)) == [Outcome.CREATED] * 3
    [folder] = stand_in.folders.values()
    assert folder.title == "Hypertool"
    assert {board.folder for board in stand_in.boards.values()} == {folder.uid}


async def test_a_second_push_changes_nothing(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    await push(grafana, BOARDS, HERE)
    stand_in.requests.clear()
    assert outcomes(await push(grafana, BOARDS, HERE)) == [Outcome.UNCHANGED] * 3
    assert {method for method, _ in stand_in.requests} == {"GET"}


async def test_what_was_changed_by_hand_is_seen_and_set_right(
    grafana: Grafana, stand_in: GrafanaStandIn
) -> None:
    await push(grafana, BOARDS, HERE)
    assert all(one.good for one in await verify(grafana, BOARDS))
    await edited(stand_in, "sum(nonsense)")
    wrong = [one for one in await verify(grafana, BOARDS) if not one.good]
    assert [one.uid for one in wrong] == [OVERVIEW]
    assert [one.where for one in wrong[0].differences] == ['panel 3 "Token Usage by Persona", query A']
    assert wrong[0].differences[0].says.startswith("'sum(nonsense)' instead of 'sum by (persona)")
    again = await push(grafana, BOARDS, HERE)
    assert outcomes(again) == [Outcome.UPDATED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert all(one.good for one in await verify(grafana, BOARDS))


async def test_a_dashboard_that_was_moved_comes_back(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    await push(grafana, BOARDS, HERE)
    stand_in.boards[OVERVIEW].folder = ""
    assert outcomes(await push(grafana, BOARDS, HERE))[0] is Outcome.UPDATED


async def test_nothing_is_there_before_the_first_push(grafana: Grafana) -> None:
    assert [one.found for one in await verify(grafana, BOARDS)] == [False] * 3


@pytest.mark.parametrize(
    "place",
    [
        Place(folder="hyperTOOL"),  # the title in other letters
        Place(folder="Whatever", folder_uid="ours"),
    ],
)
async def test_a_folder_that_is_there_is_used(
    grafana: Grafana, stand_in: GrafanaStandIn, place: Place
) -> None:
    stand_in.add_folder("Hypertool", "ours")
    await push(grafana, BOARDS, place)
    assert list(stand_in.folders) == ["ours"]
    assert stand_in.boards[OVERVIEW].folder == "ours"


async def test_a_new_folder_gets_the_uid_that_was_asked_for(
    grafana: Grafana, stand_in: GrafanaStandIn
) -> None:
    await push(grafana, BOARDS, Place(folder="Hypertool", folder_uid="ours"))
    assert [(one.uid, one.title) for one in stand_in.folders.values()] == [("ours", "Hypertool")]


async def test_somebody_elses_dashboard_of_the_same_title_is_kept(
    grafana: Grafana, stand_in: GrafanaStandIn
) -> None:
    folder = stand_in.add_folder("Hypertool").uid
    stand_in.save({"uid": "theirs", "title": "Hypertool Responder"}, folder, "", overwrite=False)
    pushed = await push(grafana, BOARDS, HERE)
    assert outcomes(pushed) == [Outcome.CREATED, Outcome.FAILED, Outcome.CREATED]
    assert "A dashboard with the same name in the folder already exists" in pushed[1].error
    assert "theirs" in stand_in.boards


async def test_what_is_provisioned_says_so(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    await push(grafana, BOARDS, HERE)
    stand_in.boards[OVERVIEW].provisioned = True
    stand_in.boards[OVERVIEW].document["title"] = "Another"
    pushed = await push(grafana, BOARDS, HERE)
    assert outcomes(pushed)[0] is Outcome.FAILED
    assert "Cannot save provisioned dashboard" in pushed[0].error


async def test_a_chosen_data_source_is_the_first_that_is_asked(
    http: Http, url: str, stand_in: GrafanaStandIn
) -> None:
    """Grafana 9 looks for the choice by its name, later ones by its uid."""
    place = Place(folder="Hypertool", data_source="metrics-of-europe")
    admin = Grafana(http, url, "admin")
    await push(admin, BOARDS, place)
    for board in stand_in.boards.values():
        source = board.document["templating"]["list"][0]
        assert source["current"] == {
            "selected": False,
            "text": "Metrics of Europe",
            "value": "metrics-of-europe",
        }
    assert outcomes(await push(admin, BOARDS, place)) == [Outcome.UNCHANGED] * 3
    assert all(one.good for one in await verify(admin, BOARDS))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Nowhere", 'Grafana has no data source "Nowhere"'),
        ("Logs", 'the data source "Logs" is a loki, not a prometheus'),
    ],
)
async def test_a_data_source_that_can_not_be_asked_stops_everything(
    http: Http, url: str, stand_in: GrafanaStandIn, name: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        await push(Grafana(http, url, "admin"), BOARDS, Place(folder="Hypertool", data_source=name))
    assert (stand_in.folders, stand_in.boards) == ({}, {})


async def test_an_editor_can_not_choose_a_data_source(grafana: Grafana) -> None:
    with pytest.raises(Refused, match="403"):
        await push(grafana, BOARDS, Place(folder="Hypertool", data_source="Prometheus"))


async def test_a_dashboard_saved_from_another_grafana_finds_its_place(
    grafana: Grafana, stand_in: GrafanaStandIn
) -> None:
    """The number and version it has there mean another dashboard here, or none."""
    own = of({"id": 4711, "uid": "own", "title": "Own", "version": 12, "schemaVersion": 39, "panels": []})
    assert outcomes(await push(grafana, [own], HERE)) == [Outcome.CREATED]
    assert stand_in.boards["own"].document["schemaVersion"] == 39
    assert outcomes(await push(grafana, [own], HERE)) == [Outcome.UNCHANGED]
