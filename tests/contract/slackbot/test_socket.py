"""Socket Mode: the same as by HTTP comes over a connection that the responder opens, and opens again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.testing.asked import AskedWorld
from responder.testing.clicking import ANN, BOB, CHANNEL, Clicking
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders
from responder.testing.loopback import loopback_client
from responder.testing.slack import Fault, FaultKind, Workspace
from responder.testing.slack.methods import TEAM_ID
from responder.testing.slack.model import APP_TOKEN
from responder.testing.slack.sending import PATIENCE

SOON = 20.0


@pytest.fixture
def world(desk: Desk) -> AskedWorld:
    assert isinstance(desk.book, Orders)
    return AskedWorld(desk, desk.book)


@pytest.fixture
def clicking(desk: Desk, clock: ManualClock, world: AskedWorld) -> Clicking:
    workspace = Workspace(["alerts"], clock=clock)
    return Clicking(workspace, desk, clock, asked=world, secret=None, app_token=APP_TOKEN)


@pytest.fixture
async def web(clicking: Clicking) -> AsyncIterator[httpx.AsyncClient]:
    """The page of the workspace, once the responder has its connection."""
    async with clicking.running() as url, loopback_client(base_url=url) as web:
        clicking.workspace.interactive.request_url = ""
        await connected(clicking)
        yield web


async def connected(clicking: Clicking) -> None:
    async with asyncio.timeout(SOON):
        await clicking.workspace.interactive.sockets.connected.wait()


async def test_a_command_comes_by_the_socket_and_is_answered(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    assert 'did you mean "status"?' in await clicking.write(web, BOB, "/hypertool stauts")
    assert await clicking.write(web, BOB, "/hypertool fixes") == ""
    assert await world.answer() == ["answered"]
    assert len(clicking.workspace.interactive.whispers) == 2


async def test_buttons_and_forms_come_by_it_too(clicking: Clicking, web: httpx.AsyncClient) -> None:
    fix = clicking.proposed()
    await clicking.write(web, ANN, "/hypertool fix")
    modal = clicking.workspace.interactive.top(ANN)
    assert modal is not None
    chosen = modal.view["blocks"][-2]["element"]["options"][0]["value"]
    await web.post("/_stand-in/submit", json={"view": modal.id, "values": {"choice": chosen}})
    assert clicking.fix(fix).approved_by == "slack:U0ANN (ann)"


async def test_an_envelope_that_comes_twice_is_worked_on_once(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    await clicking.write(web, BOB, "/hypertool status")
    sockets = clicking.workspace.interactive.sockets
    assert await sockets.deliver(sockets.envelopes[-1], PATIENCE) == {}
    other = {**sockets.envelopes[-1], "envelope_id": "as Slack sends it to another replica"}
    assert await sockets.deliver(other, PATIENCE) == {}
    assert len(world.orders.take(Move.ANSWER)) == 1


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"command": "/hypertool", "text": ["x"]},
        {
            "command": "/hypertool",
            "team_id": "T0OTHER",
            "user_id": BOB,
            "channel_id": CHANNEL,
            "trigger_id": "1",
        },
        {"type": "block_actions", "team": {"id": TEAM_ID}, "user": {"id": BOB}, "actions": []},
        {"type": "view_submission", "team": TEAM_ID},
    ],
)
async def test_what_cant_be_read_changes_nothing_and_is_not_sent_again(
    clicking: Clicking, world: AskedWorld, payload: dict[str, object]
) -> None:
    sockets = clicking.workspace.interactive.sockets
    assert await sockets.send("slash_commands", payload, PATIENCE) == {}
    assert world.orders.take(Move.ANSWER) == []


async def test_a_connection_that_slack_closes_is_opened_again(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    await clicking.workspace.interactive.sockets.drop()
    await connected(clicking)
    assert "What can be asked" in await clicking.write(web, BOB, "/hypertool")


async def test_the_first_connection_is_tried_until_slack_is_there(clicking: Clicking) -> None:
    """The server is up meanwhile: alerts don't wait for Slack."""
    clicking.workspace.faults.add(Fault(FaultKind.HTTP, "apps.connections.open", times=1))
    async with clicking.running():
        await connected(clicking)
        outcomes = [c.outcome for c in clicking.workspace.calls if c.method == "apps.connections.open"]
        assert outcomes == ["http_500", "ok"]
