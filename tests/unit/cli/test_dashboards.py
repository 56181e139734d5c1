"""`dashboards push` and `verify` as a person calls them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import Result

from responder.testing.grafana.app import create_app
from responder.testing.grafana.model import TOKEN, GrafanaStandIn
from responder.testing.loopback import serving

Command = Callable[..., Result]
Call = Callable[..., "asyncio.Future[Result]"]


@pytest.fixture
def stand_in() -> GrafanaStandIn:
    return GrafanaStandIn()


@pytest_asyncio.fixture
async def call(responder: Command, stand_in: GrafanaStandIn) -> AsyncIterator[Call]:
    """Calls the command with a Grafana that runs."""
    async with serving(create_app(stand_in)) as url:
        given = {"RESPONDER_GRAFANA__URL": url, "RESPONDER_GRAFANA__TOKEN": TOKEN}

        def run(*arguments: str, **env: str) -> "asyncio.Future[Result]":
            loop = asyncio.get_running_loop()
            return loop.run_in_executor(
                None, lambda: responder("dashboards", *arguments, env={**given, **env})
            )

        yield run


async def test_a_push_says_where_everything_is(call: Call) -> None:
    told = await call("push")
    assert told.exit_code == 0
    assert [line.partition(" http")[0] for line in told.stdout.splitlines()] == [
        "hypertool-persona-overview: created",
        "hypertool-responder: created",
        "hypertool-workflow-performance: created",
    ]
    again = await call("push")
    assert again.stdout.count(": unchanged\n") == 3


async def test_a_push_that_fails_in_part_ends_with_1(call: Call, stand_in: GrafanaStandIn) -> None:
    folder = stand_in.add_folder("Hypertool").uid
    stand_in.save({"uid": "theirs", "title": "Hypertool Responder"}, folder, "", overwrite=False)
    told = await call("push", "--json")
    assert told.exit_code == 1
    assert [one["outcome"] for one in json.loads(told.stdout)] == ["created", "failed", "created"]


async def test_verify_ends_with_1_until_everything_is_there_as_it_should_be(
    call: Call, stand_in: GrafanaStandIn
) -> None:
    told = await call("verify")
    assert told.exit_code == 1
    assert told.stderr.count("it is not there") == 3
    assert told.stdout == "0 of 3 dashboards as they should be\n"
    await call("push")
    told = await call("verify")
    assert (told.exit_code, told.stdout) == (0, "3 of 3 dashboards as they should be\n")
    stand_in.boards["hypertool-responder"].document["panels"].pop(0)
    told = await call("verify")
    assert told.exit_code == 1
    assert told.stderr == 'hypertool-responder: panel 1 "Responder": it is missing\n'
    told = await call("verify", "--json")
    assert [one["good"] for one in json.loads(told.stdout)] == [True, False, True]


async def test_a_folder_of_ones_own_can_be_pushed(
    call: Call, stand_in: GrafanaStandIn, tmp_path: Path
) -> None:
    (tmp_path / "own.json").write_text('{"uid": "own", "title": "Own"}')
    told = await call("push", str(tmp_path), "--folder", "Team")
    assert told.exit_code == 0
    assert list(stand_in.boards) == ["own"]
    assert [one.title for one in stand_in.folders.values()] == ["Team"]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"RESPONDER_GRAFANA__TOKEN": "wrong"}, "(grafana.token)"),
        ({"RESPONDER_GRAFANA__URL": "http://127.0.0.1:1"}, "is the address right? (grafana.url)"),
    ],
)
async def test_what_to_do_is_said_with_the_setting(call: Call, env: dict[str, str], said: str) -> None:
    told = await call("verify", **env)
    assert told.exit_code == 1
    assert told.stderr.strip().endswith(said)


async def test_a_data_source_that_is_not_there_is_a_mistake_of_the_call(call: Call) -> None:
    told = await call("push", "--data-source", "Nowhere")
    assert (told.exit_code, told.stderr) == (2, 'Grafana has no data source "Nowhere"\n')


def test_without_an_address_it_says_how_to_give_one(responder: Command) -> None:
    told = responder("dashboards", "verify")
    assert (told.exit_code, told.stderr) == (2, "set grafana.url, or RESPONDER_GRAFANA__URL\n")


def test_every_mistake_in_ones_own_files_is_told(responder: Command, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/one.json").write_text("{")
    (tmp_path / "boards/two.json").write_text('{"uid": "", "title": "Two"}')
    told = responder("dashboards", "push", "boards")
    assert told.exit_code == 2
    assert told.stderr.splitlines()[1:] == [
        "boards/two.json:1: its uid must have 1 to 40 characters",
        "2 problems",
    ]
