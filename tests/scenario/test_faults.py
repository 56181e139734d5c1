"""What goes wrong on the way of an alert: a real Alertmanager, the responder's own process, Slack's stand-in.

Alerts are posted to Alertmanager as Prometheus does; there is no Prometheus unless a test says so.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.demo.processes import running
from responder.domain.alert import Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving
from responder.testing.processes import Program
from responder.testing.servers import alertmanager
from responder.testing.slack.app import create_app
from responder.testing.slack.faults import Fault, FaultKind
from responder.testing.slack.model import Message
from responder.testing.slack.workspace import TOKEN, Workspace

pytestmark = pytest.mark.scenario

PATIENCE: Final = 60.0
POLL: Final = 0.05
WITHIN: Final = 10.0
NAME: Final = "TokenBudgetExceeded"
CONFIG: Final = """
route: {receiver: responder, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: responder, webhook_configs: [{url: "WEBHOOK"}]}]
"""

T = TypeVar("T")


@dataclass(frozen=True)
class Rig:
    """What runs, and the ways to look at it."""

    folder: Path
    http: Http
    workspace: Workspace
    alertmanager: Alertmanager
    port: int

    @asynccontextmanager
    async def responder(self) -> AsyncIterator[Program]:
        """The responder, until the block is left or it is killed."""
        arguments = ["-m", "responder", "serve", "--config", str(self.folder / "responder.yaml")]
        ready = f"http://127.0.0.1:{self.port}/-/ready"
        async with running("responder", arguments, folder=self.folder, ready=ready) as process:
            yield process

    async def fires(self, at: datetime | None = None, ended: datetime | None = None) -> None:
        """Say to Alertmanager that the budget is exceeded, or was."""
        await self.alertmanager.post([alert(at or system_clock(), ended)], within=WITHIN)

    async def incidents(self) -> list[Mapping[str, Any]]:
        """Every incident with all its detail."""
        base = f"http://127.0.0.1:{self.port}/api/v1/incidents"
        listed = (await self._get(base))["incidents"]
        return [await self._get(f"{base}/{one['id']}") for one in listed]

    async def notified(self) -> float:
        """How many deliveries of Alertmanager the responder has taken."""
        async with loopback_client(timeout=WITHIN) as http:
            text = (await http.get(f"http://127.0.0.1:{self.port}/metrics")).text
        samples = (one for family in text_string_to_metric_families(text) for one in family.samples)
        return sum(one.value for one in samples if one.name == "responder_notifications_total")

    async def _get(self, url: str) -> Any:
        async with loopback_client(timeout=WITHIN) as http:
            return (await http.get(url)).raise_for_status().json()

    def messages(self) -> list[Message]:
        """The messages in the channel, without replies."""
        (channel,) = self.workspace.channels.values()
        return [message for message in channel.messages if message.thread_ts is None]

    def replies(self) -> list[Message]:
        (channel,) = self.workspace.channels.values()
        return [message for message in channel.messages if message.thread_ts is not None]

    async def told(self) -> Mapping[str, Any]:
        """The only incident, once everything about it is delivered."""

        async def look() -> Mapping[str, Any] | None:
            found = await self.incidents()
            done = found and found[0]["deliveries"] and found[0]["report"] and found[0]["report"]["complete"]
            if not done or any(one["state"] != "delivered" for one in found[0]["deliveries"]):
                return None
            return found[0] if self.replies() else None

        incident = await becomes(look)
        assert len(await self.incidents()) == 1
        return incident


async def becomes(look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` answers, once it does."""
    async with asyncio.timeout(PATIENCE):
        while (found := await look()) is None:  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(POLL)
        return found


def alert(start: datetime, end: datetime | None) -> Alert:
    return Alert(
        fingerprint="",
        labels={"alertname": NAME, "severity": "critical", "persona": "backend-engineer"},
        annotations={"summary": "It is over its budget."},
        status=AlertStatus.RESOLVED if end else AlertStatus.FIRING,
        starts_at=start.replace(microsecond=0),
        ends_at=end,
    )


