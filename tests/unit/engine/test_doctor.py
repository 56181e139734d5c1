"""The doctor: what is fine, what to mend and how, and whether a test alert comes back."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.clients.round_trip import Server
from responder.diagnose.clients import Clients
from responder.domain.clock import system_clock
from responder.engine.doctor import Examined, Verdict, examined, far_sides, round_trip, watchdog
from responder.testing.clock import ManualClock
from responder.testing.engine import minutes
from responder.testing.loopback import serving
from responder.testing.prometheus import PrometheusStandIn, prometheus_stand_in


@dataclass
class Site:
    """An Alertmanager and a responder in one: what is posted arrives, unless a route is missing."""

    url: str = ""
    routed: bool = True
    token: str | None = None
    posted: list[dict[str, Any]] = field(default_factory=list)
    watch: dict[str, object] = field(default_factory=dict)
    configuration: str = ""
    """What Alertmanager runs on; empty: it doesn't say."""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/api/v2/alerts")
        async def post(request: Request) -> None:
            self.posted += json.loads(await request.body())

        @app.get("/api/v1/round-trips/{nonce}")
        async def arrived(nonce: str, request: Request) -> dict[str, str]:
            if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
                raise HTTPException(401)
            if not self.routed or nonce not in [alert["labels"]["nonce"] for alert in self.posted]:
                raise HTTPException(404)
            return {"received_at": "2026-01-31T03:00:00Z", "status": "firing"}

        @app.get("/api/v2/status")
        async def status() -> dict[str, object]:
            if not self.configuration:
                raise HTTPException(503)
            return {"config": {"original": self.configuration}, "versionInfo": {"version": "0.27.0"}}

        @app.get("/api/v1/watchdog")
        async def watchdog() -> dict[str, object]:
            return self.watch

        return app


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with serving(site.app()) as site.url:
        yield site


async def sent(http: Http, site: Site, *, token: str | None = None) -> Examined:
    server = Server(http, site.url, token)
    return await round_trip(Alertmanager(http, site.url), server, system_clock, patience=0.5)


async def test_a_test_alert_that_comes_back_is_fine_and_pages_nobody(http: Http, site: Site) -> None:
    found = await sent(http, site)
    assert found.verdict is Verdict.FINE
    (alert,) = site.posted
    assert alert["labels"]["alertname"] == "ResponderRoundTrip"
    assert alert["labels"]["severity"] == "info"


async def test_one_that_is_lost_says_which_route_it_needs(http: Http, site: Site) -> None:
    site.routed = False
    found = await sent(http, site)
    assert found.verdict is Verdict.MEND
    assert "does a route of Alertmanager's for ResponderRoundTrip lead to this server's" in found.said


async def test_a_server_that_wants_a_token_says_so_at_once(http: Http, site: Site) -> None:
    site.token = "t0ken"  # noqa: S105 - of the test's own server
    assert (await sent(http, site)).said.startswith("The responder: unauthorized: 401")
    assert (await sent(http, site, token="t0ken")).verdict is Verdict.FINE  # noqa: S106 - likewise


def target(health: str, error: str = "") -> dict[str, Any]:
    return {
        "labels": {"job": "hypertool"},
        "scrapeUrl": "http://hypertool:9464/metrics",
        "health": health,
        "lastError": error,
        "lastScrape": "2026-01-31T03:00:00Z",
        "lastScrapeDuration": 0.1,
    }


@pytest.mark.parametrize(
    ("targets", "verdict", "said"),
    [
        ([target("up"), target("down")], Verdict.FINE, "scrapes 2 of the job hypertool, 1 up"),
        (
            [target("down", "connection refused")],
            Verdict.MEND,
            "no target of the job hypertool is up, connec",
        ),
        ([target("unknown")], Verdict.MEND, "no target of the job hypertool is up, not scraped"),
        ([], Verdict.MEND, "it scrapes no target of the job hypertool"),
    ],
)
async def test_prometheus_must_get_hypertools_metrics(
    http: Http, targets: list[dict[str, Any]], verdict: Verdict, said: str
) -> None:
    async with prometheus_stand_in() as stand_in:
        stand_in.targets = targets
        found = await _of_prometheus(http, stand_in)
    assert (found.verdict, said in found.said) == (verdict, True)


