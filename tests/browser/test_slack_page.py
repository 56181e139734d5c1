"""The stand-in's page of a channel, as a phone and a desk show the messages of every kind of incident."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from responder.render import slack
from responder.testing.aside import aside
from responder.testing.loopback import serving
from responder.testing.samples import NOTICES
from responder.testing.slack.app import create_app
from responder.testing.slack.workspace import Workspace

pytestmark = pytest.mark.browser

PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1200, "height": 900}

Open = Callable[..., Page]


def told(name: str) -> Workspace:
    """A channel in which one incident was told, with the detail in the thread."""
    workspace, notice = Workspace(["alerts"]), NOTICES[name]()
    (channel,) = workspace.channels.values()
    rendered = slack.message(notice)
    root = workspace.post(workspace.apps[0], channel, rendered.text, rendered.blocks)
    if notice.report:
        detail = slack.detail(notice)
        workspace.post(workspace.apps[0], channel, detail.text, detail.blocks, thread_ts=root.ts)
    return workspace


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens the page of a workspace; nothing on it may complain."""
    with ExitStack() as closing:

        def show(workspace: Workspace, viewport: Any, scheme: Any = "light") -> Page:
            url = closing.enter_context(aside(lambda: serving(create_app(workspace))))
            context = browser.new_context(viewport=viewport, color_scheme=scheme)
            closing.callback(context.close)
            page = context.new_page()
            problems: list[str] = []
            page.on("console", lambda message: problems.append(message.text))
            page.goto(url)
            assert problems == []
            return page

        yield show


@pytest.mark.parametrize("name", NOTICES)
def test_no_message_is_wider_than_a_phone(opened: Open, name: str) -> None:
    page = opened(told(name), PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_thread_opens_beside_the_channel_and_nothing_is_cut_off(opened: Open) -> None:
    page = opened(told("TokenBudgetExceeded"), DESK, "dark")
    page.get_by_text("1 reply").first.click()
    assert page.get_by_text("Prompt bloat (likelihood high)").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


def test_the_locked_phone_shows_what_people_read_first(opened: Open) -> None:
    workspace = told("TokenBudgetExceeded")
    (channel,) = workspace.channels.values()
    page = opened(workspace, PHONE)
    assert page.get_by_text(channel.messages[0].now.text).first.is_visible()
