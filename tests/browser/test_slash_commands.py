"""A person asks by `/hypertool` in the channel, and sees the report; a form asks for what is missing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect

from responder.clients.slack import SlackClient
from responder.diagnose.clients import Clients
from responder.diagnose.registry import specs
from responder.domain.clock import system_clock
from responder.domain.notice import Notice
from responder.engine.commands.known import Known
from responder.engine.commands.parts import CommandParts
from responder.engine.engine import Config, Engine, Ports
from responder.notify.answers import AnswerVoice
from responder.playbook.load import load
from responder.render import answers
from responder.resources import resource_dir
from responder.slackbot import Commanding, SlackParts, router
from responder.storage.database import Database
from responder.testing.aside import aside
from responder.testing.asked import KNOWN
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator
from responder.testing.loopback import loopback_client, serving, until_ready
from responder.testing.samples import SEVEN
from responder.testing.slack import SECRET, TOKEN, Workspace, create_app
from responder.web.factory import WebConfig
from responder.web.factory import create_app as create_responder

pytestmark = pytest.mark.browser

SOON: Final = 20_000
"""Milliseconds: the page looks every two seconds."""
PHONE: Final[Any] = {"width": 390, "height": 844}


@dataclass
class Site:
    """The responder with its engine, and the workspace where people ask it."""

    database: str
    workspace: Workspace = field(default_factory=lambda: Workspace(["alerts"]))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with AsyncExitStack() as closing:
            url = await closing.enter_async_context(serving(create_app(self.workspace)))
            client = await closing.enter_async_context(SlackClient(TOKEN, f"{url}/api"))
            engine = self._engine(client)
            parts = SlackParts(
                slack=client,
                people=None,
                incidents=engine.asking,
                secret=lambda: SECRET,
                approvers=tuple,
                clock=system_clock,
                commanding=Commanding(
                    commands=engine.commands,
                    playbooks=lambda: load(resource_dir("playbooks"), specs()),
                    known=Known(self, system_clock),
                ),
            )
            app = create_responder(engine, WebConfig(), [router(parts)])
            responder = await closing.enter_async_context(serving(app))
            asking = loopback_client(base_url=responder)
            await until_ready(await closing.enter_async_context(asking))
            await client.team_id()  # within a click there is less than a second for it
            self.workspace.interactive.request_url = f"{responder}/slack/events"
            yield url

    async def label_values(
        self,
        label: str,
        selectors: Sequence[str],
        *,
        start: datetime,
        end: datetime,
        within: float,
    ) -> tuple[str, ...]:
        return KNOWN.get(label, ())

    def _engine(self, client: SlackClient) -> Engine:
        parts = CommandParts(
            voice=AnswerVoice(client, answers), diagnose=_diagnosed, clients=Clients(), values=self
        )
        ports = Ports(
            investigator=ScriptedInvestigator(), assessor=ScriptedAssessor(), notifiers=[], commands=parts
        )
        return Engine(Database(self.database), ports, Config(clock=system_clock))


async def _diagnosed(alert: str, labels: Mapping[str, str]) -> Notice:
    return replace(SEVEN[alert](), asked=True)


def test_a_person_asks_for_a_diagnosis_and_shows_it_to_the_others(
    browser: Browser, served_database: str
) -> None:
    site = Site(served_database)
    with aside(site.serving) as url:
        page = browser.new_context(viewport=PHONE).new_page()
        page.set_default_timeout(SOON)
        page.goto(url)
        composer = page.get_by_label("Message #alerts")
        composer.fill("/hypertool diagnose TokenBudgetExceeded persona=backend-engineer")
        composer.press("Enter")
        whisper = page.locator(".whisper")
        expect(whisper).to_contain_text("[asked] backend-engineer 250 tokens over 2000", timeout=SOON)
        expect(whisper).to_contain_text("Only visible to you")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        whisper.get_by_role("button", name="Show to the channel").click()
        shared = page.locator("article.message:not(.whisper)")
        expect(shared).to_contain_text("ann asked: /hypertool diagnose", timeout=SOON)

        composer.fill("/hypertool diagnose TokenBudgetExceeded")
        composer.press("Enter")
        form = page.locator("dialog.modal[open]")
        form.get_by_label("persona").select_option("data-scientist")
        form.get_by_role("button", name="Diagnose").click()
        expect(whisper).to_have_count(2, timeout=SOON)
        expect(whisper.last).to_be_in_viewport()
