"""Somebody is woken: PagerDuty's page says what is wrong, and the incident's page says who took it there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from responder.app import configured, web_app
from responder.clients.http import Http
from responder.domain.clock import system_clock
from responder.settings import Settings
from responder.testing.aside import aside
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving, until_ready
from responder.testing.pagerduty import EMAIL, ROUTING_KEY, SECRET, TOKEN, Account, create_app

pytestmark = pytest.mark.browser

SOON: Final = 20_000
"""Milliseconds: the page looks every two seconds."""
PHONE: Final = {"width": 390, "height": 844}


@dataclass
class Site:
    """The responder, which pages, and the PagerDuty that it pages by; an alert fires."""

    database: str
    account: Account = field(default_factory=Account)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self.account.webhook_url = f"{url}/webhooks/pagerduty"
        async with serving(create_app(self.account)) as pages, Http() as http:
            app = web_app(configured(lambda: self._settings(url, port, pages)), http, [])
            async with serving(app, port=port), loopback_client(base_url=url) as client:
                await until_ready(client)
                (await client.post("/webhooks/alertmanager", json=_notification())).raise_for_status()
                yield pages

    def _settings(self, url: str, port: int, pages: str) -> Settings:
        return Settings.model_validate(
            {
                "server": {"port": port, "public_url": url},
                "database": {"url": self.database},
                "pagerduty": {
                    "mode": "page",
                    "routing_key": ROUTING_KEY,
                    "api_token": TOKEN,
                    "from_email": EMAIL,
                    "webhook_secrets": [SECRET],
                    "events_url": pages,
                    "api_url": pages,
                },
            }
        )


def _notification() -> dict[str, object]:
    """Of an alert without a playbook, which needs no Prometheus."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskAlmostFull", "severity": "critical"},
        "annotations": {"summary": "4 % left"},
        "startsAt": system_clock().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "f1",
    }
    return {"version": "4", "receiver": "responder", "groupKey": "{}:{}", "alerts": [alert]}


def test_who_acknowledges_the_page_is_shown_on_that_of_the_incident(
    browser: Browser, served_database: str
) -> None:
    site = Site(served_database)
    with aside(site.serving) as url, browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type] # its own type
        page = context.new_page()
        page.set_default_timeout(SOON)
        page.goto(url)
        notes = page.get_by_label("Notes")
        expect(notes).to_contain_text("there is no playbook for this alert", timeout=SOON)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_role("article")).to_contain_text("Ana Ruiz has it")
        notes.locator("a[href*='/incidents/']").first.click()
        expect(page.locator("body")).to_contain_text("Ana Ruiz has it", timeout=SOON)
