"""A person presses in Slack, is asked first, and sees the message change; others are told who was first."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from responder.clients.slack import SlackClient
from responder.diagnose.registry import specs
from responder.domain.clock import system_clock
from responder.domain.fix import FixKind, FixMode
from responder.engine.engine import Config, Engine, Ports
from responder.engine.fixing.parts import FixParts
from responder.notify.slack import SlackNotifier
from responder.playbook.fixes import Check, Setting
from responder.playbook.load import load
from responder.playbook.model import Fix as Declared
from responder.policy.gates import Limits
from responder.render import slack
from responder.resources import resource_dir
from responder.slackbot import SlackParts, router
from responder.storage.database import Database
from responder.testing.aside import aside
from responder.testing.clicking import ANN, BOB
from responder.testing.engine import (
    ScriptedAssessor,
    ScriptedInvestigator,
    ScriptedMutes,
    alert_of,
    notification_of,
)
from responder.testing.fixing import StandInKnob
from responder.testing.loopback import loopback_client, serving, until_ready
from responder.testing.slack import SECRET, TOKEN, Workspace, create_app
from responder.web.factory import WebConfig
from responder.web.factory import create_app as create_responder

pytestmark = pytest.mark.browser

SOON: Final = 20_000
"""Milliseconds: the page looks every two seconds."""
DESK: Final = {"width": 1200, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
NAME: Final = "TokenBudgetExceeded"
SILENCE: Final = re.compile("^Silence")
"""The button's name, which goes on with what it is about; there is "End silence", too."""


def declared(name: str, step: int) -> Declared:
    return Declared(
        id=name,
        title=f"Raise the budget by {step} tokens",
        kind=FixKind.LEASE,
        answers=("budget-too-low",),
        action="control",
        target="personas/${persona}/budget",
        set=Setting(step=step),
        lasts="1h",
        check=Check(settle="30s", deadline="5m"),
    )


@dataclass
class Site:
    """The responder with its engine, and the workspace it tells; both in a thread with a loop of its own."""

    database: str
    fixes: tuple[Declared, ...]
    approvers: tuple[str, ...] = (ANN,)
    workspace: Workspace = field(default_factory=lambda: Workspace(["alerts"]))

    def __post_init__(self) -> None:
        alert = alert_of(name=NAME, start=system_clock(), persona="backend-engineer")
        self.mutes = ScriptedMutes()
        self.knob = StandInKnob(system_clock, firing=[alert])

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with AsyncExitStack() as closing:
            url = await closing.enter_async_context(serving(create_app(self.workspace)))
            client = await closing.enter_async_context(SlackClient(TOKEN, f"{url}/api"))
            engine = self._engine(client)
            parts = SlackParts(
                slack=client,
                people=engine.people,
                secret=lambda: SECRET,
                approvers=lambda: self.approvers,
                clock=system_clock,
                incidents=engine.asking,
            )
            app = create_responder(engine, WebConfig(), [router(parts)])
            responder = await closing.enter_async_context(serving(app))
            asking = loopback_client(base_url=responder)
            await until_ready(await closing.enter_async_context(asking))
            await client.team_id()  # within a click there is less than a second for it
            self.workspace.interactive.request_url = f"{responder}/slack/events"
            await engine.intake.accept(notification_of(*self.knob.firing, at=system_clock()))
            yield url

    def _engine(self, client: SlackClient) -> Engine:
        shipped = load(resource_dir("playbooks"), specs())[NAME]
        playbook = shipped.model_copy(update={"fixes": self.fixes})
        parts = FixParts(
            actions={"control": self.knob},
            measurer=self.knob,
            playbooks=lambda: {NAME: playbook},
            limits=lambda: Limits(mode=FixMode.APPROVE),
            source=self.knob,
        )
        ports = Ports(
            investigator=ScriptedInvestigator(),
            assessor=ScriptedAssessor(),
            notifiers=[SlackNotifier(client, slack.Voice(), "alerts")],
            fixes=parts,
            mutes=self.mutes,
        )
        return Engine(Database(self.database), ports, Config(clock=system_clock))


@contextmanager
def seen_by(browser: Browser, url: str, name: str, viewport: Any = DESK) -> Iterator[Page]:
    """The page as one person sees it."""
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    page.set_default_timeout(SOON)
    page.goto(url)
    if name != "ann":
        page.get_by_label("You are").select_option(label=name)
    yield page
    context.close()


