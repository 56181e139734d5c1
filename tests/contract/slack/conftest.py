"""A stand-in for Slack on a real port of this machine, and our client that speaks with it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from responder.clients.slack import SlackClient
from responder.clients.slack_pace import Pace
from responder.testing.clock import ManualClock
from responder.testing.loopback import loopback_client, serving
from responder.testing.slack import TOKEN, App, Workspace, create_app


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def workspace(clock: ManualClock) -> Workspace:
    stranger = App("xoxb-stranger", "Somebody Else", "U0STRANGER", "B0STRANGER", "A0STRANGER")
    return Workspace(["alerts"], apps=(App(TOKEN), stranger), clock=clock)


@pytest.fixture
async def base(workspace: Workspace) -> AsyncIterator[str]:
    """Where the stand-in answers; whatever hangs is released before it is stopped."""
    async with serving(create_app(workspace)) as url:
        yield url
        workspace.faults.clear()


@pytest.fixture
async def client(base: str, clock: ManualClock) -> AsyncIterator[SlackClient]:
    pace = Pace(lambda: clock().timestamp())
    async with SlackClient(TOKEN, f"{base}/api", deadline=5.0, pace=pace) as client:
        yield client


@pytest.fixture
async def web(base: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the stand-in without any library of Slack's."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with loopback_client(base_url=base, headers=headers) as web:
        yield web
