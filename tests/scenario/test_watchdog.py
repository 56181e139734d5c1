"""The watchdog through a real Alertmanager: heard while it comes, missed when that dies, and back with it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.slack import SlackClient
from responder.domain.alert import WATCHDOG, Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.engine.engine import Config, Engine, Ports
from responder.engine.watchdog.course import WatchdogRule
from responder.knowledge.rules import scale_yaml
from responder.notify.slack import SlackNotifier
from responder.render import slack as slack_render
from responder.resources import resource_dir
from responder.storage.database import Database
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator
from responder.testing.free_port import free_port
from responder.testing.loopback import serving
from responder.testing.servers import alertmanager
from responder.testing.slack.app import create_app as slack_app
from responder.testing.slack.workspace import TOKEN, Workspace
from responder.web.factory import WebConfig, create_app

pytestmark = [pytest.mark.scenario, pytest.mark.soak]

FASTER: Final = Fraction(1, 60)
"""The example's two minutes are two seconds here."""
LOST_AFTER: Final = timedelta(seconds=8)
SECRET: Final = "secret"  # noqa: S105 - of a server that lives as long as the test
FILES: Final = {"responder-token": SECRET}
PATIENCE: Final = 90.0
WITHIN: Final = 10.0


async def test_people_are_told_when_alertmanager_dies_and_when_it_is_back(
    tmp_path: Path, served_database: str
) -> None:
    workspace, port = Workspace(["alerts"]), free_port()
    async with (
        serving(slack_app(workspace)) as slack,
        SlackClient(TOKEN, f"{slack}/api") as client,
        Http() as http,
    ):
        ports = Ports(
            investigator=ScriptedInvestigator(),
            assessor=ScriptedAssessor(),
            notifiers=[SlackNotifier(client, slack_render.Voice(), "alerts")],
        )
        config = Config(watchdog=WatchdogRule(lost_after=LOST_AFTER))
        engine = Engine(Database(served_database), ports, config)
        web = WebConfig(webhook_tokens=(SECRET,))
        async with serving(create_app(engine, web)) as url:
            routes = _routes(url)
            async with alertmanager(routes, folder=tmp_path, files=FILES, port=port) as server:
                await _fire(Alertmanager(http, server.url))
                await _until(lambda: engine.watchdog.stands().heard_at is not None)
                await asyncio.sleep(1.5 * LOST_AFTER.total_seconds())  # it goes on coming by itself
                assert _texts(workspace) == []
            await _until(lambda: _texts(workspace))
            assert _texts(workspace)[0].startswith("[critical] the watchdog stopped coming")
            async with alertmanager(routes, folder=tmp_path, files=FILES, port=port) as server:
                await _fire(Alertmanager(http, server.url))
                await _until(lambda: _texts(workspace) == ["[over] the watchdog comes again"])


def _routes(url: str) -> str:
    config = (resource_dir("rules") / "alertmanager.yml").read_text()
    config = config.replace("http://localhost:8080", url).replace("/etc/alertmanager/", "")
    return scale_yaml(config, FASTER)


async def _fire(server: Alertmanager) -> None:
    """As Prometheus would: it lasts longer than this test."""
    now = system_clock()
    alert = Alert(
        fingerprint="",
        labels={"alertname": WATCHDOG, "severity": "none"},
        annotations={},
        status=AlertStatus.FIRING,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
    )
    await server.post([alert], within=WITHIN)


def _texts(workspace: Workspace) -> list[str]:
    """The newest versions of the channel's messages."""
    (channel,) = workspace.channels.values()
    return [message.now.text for message in channel.messages]


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - other processes change it
            await asyncio.sleep(0.1)
