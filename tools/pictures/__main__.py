"""Takes the pictures of `docs/images` anew: what people see of one incident, in the stand-ins we ship.

make pictures

Look at each of them afterwards. Needs a Chromium, and a font with emoji.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from fastapi import FastAPI
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from responder.domain.page import alertmanager_key
from responder.render import pagerduty, slack
from responder.render.asks import SILENCE
from responder.render.view import headline, view
from responder.slackbot.ask_forms import About, form
from responder.testing import pagerduty as pages
from responder.testing import slack as channels
from responder.testing.aside import aside
from responder.testing.clicking import ANN
from responder.testing.clock import ManualClock
from responder.testing.loopback import serving
from responder.testing.samples import NOW
from responder.testing.samples.fixes import WITH_FIXES

IMAGES: Final = Path("docs/images")
PHONE: Final = (390, 844)
NOTICE: Final = WITH_FIXES["fixes proposed"]()
VOICE: Final = slack.Voice()
UPPER: Final[FloatRect] = {"x": 0, "y": 0, "width": 1100, "height": 1050}
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu")

Scheme = Literal["light", "dark"]


def channel() -> FastAPI:
    """A channel in which one incident was told."""
    return channels.create_app(_told())


def silence_form() -> FastAPI:
    """The same with the form for a silence before it."""
    workspace, seen = _told(), view(NOTICE)
    title = f"[{seen.word}] {headline(seen.worst)} ({NOTICE.incident.id})"
    trigger = workspace.interactive.trigger(ANN, workspace.clock)
    asks = form(SILENCE, About(incident=NOTICE.incident.id), title)
    workspace.interactive.opened(trigger, asks, workspace.clock)
    return channels.create_app(workspace)


def page() -> FastAPI:
    """Alertmanager's page with the first note on it."""
    account = pages.Account(clock=ManualClock(NOW))
    event = {"payload": {"summary": "[FIRING:1] TokenBudgetExceeded", "source": "am", "severity": "critical"}}
    account.trigger(next(iter(account.integrations.values())), alertmanager_key("{}:{}"), event)
    mark = f"(Hypertool responder, incident {NOTICE.incident.id}, note 1)"
    account.note(account.incidents[-1], account.users[-1], f"{pagerduty.note(NOTICE)}\n{mark}")
    return pages.create_app(account)


def _told() -> channels.Workspace:
    workspace = channels.Workspace(["alerts"], clock=ManualClock(NOW))
    workspace.interactive.request_url = "http://127.0.0.1:1"  # else its buttons are switched off
    (one,) = workspace.channels.values()
    app, message, detail = workspace.apps[0], VOICE.message(NOTICE), VOICE.detail(NOTICE)
    root = workspace.post(app, one, message.text, message.blocks)
    workspace.post(app, one, detail.text, detail.blocks, thread_ts=root.ts)
    return workspace


@contextmanager
def _seen(
    browser: Browser, make: Callable[[], FastAPI], size: tuple[int, int], scheme: Scheme
) -> Iterator[Page]:
    with aside(lambda: serving(make())) as url:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, timezone_id="UTC"
        )
        opened = context.new_page()
        opened.goto(url)
        yield opened
        context.close()


def _take(folder: Path, browser: Browser) -> None:
    with _seen(browser, channel, (1100, 1800), "light") as desk:
        desk.screenshot(path=folder / "message.png", clip=UPPER)
        desk.locator("article").first.screenshot(path=folder / "slack-message.png")
    with _seen(browser, channel, (PHONE[0], 2400), "dark") as phone:
        phone.locator("article").first.screenshot(path=folder / "slack-message-phone.png")
    with _seen(browser, silence_form, (620, 700), "light") as desk:
        asked = desk.locator("dialog.modal[open]")
        asked.get_by_label("Why").last.fill("a load test until noon")
        asked.screenshot(path=folder / "slack-silence.png")
    with _seen(browser, page, (900, 805), "light") as desk:
        desk.screenshot(path=folder / "pagerduty-page.png", full_page=True)
    with _seen(browser, page, PHONE, "dark") as phone:
        phone.screenshot(path=folder / "pagerduty-page-phone.png", full_page=True)


def main() -> None:
    """Take all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        _take(folder, browser)
        browser.close()


if __name__ == "__main__":
    main()
