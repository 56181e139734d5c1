"""The real Alertmanager pages and sends to us: one page with our notes; who has it is known on both sides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest

from responder.app import configured, web_app
from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.domain.alert import Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.settings import Settings
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving
from responder.testing.pagerduty import EMAIL, ROUTING_KEY, SECRET, TOKEN, Account, Incident, create_app
from responder.testing.servers import alertmanager

pytestmark = pytest.mark.scenario

PATIENCE: Final = 30.0
POLL: Final = 0.05
WITHIN: Final = 10.0

ONE_RECEIVER: Final = """
route:
  receiver: nobody
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes: [{{matchers: [severity="critical"], receiver: oncall}}]
receivers:
- name: nobody
- name: oncall
  webhook_configs: [{{url: '{webhook}'}}]
  pagerduty_configs: [{{url: '{pages}/v2/enqueue', routing_key: {key}, description: fires}}]
"""
ROUTES_OF_THEIR_OWN: Final = """
route:
  receiver: us
  group_wait: 0s
  group_interval: 1s
  group_by: [alertname]
  routes:
  - matchers: ['team=~"a|b"', severity="critical"]
    receiver: oncall
    continue: true
    group_by: [alertname, team, disk]
  - {{receiver: us, matchers: [severity=~".+"]}}
receivers:
- name: us
  webhook_configs: [{{url: '{webhook}'}}]
- name: oncall
  pagerduty_configs: [{{url: '{pages}/v2/enqueue', routing_key: {key}, description: fires}}]
"""


def disk(*, over: bool = False) -> Alert:
    """An alert without a playbook, which needs no Prometheus."""
    now = system_clock().replace(microsecond=0)
    return Alert(
        fingerprint="",
        labels={"alertname": "DiskAlmostFull", "severity": "critical", "team": "a", "disk": 'C:\\ "x" ü'},
        annotations={"summary": "4 % left"},
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        starts_at=now - timedelta(minutes=5),
        ends_at=now if over else None,
    )


@dataclass(frozen=True)
class Site:
    """An Alertmanager, a PagerDuty and a responder that know each other."""

    account: Account
    alerts: Alertmanager
    responder: httpx.AsyncClient

    async def until(self, done: Callable[[Incident], object]) -> Incident:
        """The only page there is, once that is so."""
        async with asyncio.timeout(PATIENCE):
            while not (self.account.incidents and done(self.account.incidents[0])):  # noqa: ASYNC110 - others write
                await asyncio.sleep(POLL)
        (page,) = self.account.incidents
        return page

    async def taken_by(self, who: str) -> None:
        """Wait until the responder says that somebody has it."""
        async with asyncio.timeout(PATIENCE):
            while (await self.incident())["taken_by"] != who:  # noqa: ASYNC110 - it is known by asking only
                await asyncio.sleep(POLL)

    async def incident(self) -> dict[str, str]:
        (incident,) = (await self.responder.get("/api/v1/incidents")).json()["incidents"]
        return dict(incident)


@asynccontextmanager
async def site(folder: Path, configuration: str, database: str) -> AsyncIterator[Site]:
    account, port = Account(), free_port()
    url = f"http://127.0.0.1:{port}"
    account.webhook_url = f"{url}/webhooks/pagerduty"
    async with serving(create_app(account)) as pages, Http() as http:
        said = configuration.format(webhook=f"{url}/webhooks/alertmanager", pages=pages, key=ROUTING_KEY)
        async with alertmanager(said, folder=folder) as server:
            settings = Settings.model_validate(
                {
                    "server": {"port": port, "public_url": url},
                    "database": {"url": database},
                    "alertmanager": {"url": server.url},
                    "pagerduty": {
                        "api_token": TOKEN,
                        "from_email": EMAIL,
                        "webhook_secrets": [SECRET],
                        "events_url": pages,
                        "api_url": pages,
                    },
                }
            )
            app = web_app(configured(lambda: settings), http, [])
            async with serving(app, port=port), loopback_client(base_url=url) as client:
                yield Site(account, Alertmanager(http, server.url), client)


@pytest.mark.parametrize("configuration", [ONE_RECEIVER, ROUTES_OF_THEIR_OWN])
async def test_one_page_with_our_notes_from_its_beginning_to_its_end(
    tmp_path: Path, served_database: str, configuration: str
) -> None:
    async with site(tmp_path, configuration, served_database) as found:
        await found.alerts.post([disk()], within=WITHIN)
        page = await found.until(lambda page: page.notes)
        assert "there is no playbook for this alert" in page.notes[0].content
        assert f"Incident page: {found.responder.base_url}".rstrip("/") in page.notes[0].content

        incident = (await found.incident())["id"]
        await found.responder.post(f"/api/v1/incidents/{incident}/take")
        page = await found.until(lambda page: page.status == "acknowledged")
        await found.taken_by("local")

        form = {"by": found.account.users[0].id, "to": found.account.users[1].id}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(found.account))) as person:
            await person.post(f"http://pages/_stand-in/incidents/{page.id}/reassign", data=form)
        await found.taken_by("pagerduty:PBEN002 (Ben Ito)")

        await found.alerts.post([disk(over=True)], within=WITHIN)
        page = await found.until(lambda page: page.status == "resolved" and len(page.notes) > 1)
        assert [note.content[:9] for note in page.notes] == ["[critical", "It ended:"]
