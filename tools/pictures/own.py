"""The responder's own pages of what is in the samples, under the policy that they are served with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from responder.diagnose.registry import specs
from responder.domain.incident import Event, EventKind
from responder.domain.marks import Tally
from responder.domain.notice import Delivery, DeliveryState, Notice, Receipt
from responder.knowledge.runbook import read_runbook
from responder.playbook.runbook import Runbook
from responder.render.html import incident_page, incidents_page
from responder.render.operating import operating_page
from responder.render.runbook import Around, playbook_page, runbook_page
from responder.resources import resource_dir
from responder.testing.samples import NOTICES, NOW, SEVEN
from responder.web.pages import html

AROUND: Final = Around(
    prometheus_url="http://prometheus.example.org", grafana_url="http://grafana.example.org"
)
SHOWN: Final = (
    *SEVEN,
    "500 alerts",
    "nasty and long",
    "not investigated",
    "partial",
    "recovered",
    "gone",
    "came back",
    "fix that answers",
    "fix in force",
    "fix not undone",
    "fixes ended",
)
"""Of the samples' incidents those that look different."""


def incident(notice: Notice) -> FastAPI:
    """The page of one incident with a timeline and what became of telling people."""
    events, deliveries = _timeline(notice), _deliveries(notice)
    return _serving(lambda nonce: incident_page(notice, events, deliveries, nonce=nonce))


def incidents() -> FastAPI:
    """The list: of every kind one, open and over."""
    names = (*SEVEN, "500 alerts", "recovered", "gone", "silenced", "nasty")
    notices = [
        replace(one, incident=replace(one.incident, id=f"k7m2wq9{'abcdefghjkmn'[place]}"))
        for place, one in enumerate(NOTICES[name]() for name in names)
    ]
    return _serving(lambda nonce: incidents_page(notices, nonce=nonce))


def no_incidents() -> FastAPI:
    """The list where nothing has fired yet."""
    return _serving(lambda nonce: incidents_page([], nonce=nonce))


def runbook(search: str = "") -> FastAPI:
    """The whole runbook, or what is found in it."""
    return _serving(
        lambda nonce: runbook_page(_runbook(), search=search, around=AROUND, nonce=nonce), script=True
    )


def playbook(alert: str) -> FastAPI:
    """What stands about one alert, of which one in four was a false alarm."""
    one = next(one for one in _runbook().playbooks if one.alert == alert)
    tally = Tally(incidents=4, false_alarms=1)
    return _serving(lambda nonce: playbook_page(_runbook(), one, tally, around=AROUND, nonce=nonce))


def operating() -> FastAPI:
    """About the responder's own alerts."""
    text = (resource_dir("docs") / "operating.md").read_text(encoding="utf-8")
    return _serving(lambda nonce: operating_page(text, nonce=nonce))


def _serving(page: Callable[[str], str], *, script: bool = False) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def show() -> HTMLResponse:
        return html(page, script=script)

    return app


@cache
def _runbook() -> Runbook:
    return read_runbook(resource_dir("playbooks"), specs())


STORY: Final[Mapping[EventKind, str]] = {
    EventKind.OPENED: "",
    EventKind.INVESTIGATION_ASKED: "slack:U024BE7LH (ann)",
    EventKind.INVESTIGATED: "",
    EventKind.TAKEN: "pagerduty:PANA001 (Ana Ruiz)",
    EventKind.SEVERITY_RAISED: "warning → critical",
}


def _timeline(notice: Notice) -> list[Event]:
    told = [
        Event(kind=kind, at=NOW + place * timedelta(minutes=1), text=text)
        for place, (kind, text) in enumerate(STORY.items())
    ]
    return sorted([*told, *notice.replies], key=lambda event: event.at)


def _deliveries(notice: Notice) -> list[Delivery]:
    about, newest = notice.incident.id, notice.incident.notice
    return [
        Delivery(
            about=about, notifier="slack", state=DeliveryState.DELIVERED, notice=newest, receipt=Receipt()
        ),
        Delivery(
            about=about,
            notifier="pagerduty",
            state=DeliveryState.RETRYING,
            notice=max(0, newest - 1),
            receipt=Receipt(),
            attempts=2,
            error="http://127.0.0.1:8082/incidents/Q1AB2CD3EF4GH5/notes: no answer in 5 s",
        ),
    ]
