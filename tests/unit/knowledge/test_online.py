"""What is said of the far sides: each rule is broken by one of them, and nothing is said of what is right.

The far sides are stand-ins that answer from a table; tests/contract has the same against real servers.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from responder.cli.check_online import plain
from responder.clients.alertmanager import Alertmanager
from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.clients.round_trip import Server
from responder.domain.lint import ONLINE, LintRule
from responder.knowledge.check import Files, read_files
from responder.knowledge.lint.said import Facts
from responder.knowledge.online.ask import FarSides, ask_far_sides
from responder.knowledge.online.result import Told
from responder.playbook.diagnostic import Diagnostic

FILES = Path(__file__).parent / "bad" / "unknown-panel"
"""A playbook with a link, and a dashboard."""
PATIENCE = 0.5
ROUTES = """
route:
  receiver: people
  routes:
    - matchers: ['alertname="ResponderRoundTrip"']
      receiver: us
    - matchers: ['severity="critical"']
      receiver: us
receivers:
  - name: people
    email_configs: [{to: people@example.org}]
  - name: us
    webhook_configs: [{url: <secret>, send_resolved: true}]
"""
LABELS = {
    "hypertool_persona_token_budget_remaining": ["persona"],
    "hypertool_persona_tokens_used_total": ["persona", "chatmode", "model"],
}
BOARD = {"uid": "site-tokens", "panels": [{"id": 7}, {"id": 1}]}


@dataclass
class World:
    """What the far sides answer; None: they are away."""

    labels: Mapping[str, list[str]] | None = field(default_factory=lambda: dict(LABELS))
    series: float = 3
    refuses: str = ""
    leaves: bool = False
    """Whether Prometheus is gone when the first query comes."""
    hangs: str = ""
    routes: str = ROUTES
    arrived: int = 200
    """The status with which the responder says whether the test alert came."""
    sent: list[str] = field(default_factory=list)
    board: Mapping[str, Any] | None = field(default_factory=lambda: dict(BOARD))

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self.labels is None:
            raise httpx.ConnectError("connection refused")
        if request.url.host in ("alertmanager", "responder"):
            return self.notified(request.method, path)
        if request.url.host == "grafana":
            stored = (
                {"dashboard": self.board, "meta": {}} if self.board else {"message": "Dashboard not found"}
            )
            return httpx.Response(200 if self.board else 404, json=stored)
        if path == "/api/v1/labels":
            names = self.labels.get(request.url.params["match[]"], [])
            return success([*names, "job", "instance"] if names else [])
        if path == "/api/v1/query":
            if self.leaves:
                raise httpx.ConnectError("connection refused")
            return await self.queried(parse_qs(request.content.decode())["query"][0])
        return success({"version": "1"})

    def notified(self, method: str, path: str) -> httpx.Response:
        if path == "/api/v2/status":
            config = {"original": self.routes}
            return httpx.Response(200, json={"versionInfo": {"version": "1"}, "config": config})
        self.sent += [path] if method == "POST" else []
        return httpx.Response(self.arrived if path.startswith("/api/v1/round-trips/") else 200)

    async def queried(self, query: str) -> httpx.Response:
        if self.hangs and self.hangs in query:
            await asyncio.Event().wait()
        if self.refuses and self.refuses in query:
            return httpx.Response(
                400, json={"status": "error", "errorType": "bad_data", "error": "many-to-many"}
            )
        return success({"resultType": "vector", "result": [{"metric": {}, "value": [0, str(self.series)]}]})


def success(data: object) -> httpx.Response:
    return httpx.Response(200, json={"status": "success", "data": data})


@pytest.fixture
def files(kinds: Mapping[str, type[Diagnostic]]) -> Files:
    return read_files(FILES / "playbooks", kinds, None, FILES / "dashboards")


async def told(world: World, files: Files) -> Told:
    async with Http(httpx.MockTransport(world.answer)) as http:
        sides = FarSides(
            prometheus=Prometheus(http, "http://prometheus"),
            alertmanager=Alertmanager(http, "http://alertmanager"),
            grafana=Grafana(http, "http://grafana"),
            server=Server(http, "http://responder", None),
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            within=PATIENCE,
            patience=PATIENCE,
        )
        return await ask_far_sides(files, Facts(), sides)


async def test_nothing_is_said_of_what_is_there(files: Files) -> None:
    found = await told(World(), files)
    assert found.problems == ()
    assert {(one.kind, one.name): one.there for one in found.there} == {
        ("metric", "hypertool_persona_token_budget_remaining"): True,
        ("metric", "hypertool_persona_tokens_used_total"): True,
        ("route", "TokenBudgetExceeded"): True,
        ("route", "a test alert"): True,
        ("dashboard", "site-tokens"): True,
    }


async def test_each_query_says_what_it_touches_and_answers(files: Files) -> None:
    found = await told(World(), files)
    assert {(one.touched, one.answered) for one in found.ran} == {(3, 1)}
    assert [one.query.file for one in found.ran] == ["playbooks/one.yaml"] * 3 + ["dashboards/tokens.json"]


AWAY = (
    "Prometheus: no connection; is it running, and is the address right? (prometheus.url, prometheus.token)"
)
WIDE = (
    "playbooks/one.yaml:11: measure.query: it touches 10001 series: select fewer of them, or record what is "
    "asked for"
)
BROKEN: dict[LintRule, tuple[World, str]] = {
    LintRule.METRIC_NOT_THERE: (
        World(labels={name: LABELS[name] for name in list(LABELS)[:1]}),
        "Prometheus: hypertool_persona_tokens_used_total: no series within 1 day",
    ),
    LintRule.LABEL_NOT_THERE: (
        World(labels=LABELS | {"hypertool_persona_tokens_used_total": ["persona", "chatmode"]}),
        'Prometheus: hypertool_persona_tokens_used_total: no series of it has the label "model"',
    ),
    LintRule.QUERY_FAILS: (
        World(refuses="min by"),
        "playbooks/one.yaml:11: measure.query: Prometheus: bad query: many-to-many",
    ),
    LintRule.QUERY_SLOW: (
        World(hangs="min by"),
        "playbooks/one.yaml:11: measure.query: Prometheus: timeout: no answer in time",
    ),
    LintRule.QUERY_WIDE: (
        World(series=10_001),
        WIDE,
    ),
    LintRule.ROUTE_ELSEWHERE: (
        World(routes=ROUTES.replace("critical", "warning")),
        "playbooks/one.yaml:2: alert: Alertmanager sends it to people, which has no webhook of ours",
    ),
    LintRule.DASHBOARD_NOT_THERE: (
        World(board=None),
        'dashboards/tokens.json:2: uid: Grafana has no dashboard "site-tokens": responder dashboards push',
    ),
    LintRule.FAR_SIDE_AWAY: (
        World(labels=None),
        AWAY,
    ),
}


async def test_a_prometheus_that_goes_away_meanwhile_is_told_once(files: Files) -> None:
    found = await told(World(leaves=True), files)
    assert [str(one) for one in found.problems] == [AWAY]


@pytest.mark.parametrize("rule", sorted(ONLINE))
async def test_a_far_side_breaks_a_rule(rule: LintRule, files: Files) -> None:
    world, text = BROKEN[rule]
    found = await told(world, files)
    assert {one.rule for one in found.problems} == {rule}
    assert str(found.problems[0]) == text


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        (ROUTES.replace("<secret>", "http://other/hook"), "has no webhook of ours"),
        (ROUTES.replace("send_resolved: true", "send_resolved: false"), "does not tell us of the end"),
        (ROUTES.replace("<secret>", "http://here:8080/webhooks/alertmanager"), ""),
        (ROUTES.replace("severity=", "severity=~").replace("critical", "crit.*"), ""),
        (ROUTES.replace('severity="critical"', 'team="a"'), "sends it to people"),  # a label that it has not
        ("nothing", "its configuration can't be read"),
    ],
)
async def test_a_route_leads_to_us_by_alertmanagers_own_rules(routes: str, said: str, files: Files) -> None:
    found = await told(World(routes=routes), files)
    assert [said in str(one) for one in found.problems] == ([True] if said else [])


@pytest.mark.parametrize(
    ("world", "outcome", "said"),
    [
        (World(), (True, 1), "arrived after 0.0 s"),
        (World(arrived=404), (False, 1), "it did not arrive"),
        (World(arrived=401), (None, 1), "The responder: unauthorized: 401 Unauthorized (http://responder)"),
        (World(routes=ROUTES.replace("RoundTrip", "")), (None, 0), "not sent: it would go to people"),
    ],
)
async def test_a_test_alert_shows_that_the_route_leads_to_us_and_disturbs_nobody(
    world: World, outcome: tuple[bool | None, int], said: str, files: Files
) -> None:
    """The outcome: whether it arrived (None: not tried to its end), and how many were sent."""
    found = await told(world, files)
    (trip,) = (one for one in found.there if one.name == "a test alert")
    assert (trip.there, len(world.sent)) == outcome
    assert trip.said.startswith(said)
    assert [one.rule for one in found.problems] == ([LintRule.ROUTE_ELSEWHERE] if trip.there is False else [])


async def test_a_panel_that_grafana_has_not_is_told(files: Files) -> None:
    found = await told(World(board=BOARD | {"panels": [{"id": 1}]}), files)
    assert [str(one) for one in found.problems] == [
        "playbooks/one.yaml:30: links.dashboard: in Grafana the dashboard has no panel 7 (it has 1)"
    ]


async def test_what_was_told_can_be_written_as_json(files: Files) -> None:
    assert json.dumps(plain(await told(World(), files)))
