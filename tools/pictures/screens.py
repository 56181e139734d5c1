"""Every screen that people see, by a name: `make pictures` takes them, and the tests measure them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import FastAPI
from playwright.sync_api import Page

from responder.testing.samples import NOTICES
from tools.pictures import own, told


def stay(page: Page) -> None:
    """Look at it as it opens."""


@dataclass(frozen=True)
class Screen:
    """What is served, and what is done before it is looked at."""

    serve: Callable[[], FastAPI]
    open: Callable[[Page], None] = stay
    whole: bool = True
    """Down to its end; else what a window shows of it, as where a form lies over it."""


def _thread(page: Page) -> None:
    page.locator(".replies").first.click()
    page.wait_for_url("**thread=*")  # until it is loaded with its styles: a click doesn't wait for that


def _confirm(page: Page) -> None:
    page.locator("button.primary[data-action-id]").first.click()


def _unfolded(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def _slack() -> Mapping[str, Screen]:
    lives = (
        "500 alerts",
        "recovered",
        "gone",
        "fix in force",
        "fix not undone",
        "nasty and long",
        "flapping",
    )
    return {
        "slack-message": Screen(told.channel),
        "slack-thread": Screen(told.channel, _thread),
        "slack-confirm": Screen(told.channel, _confirm, whole=False),
        "slack-silence": Screen(told.silence_form, whole=False),
        "slack-false-alarm": Screen(told.false_alarm_form, whole=False),
        "slack-storm": Screen(told.storm),
        "slack-help": Screen(told.whisper),
        "slack-empty": Screen(told.empty_channel),
        **{f"slack-{_slug(name)}": Screen(partial(told.channel, NOTICES[name]())) for name in lives},
    }


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


SCREENS: Final[Mapping[str, Screen]] = {
    **_slack(),
    "pagerduty-page": Screen(told.page, _unfolded),
    "pagerduty-shared": Screen(told.shared_page),
    "pagerduty-storm": Screen(told.storm_page),
    "pagerduty-empty": Screen(told.empty_account),
    **{
        f"incident-{_slug(name)}": Screen(partial(own.incident, NOTICES[name]()), _unfolded)
        for name in own.SHOWN
    },
    "incidents": Screen(own.incidents),
    "incidents-none": Screen(own.no_incidents),
    "runbook": Screen(own.runbook),
    "runbook-search": Screen(partial(own.runbook, "oscillation")),
    "runbook-not-found": Screen(partial(own.runbook, "xylophone")),
    "playbook": Screen(partial(own.playbook, "SlowWorkflowStage")),
    "operating": Screen(own.operating),
}