def test_a_person_approves_and_the_others_hear_of_it(browser: Browser, served_database: str) -> None:
    site = Site(served_database, (declared("raise-budget", 500),), (ANN, BOB))
    with (
        aside(site.serving) as url,
        seen_by(browser, url, "ann") as ann,
        seen_by(browser, url, "bob") as bob,
    ):
        for page in (ann, bob):
            page.get_by_role("button", name="Approve").first.click()
            asked = page.locator("dialog.confirm[open]")
            expect(asked).to_contain_text("2000 → 2500 tokens")
            expect(asked).to_contain_text("until")
        ann.locator("dialog[open]").get_by_role("button", name="Approve").click()
        expect(ann.get_by_role("button", name="Reject")).to_have_count(0, timeout=SOON)
        expect(ann.locator(".whisper")).to_have_count(0)
        bob.locator("dialog[open]").get_by_role("button", name="Approve").click()
        expect(bob.locator(".whisper")).to_contain_text("Too late", timeout=SOON)
        expect(bob.locator(".whisper")).to_contain_text("approved by")
    assert site.knob.value == 2500
    assert len(site.knob.applied) == 1


def test_who_may_not_is_told_so_and_nothing_happens(browser: Browser, served_database: str) -> None:
    site = Site(served_database, (declared("raise-budget", 500),))
    with aside(site.serving) as url, seen_by(browser, url, "bob", PHONE) as bob:
        bob.get_by_role("button", name="Approve").first.click()
        bob.locator("dialog[open]").get_by_role("button", name="Approve").click()
        expect(bob.locator(".whisper")).to_contain_text("may not decide", timeout=SOON)
        expect(bob.get_by_role("button", name="Reject")).to_have_count(1)
        assert bob.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert site.knob.value == 2000


def test_a_person_chooses_another_fix_in_the_form_with_a_reason(
    browser: Browser, served_database: str
) -> None:
    steps = (500, 700, 900, 1100)
    site = Site(served_database, tuple(declared(f"raise-{n}", n) for n in steps))
    with aside(site.serving) as url, seen_by(browser, url, "ann") as ann:
        ann.get_by_role("button", name="Other fixes").click()
        form = ann.locator("dialog.modal[open]")
        expect(form).to_contain_text("2000 → 3100 tokens", timeout=SOON)
        form.get_by_role("button", name="Approve").click()
        expect(form.get_by_role("alert")).to_contain_text("Please complete")
        form.get_by_text("Raise the budget by 1100 tokens").last.click()
        form.get_by_label("Why").last.fill("x" * 301)
        form.get_by_role("button", name="Approve").click()
        expect(form.get_by_role("alert")).to_contain_text("less than 301")
        form.get_by_label("Why").last.fill("a planned burst")
        form.get_by_role("button", name="Approve").click()
        expect(form).to_contain_text("2000 → 3100 tokens: approved.", timeout=SOON)
        form.get_by_role("button", name="Close").last.click()
        expect(ann.locator("main")).to_contain_text("3100 tokens", timeout=SOON)
    assert site.knob.value == 3100


def test_a_person_silences_an_incident_and_sees_the_message_change(
    browser: Browser, served_database: str
) -> None:
    site = Site(served_database, ())
    with (
        aside(site.serving) as url,
        seen_by(browser, url, "ann") as ann,
        seen_by(browser, url, "bob", PHONE) as bob,
    ):
        bob.get_by_role("button", name="Silence").click()
        expect(bob.locator(".whisper")).to_contain_text("may not silence anything here", timeout=SOON)
        ann.get_by_role("button", name="Silence").click()
        form = ann.locator("dialog.modal[open]")
        form.get_by_label("For how long?").select_option(label="2 hours")
        form.get_by_label("Why").last.fill("a load test")
        form.get_by_role("button", name="Silence").click()
        expect(form).to_contain_text("It is being silenced", timeout=SOON)
        form.get_by_role("button", name="Close").last.click()
        for page in (ann, bob):
            expect(page.locator("main")).to_contain_text("silenced by ann until", timeout=SOON)
            expect(page.get_by_role("button", name=SILENCE)).to_have_count(0)
        bob.get_by_role("button", name="Take it").click()
        expect(ann.locator("main")).to_contain_text("bob has it", timeout=SOON)
        assert bob.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        ann.get_by_role("button", name="End silence").click()
        for page in (ann, bob):
            expect(page.get_by_role("button", name=SILENCE)).to_have_count(1, timeout=SOON)
            expect(page.locator("main")).not_to_contain_text("silenced by ann")
    silence, ended = site.mutes.asked
    assert ended.ended_by == silence.by
    assert (silence.by, silence.why) == ("slack:U0ANN (ann)", "a load test")
    assert silence.until - silence.at == timedelta(hours=2)
