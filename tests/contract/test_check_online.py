"""What `responder check --online` reads of real servers is what they do: routes, labels, times and series."""

import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher
from responder.clients.alertmanager_routes import Routing, routing_of
from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.domain.clock import system_clock
from responder.domain.lint import LintRule
from responder.knowledge.catalogue import carried
from responder.knowledge.online.asked import Query
from responder.knowledge.online.prometheus import Asker
from responder.resources import resource_dir
from responder.testing.servers import alertmanager, prometheus

pytestmark = pytest.mark.scenario
RunTool = Callable[..., subprocess.CompletedProcess[str]]

ODD_ROUTES = """
route:
  receiver: people
  routes:
    - matchers: ['severity=~"crit.*|page"', 'team!="quo\\"te, b"']
      receiver: first
      continue: true
    - match: {team: a}
      receiver: second
      routes:
        - match_re: {category: "co.t"}
        - matchers: [absent=""]
          receiver: third
          continue: true
        - matchers: ['category!~"quality|"']
          receiver: fourth
    - matchers: [team=b]
      receiver: fifth
receivers: [{name: people}, {name: first}, {name: second}, {name: third}, {name: fourth}, {name: fifth}]
"""
LABELS: list[Mapping[str, str]] = [
    {"severity": "critical"},
    {"severity": "critical", "team": "a", "category": "cost"},
    {"severity": "info", "team": "a", "category": "quality"},
    {"severity": "info", "team": "a", "category": "quality", "absent": "x"},
    {"severity": "info", "team": "a", "absent": "x"},
    {"severity": "page", "team": 'quo"te, b'},
    {"team": "b"},
    {},
]


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


async def routing(http: Http, folder: Path, text: str) -> Routing:
    """The routes as a running Alertmanager says them."""
    async with alertmanager(text, folder=folder) as server:
        return routing_of(await Alertmanager(http, server.url).configuration(within=5))


async def test_an_alert_goes_where_amtool_says(http: Http, tmp_path: Path, amtool: RunTool) -> None:
    """Amtool has Alertmanager's own code."""
    read = await routing(http, tmp_path, ODD_ROUTES)
    (tmp_path / "routes.yml").write_text(ODD_ROUTES)
    for labels in LABELS:
        pairs = [str(Matcher(name, value)) for name, value in labels.items()]
        told = amtool("config", "routes", "test", f"--config.file={tmp_path / 'routes.yml'}", *pairs)
        assert ",".join(read.receivers(labels)) == told.stdout.strip(), labels


async def test_the_configuration_that_comes_along_leads_every_alert_to_us(http: Http, tmp_path: Path) -> None:
    text = (resource_dir("rules") / "alertmanager.yml").read_text()
    read = await routing(http, tmp_path, text)
    for severity in ("critical", "warning", "info"):
        (receiver,) = read.receivers({"severity": severity})
        (webhook,) = read.webhooks[receiver]
        assert webhook.send_resolved
        assert webhook.url in ("", "http://localhost:8080/webhooks/alertmanager")  # newer ones keep it secret


def two_targets() -> str:
    """Two targets that were up half a minute ago."""
    at = (system_clock() - timedelta(seconds=30)).timestamp()
    targets = (f'up{{job="hypertool",instance="{name}"}} 1 {at:.0f}' for name in ("a", "b"))
    return "\n".join(["# TYPE up gauge", *targets, "# EOF\n"])


async def test_a_real_prometheus_says_what_is_there_and_what_it_costs(http: Http, tmp_path: Path) -> None:
    queries = [
        Query("count(up) or vector(0)", "one.yaml", 1, "query"),
        Query("hypertool_persona_tokens_used_total", "one.yaml", 2, "query"),
        Query("up * on () up", "one.yaml", 3, "query"),  # many match many
    ]
    (tmp_path / "history.txt").write_text(two_targets())
    async with prometheus("{}", folder=tmp_path, history=tmp_path / "history.txt") as server:
        client = Prometheus(http, server.url)
        told = await Asker(client, system_clock, 5).told(queries, carried())
    assert {one.name: one.there for one in told.there} == {
        "up": True,
        "hypertool_persona_tokens_used_total": False,
    }
    assert [(ran.touched, ran.answered) for ran in told.ran] == [(2, 1), (0, 0), (None, None)]
    assert [one.rule for one in told.problems] == [LintRule.METRIC_NOT_THERE, LintRule.QUERY_FAILS]
    assert "many-to-many" in told.problems[-1].message
