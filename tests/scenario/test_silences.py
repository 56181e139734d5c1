"""A silence made in the real Alertmanager shows in the message: that it is silenced, by whom and why."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from responder.app import far_sides, investigator, load_playbooks
from responder.clients.alertmanager_answers import Matcher, SilenceOrder
from responder.clients.http import Http
from responder.clients.slack import SlackClient
from responder.domain.alert import Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.engine.assessing import MeasureAssessor
from responder.engine.engine import Config, Engine, Ports
from responder.engine.source import AlertmanagerSource
from responder.notify.slack import SlackNotifier
from responder.render import slack as slack_render
from responder.settings import Settings
from responder.storage.database import Database
from responder.testing.engine import notification_of
from responder.testing.free_port import free_port
from responder.testing.loopback import serving
from responder.testing.servers import alertmanager
from responder.testing.slack.app import create_app as slack_app
from responder.testing.slack.model import Version
from responder.testing.slack.workspace import TOKEN, Workspace

pytestmark = pytest.mark.scenario

PATIENCE: Final = 30.0
POLL: Final = 0.05
WITHIN: Final = 10.0
OFTEN: Final = timedelta(seconds=1)
CONFIG: Final = """
route: {receiver: responder, group_by: [alertname]}
receivers: [{name: responder}]
"""
ALERT: Final = Alert(
    fingerprint="",
    labels={"alertname": "TokenBudgetExceeded", "severity": "critical", "persona": "backend-engineer"},
    annotations={},
    status=AlertStatus.FIRING,
    starts_at=system_clock().replace(microsecond=0) - timedelta(minutes=5),
)


@dataclass(frozen=True)
class Channel:
    """The newest version of the only message."""

    workspace: Workspace

    async def reads(self, *words: str) -> Version:
        """The message, once it has all these words."""
        async with asyncio.timeout(PATIENCE):
            while not all(word in str(self._newest()) for word in words):  # noqa: ASYNC110 - another loop writes
                await asyncio.sleep(POLL)
        newest = self._newest()
        assert newest is not None
        return newest

    def _newest(self) -> Version | None:
        (channel,) = self.workspace.channels.values()
        messages = [one for one in channel.messages if one.thread_ts is None]
        assert len(messages) <= 1
        return messages[0].now if messages else None


async def test_a_silence_shows_in_the_message_with_who_and_why_until_it_ends(
    tmp_path: Path, served_database: str
) -> None:
    workspace = Workspace(["alerts"])
    async with (
        alertmanager(CONFIG, folder=tmp_path) as server,
        serving(slack_app(workspace)) as slack,
        SlackClient(TOKEN, f"{slack}/api") as client,
        Http() as http,
    ):
        settings = Settings.model_validate(
            {
                "database": {"url": served_database},
                "alertmanager": {"url": server.url},
                "prometheus": {"url": f"http://127.0.0.1:{free_port()}"},  # nobody answers
            }
        )
        clients = far_sides(settings, http)
        assert clients.alertmanager is not None
        playbooks, database = load_playbooks(settings), Database(settings.database.url)
        explains = investigator(settings, clients, lambda: playbooks, database)
        ports = Ports(
            investigator=explains,
            remeasurer=explains,
            assessor=MeasureAssessor(lambda: playbooks, clients, system_clock),
            notifiers=[SlackNotifier(client, slack_render, "alerts")],
            source=AlertmanagerSource(clients.alertmanager),
        )
        engine = Engine(database, ports, Config(compare_every=OFTEN, refresh_critical=OFTEN))
        await engine.start()
        try:
            channel = Channel(workspace)
            await clients.alertmanager.post([ALERT], within=WITHIN)
            fires = await clients.alertmanager.alerts(within=WITHIN)
            await engine.intake.accept(notification_of(*fires, at=system_clock()))
            await channel.reads("[critical] backend-engineer")
            now = system_clock()
            silence = SilenceOrder(
                matchers=(Matcher("persona", "backend-engineer"),),
                starts_at=now,
                ends_at=now + timedelta(hours=1),
                created_by="ada",
                comment="the budget is being raised",
            )
            made = await clients.alertmanager.create_silence(silence, within=WITHIN)
            await channel.reads("[critical, silenced]", "ada", "the budget is being raised")
            await clients.alertmanager.expire_silence(made, within=WITHIN)
            shown = await channel.reads("[critical] backend-engineer")
            assert "ada" not in str(shown.blocks)
        finally:
            await engine.stop()
