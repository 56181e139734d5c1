"""The Slack notifier with its real renderer and client, against the stand-in on a real port."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from responder.clients.slack import SlackClient
from responder.clients.slack_pace import Pace
from responder.notify.slack import SlackNotifier
from responder.render import slack
from responder.testing.clock import ManualClock
from responder.testing.loopback import serving
from responder.testing.samples import NOW
from responder.testing.slack import TOKEN, Channel, Workspace, create_app

PATIENCE: Final = 60.0
"""Seconds: longer than the slowest machine takes to answer."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def workspace(clock: ManualClock) -> Workspace:
    return Workspace(["alerts"], clock=clock)


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return workspace.channel("alerts", by_name=True)


@pytest.fixture
async def client(workspace: Workspace, clock: ManualClock) -> AsyncIterator[SlackClient]:
    async with (
        serving(create_app(workspace)) as url,
        SlackClient(TOKEN, f"{url}/api", deadline=PATIENCE, pace=Pace(lambda: clock().timestamp())) as client,
    ):
        yield client
        workspace.faults.clear()


@pytest.fixture
def notifier(client: SlackClient) -> SlackNotifier:
    return SlackNotifier(client, slack, "#alerts")
