"""Channels and accounts in which something was told, as the stand-ins show them."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

from fastapi import FastAPI

from responder.domain.notice import Notice
from responder.domain.page import alertmanager_key
from responder.render import answers, pagerduty, slack
from responder.render.asks import FALSE_ALARM, SILENCE
from responder.render.blocks import SlackMessage
from responder.render.view import headline, view
from responder.slackbot.ask_forms import About, form
from responder.slackbot.commands import usage
from responder.testing import pagerduty as pages
from responder.testing import slack as channels
from responder.testing.clicking import ANN
from responder.testing.clock import ManualClock
from responder.testing.samples import NOW, SEVEN, STORMS
from responder.testing.samples.fixes import WITH_FIXES
from responder.testing.slack.interactive import Whisper

NOTICE: Final = WITH_FIXES["fixes proposed"]()
VOICE: Final = slack.Voice()


def channel(notice: Notice = NOTICE) -> FastAPI:
    """A channel in which one incident was told, with its replies."""
    return channels.create_app(workspace(notice))


def silence_form() -> FastAPI:
    """The same with the form for a silence before it."""
    return _asking(SILENCE)


def false_alarm_form() -> FastAPI:
    """The same with the form that asks why it was none."""
    return _asking(FALSE_ALARM)


def storm() -> FastAPI:
    """A storm's summary, after one of its worst, and what it was once it is over."""
    into = workspace()
    for name in ("storm", "storm over"):
        _post(into, VOICE.storm(STORMS[name]()))
    return channels.create_app(into)


def whisper() -> FastAPI:
    """What somebody is told who asked for help."""
    into = workspace()
    told = answers.help_message(usage())
    place = next(iter(into.channels))
    into.whisper(Whisper(into.next_ts(), place, ANN, told.text, tuple(told.blocks)))
    return channels.create_app(into)


def empty_channel() -> FastAPI:
    """Where nothing was told yet."""
    return channels.create_app(channels.Workspace(["alerts"], clock=ManualClock(NOW)))


def page() -> FastAPI:
    """Alertmanager's page with the first note on it."""
    return pages.create_app(account([NOTICE]))


def shared_page() -> FastAPI:
    """One page of several incidents, which somebody acknowledged; one was resolved."""
    notices = [NOTICE, *(make() for name, make in SEVEN.items() if name.startswith(("Slow", "High")))]
    shared = account(notices, grouping=True)
    shared.acknowledge(shared.incidents[0], shared.users[0])
    shared.grouping = False
    _paged(shared, [SEVEN["LangfuseIntegrationFailing"]()])
    shared.resolve(shared.incidents[-1], shared.users[1])
    return pages.create_app(shared)


def storm_page() -> FastAPI:
    """A page that was opened in a storm: how many there are, beside what is wrong."""
    stormy = account([NOTICE])
    stormy.note(stormy.incidents[0], stormy.users[-1], pagerduty.storm_note(STORMS["storm"]()))
    stormy.webhook_url = "http://127.0.0.1:8080/webhooks/pagerduty"
    return pages.create_app(stormy)


def empty_account() -> FastAPI:
    """Where nobody has been woken yet."""
    return pages.create_app(account([]))


def workspace(notice: Notice = NOTICE) -> channels.Workspace:
    """A workspace with a channel in which one incident was told, with the detail in the thread."""
    made = channels.Workspace(["alerts"], clock=ManualClock(NOW))
    made.interactive.request_url = "http://127.0.0.1:1"  # else its buttons are switched off
    root = _post(made, VOICE.message(notice))
    if notice.report:
        _post(made, VOICE.detail(notice), root)
    for event in notice.replies:
        _post(made, VOICE.reply(notice, event), root, broadcast=True)
    return made


def account(notices: Sequence[Notice], *, grouping: bool = False) -> pages.Account:
    """An account in which Alertmanager opened a page for each, and each has its note."""
    made = pages.Account(clock=ManualClock(NOW), grouping=grouping)
    _paged(made, notices)
    return made


def _paged(into: pages.Account, notices: Sequence[Notice]) -> None:
    for number, notice in zip(_numbers(into), notices, strict=False):
        event = {
            "payload": {
                "summary": f"[FIRING:1] {notice.incident.alert_name}",
                "source": "Alertmanager",
                "severity": notice.incident.severity,
                "custom_details": {"num_firing": "1", "num_resolved": "0"},
            }
        }
        into.trigger(next(iter(into.integrations.values())), alertmanager_key(f"{{}}:{{{number}}}"), event)
        mark = f"(Hypertool responder, incident {notice.incident.id}, note 1)"
        into.note(into.incidents[-1], into.users[-1], f"{pagerduty.note(notice)}\n{mark}")


def _numbers(into: pages.Account) -> Iterator[int]:
    return count(sum(len(one.alerts) for one in into.incidents))


def _asking(name: str) -> FastAPI:
    into, seen = workspace(), view(NOTICE)
    title = f"[{seen.word}] {headline(seen.worst)} ({NOTICE.incident.id})"
    trigger = into.interactive.trigger(ANN, into.clock)
    asks = form(name, About(incident=NOTICE.incident.id), title)
    into.interactive.opened(trigger, asks, into.clock)
    return channels.create_app(into)


def _post(into: channels.Workspace, told: SlackMessage, root: str = "", *, broadcast: bool = False) -> str:
    (one,) = into.channels.values()
    sent = into.post(into.apps[0], one, told.text, told.blocks, thread_ts=root or None, broadcast=broadcast)
    return sent.ts
