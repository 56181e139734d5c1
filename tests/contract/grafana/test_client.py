"""What our client makes of Grafana's answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
import pytest_asyncio

from responder.clients.grafana import Folder, Grafana
from responder.clients.http import Http
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.testing.grafana.model import Board, GrafanaStandIn

WITHIN: Final = 5.0
NOT_ALLOWED: Final = "You'll need additional permissions to perform this action."
ROOT: Final = Folder("", "")
BOARD: Final[dict[str, Any]] = {"uid": "one", "title": "One", "panels": []}

Ask = Callable[[Grafana], Awaitable[object]]


def save(document: dict[str, Any], folder: Folder = ROOT, *, overwrite: bool = False) -> Ask:
    return lambda grafana: grafana.save(
        document, folder, overwrite=overwrite, message="because", within=WITHIN
    )


def board(uid: str = "one") -> Ask:
    return lambda grafana: grafana.board(uid, within=WITHIN)


async def refused(grafana: Grafana, ask: Ask) -> AdapterError:
    with pytest.raises(Refused) as caught:
        await ask(grafana)
    return caught.value


async def test_what_is_saved_is_found_where_it_was_put(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    folder = await grafana.create_folder("Hypertool", "hypertool", within=WITHIN)
    address = await save(BOARD, folder)(grafana)
    assert address == f"{grafana.url}/d/one/one"
    found = await grafana.board("one", within=WITHIN)
    assert found is not None
    assert (found.document["title"], found.folder, found.provisioned) == ("One", "hypertool", False)
    assert stand_in.boards["one"].messages == ["because"]


@pytest.mark.parametrize(
    ("token", "ask", "said"),
    [
        ("wrong", board(), "Grafana: unauthorized: 401 Unauthorized: Invalid API key"),
        (None, board(), "Grafana: unauthorized: 401 Unauthorized: Invalid API key"),
        (
            "viewer",
            save(BOARD),
            f"Grafana: unauthorized: 403 Forbidden: {NOT_ALLOWED}",
        ),
        (
            "editor",
            save({"uid": "one"}),
            "Grafana: refused: 400 Bad Request: Dashboard title cannot be empty",
        ),
        (
            "editor",
            save(BOARD, Folder("gone", "Gone")),
            "Grafana: refused: 400 Bad Request: folder not found",
        ),
        (
            "editor",
            save({**BOARD, "id": 99}),
            "Grafana: not found: 404 Not Found: dashboard not found",
        ),
    ],
)
async def test_a_refusal_is_told_in_grafanas_words(
    http: Http, url: str, token: str | None, ask: Ask, said: str
) -> None:
    assert str(await refused(Grafana(http, url, token), ask)) == said


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (BOARD, "The dashboard has been changed by someone else"),
        ({**BOARD, "uid": "other"}, "A dashboard with the same name in the folder already exists"),
    ],
)
async def test_what_is_there_is_written_over_only_on_demand(
    grafana: Grafana, stand_in: GrafanaStandIn, document: dict[str, Any], said: str
) -> None:
    await save(BOARD)(grafana)
    error = await refused(grafana, save(document))
    assert str(error) == f"Grafana: refused: 412 Precondition Failed: {said}"
    await save(BOARD, overwrite=True)(grafana)
    assert stand_in.boards["one"].version == 2


async def test_a_provisioned_dashboard_says_that_it_is(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    stand_in.boards["one"] = Board(1, "", BOARD, provisioned=True)
    found = await grafana.board("one", within=WITHIN)
    assert found is not None
    assert found.provisioned
    assert "Cannot save provisioned dashboard" in str(await refused(grafana, save(BOARD, overwrite=True)))


async def test_what_is_not_there_is_none(grafana: Grafana, http: Http, url: str) -> None:
    assert await grafana.board("one", within=WITHIN) is None
    assert await grafana.folder("one", within=WITHIN) is None
    assert await grafana.folder_titled("One", within=WITHIN) is None
    assert await Grafana(http, url, "admin").data_source("one", within=WITHIN) is None


async def test_a_place_that_is_no_grafana_is_not_taken_for_an_empty_one(http: Http, url: str) -> None:
    """A web server's own 404 has no words of Grafana's."""
    error = await refused(Grafana(http, f"{url}/grafana", "editor"), board())
    assert error.reason is Reason.NOT_FOUND


async def test_a_folder_is_found_by_its_title_on_any_page(grafana: Grafana, stand_in: GrafanaStandIn) -> None:
    for number in range(1001):
        stand_in.add_folder(f"Folder {number}")
    found = await grafana.folder_titled("folder 1000", within=WITHIN)
    assert found is not None
    assert found.title == "Folder 1000"


async def test_user_and_password_stand_in_for_a_token(http: Http, url: str) -> None:
    place = url.removeprefix("http://")
    address = f"http://ops:p%40ss%3Aword@{place}"
    assert await Grafana(http, address).board("one", within=WITHIN) is None
    told = await save(BOARD)(Grafana(http, address))
    assert told == f"{url}/d/one/one"  # and no password


@pytest.mark.parametrize("name", ["Metrics of Europe", "metrics-of-europe"])
async def test_a_data_source_is_found_by_either_name(http: Http, url: str, name: str) -> None:
    found = await Grafana(http, url, "admin").data_source(name, within=WITHIN)
    assert found is not None
    assert (found.uid, found.name, found.type) == ("metrics-of-europe", "Metrics of Europe", "prometheus")


@pytest_asyncio.fixture
async def mute() -> AsyncIterator[str]:
    """A server that takes every question and never answers."""
    leave = asyncio.Event()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leave.wait()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        leave.set()


async def test_nobody_waits_for_ever(http: Http, mute: str) -> None:
    with pytest.raises(Unreachable) as caught:
        await Grafana(http, mute).board("one", within=0.05)
    assert caught.value.reason is Reason.TIMEOUT


async def test_a_name_that_leads_elsewhere_is_refused(grafana: Grafana) -> None:
    assert (await refused(grafana, board("../folders"))).reason is Reason.NOT_FOUND