async def _of_prometheus(http: Http, stand_in: PrometheusStandIn) -> Examined:
    clients = Clients(prometheus=Prometheus(http, stand_in.url), http=http)
    (parts,) = (one for one in far_sides(clients) if one[0] == "Prometheus")
    return await examined(*parts)


def _watch(*, expected: bool, heard: float | None = None, lost: float | None = None) -> dict[str, object]:
    """As the server says it; so many minutes ago."""
    moments = {"heard_at": heard, "lost_at": lost}
    said = {name: None if ago is None else minutes(-ago).isoformat() for name, ago in moments.items()}
    return {"expected": expected, **said}


@pytest.mark.parametrize(
    ("watch", "verdict", "said"),
    [
        (_watch(expected=True, heard=2), Verdict.FINE, "came 2 min ago"),
        (
            _watch(expected=True, heard=17, lost=7),
            Verdict.MEND,
            "does not come any longer: it came 17 min",
        ),
        (_watch(expected=True), Verdict.FINE, "is expected and has never come"),  # not for long enough yet
        (_watch(expected=True, lost=7), Verdict.MEND, "is expected and has never come"),
        (_watch(expected=False), Verdict.NOT_CONFIGURED, "has never come, and is not expected: load rules/"),
    ],
)
async def test_it_says_how_it_stands_with_the_watchdog(
    site: Site, http: Http, watch: dict[str, object], verdict: Verdict, said: str
) -> None:
    site.watch = watch
    found = await _watched(http, site)
    assert found.verdict is verdict
    assert found.said.startswith(said)


async def _watched(http: Http, site: Site) -> Examined:
    alertmanager = Alertmanager(http, site.url)
    return await watchdog(Server(http, site.url, None), ManualClock(), alertmanager, timedelta(minutes=10))


@pytest.mark.parametrize(
    ("times", "every"),
    [
        ("", "4 h 5 min"),  # both as Alertmanager has them
        ("repeat_interval: 10m, group_interval: 10s", "10 min"),  # as long as it may be away
        ("repeat_interval: 2m, group_interval: 8m", "10 min"),  # it is looked at whether to repeat that often
        ("repeat_interval: 9m, group_interval: 59s", None),
        ("repeat_interval: 2m, group_interval: 1m", None),  # as shipped
    ],
)
async def test_the_watchdog_must_come_again_before_it_is_missed(
    site: Site, http: Http, times: str, every: str | None
) -> None:
    site.watch = _watch(expected=True, heard=2)
    more = f", {times}" if times else ""
    site.configuration = f"""
        route:
          receiver: us
          routes:
            - {{matchers: ['alertname="ResponderWatchdog"'], receiver: us{more}}}
        receivers: [{{name: us, webhook_configs: [{{url: 'http://responder:8080/webhooks/alertmanager'}}]}}]
    """
    found = await _watched(http, site)
    assert found.verdict is (Verdict.FINE if every is None else Verdict.MEND)
    assert found.said.startswith("came 2 min ago")
    if every is not None:
        assert f"repeats it every {every} at worst, and it is missed after 10 min" in found.said
        assert "rules/alertmanager.yml" in found.said


async def test_what_times_other_receivers_have_is_nothing_to_the_watchdog(site: Site, http: Http) -> None:
    site.watch = _watch(expected=True, heard=2)
    site.configuration = """
        route:
          receiver: others
          repeat_interval: 1m
          group_interval: 1m
          routes:
            - {matchers: ['alertname="ResponderWatchdog"'], receiver: us, continue: true, repeat_interval: 1h}
            - {matchers: ['alertname="ResponderWatchdog"'], receiver: others}
        receivers:
          - {name: us, webhook_configs: [{url: <secret>}]}
          - {name: others, webhook_configs: [{url: 'http://elsewhere/hook'}]}
    """
    assert "repeats it every 1 h 1 min at worst" in (await _watched(http, site)).said
    site.watch = _watch(expected=False)  # nobody would miss it
    assert (await _watched(http, site)).verdict is Verdict.NOT_CONFIGURED