@pytest.fixture
async def rig(tmp_path: Path, served_database: str) -> AsyncIterator[Rig]:
    workspace, port = Workspace(["alerts"]), free_port()
    webhook = f"http://127.0.0.1:{port}/webhooks/alertmanager"
    async with AsyncExitStack() as parts:
        slack = await parts.enter_async_context(serving(create_app(workspace)))
        alerts = await parts.enter_async_context(
            alertmanager(CONFIG.replace("WEBHOOK", webhook), folder=tmp_path)
        )
        http = await parts.enter_async_context(Http())
        config = {
            "server": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "database": {"url": served_database},
            "alertmanager": {"url": alerts.url},
            "prometheus": {"url": f"http://127.0.0.1:{free_port()}"},  # nobody answers
            "slack": {"bot_token": TOKEN, "channel": "alerts", "api_url": f"{slack}/api"},
        }
        (tmp_path / "responder.yaml").write_text(yaml.safe_dump(config))
        yield Rig(tmp_path, http, workspace, Alertmanager(http, alerts.url), port)


async def test_an_alert_that_fires_while_the_responder_is_down_is_told_once_it_is_up(rig: Rig) -> None:
    await rig.fires()

    async def refused() -> bool | None:
        log = (rig.folder / "alertmanager.log").read_text()
        return "connection refused" in log or None

    await becomes(refused)
    async with rig.responder():
        await rig.told()
    assert len(rig.messages()) == 1


async def test_an_alert_that_fires_while_slack_is_down_is_told_once_slack_is_back(rig: Rig) -> None:
    rig.workspace.faults.add(Fault(FaultKind.HTTP, times=10_000, status=503))
    async with rig.responder():
        await rig.fires()

        async def retrying() -> bool | None:
            deliveries = [delivery for one in await rig.incidents() for delivery in one["deliveries"]]
            failing = [one for one in deliveries if one["state"] == "retrying" and one["attempts"] > 1]
            return [one["notifier"] for one in failing] == ["slack"] or None

        await becomes(retrying)
        assert rig.messages() == []
        rig.workspace.faults.clear()
        await rig.told()
    assert len(rig.messages()) == 1
    assert len(rig.replies()) == 1


async def test_killed_while_it_tells_it_tells_once(rig: Rig) -> None:
    """Slack has got the message; the responder died before it knew."""
    fault = rig.workspace.faults.add(Fault(FaultKind.HANG, method="chat.postMessage", seconds=PATIENCE))
    async with rig.responder() as process:
        await rig.fires()
        await fault.reached.wait()
        await process.kill()
    rig.workspace.faults.clear()
    async with rig.responder():
        await rig.told()
    assert len(rig.messages()) == 1
    assert len(rig.replies()) == 1


async def test_without_prometheus_it_is_told_with_what_is_known_and_what_is_not(rig: Rig) -> None:
    async with rig.responder():
        await rig.fires()
        incident = await rig.told()
    queries = [one for one in incident["report"]["findings"] if one["kind"] == "promql"]
    assert queries
    assert {one["reason"] for one in queries} == {"no_connection"}
    (message,) = rig.messages()
    assert message.now.text.startswith("[critical] backend-engineer")
    assert "likely" not in message.now.text
    assert "Not measured" in str(message.now.blocks)


async def test_two_alertmanagers_that_both_deliver_make_one_message(rig: Rig, tmp_path: Path) -> None:
    webhook = f"http://127.0.0.1:{rig.port}/webhooks/alertmanager"
    twin = alertmanager(CONFIG.replace("WEBHOOK", webhook), folder=tmp_path / "twin")
    started = system_clock()
    async with rig.responder(), twin as other:
        await rig.fires(started)
        await Alertmanager(rig.http, other.url).post([alert(started, None)], within=WITHIN)

        async def both() -> bool | None:
            return await rig.notified() >= 2 or None

        await becomes(both)
        await rig.told()
    assert len(rig.messages()) == 1
    assert len(rig.replies()) == 1


async def test_an_alert_that_comes_back_is_told_in_its_thread_and_to_the_channel(rig: Rig) -> None:
    began = system_clock() - timedelta(minutes=5)
    async with rig.responder():
        await rig.fires(began)
        incident = await rig.told()
        await rig.fires(began, ended=system_clock())

        async def closed() -> bool | None:
            (one,) = await rig.incidents()
            return (one["status"] == "closed" and one["ending"] is not None) or None

        await becomes(closed)
        await rig.fires()

        async def broadcast() -> Message | None:
            return next((reply for reply in rig.replies() if reply.broadcast), None)

        reply = await becomes(broadcast)
        again = await rig.told()
    assert again["id"] == incident["id"]
    assert again["status"] == "open"
    assert "came back" in reply.now.text
    assert len(rig.messages()) == 1
