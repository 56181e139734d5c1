"""Our client and the kinds against a real Prometheus that scrapes itself and something that isn't there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.diagnose.clients import Clients
from responder.diagnose.kind import Question
from responder.diagnose.promql import PromqlKind, PromqlSpec
from responder.diagnose.targets import TargetsKind, TargetsSpec
from responder.domain.errors import Reason, Refused
from responder.domain.report import FindingState, Row
from responder.testing.servers import prometheus

pytestmark = pytest.mark.scenario

NASTY = 'quo"te\\back\nline{brace}$ `tick` <!channel> (a|b).*[é]'
"""A label's value that has everything in it that PromQL and regular expressions care about."""

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
"""When the history below ends; queries are asked as of then."""

CONFIG = """
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: hypertool
    static_configs: [{targets: ["127.0.0.1:1"]}]
"""


def history() -> str:
    """An hour of two personas' budgets: one that sinks below 0, one with a nasty name that stays."""
    nasty = NASTY.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    lines = ["# TYPE hypertool_persona_token_budget_remaining gauge"]
    for name, level in (("backend-engineer", lambda minute: 1500 - 30 * minute), (nasty, lambda _: 900)):
        lines += [
            f'hypertool_persona_token_budget_remaining{{persona="{name}"}} {level(minute)} {at:.0f}'
            for minute in range(61)
            for at in [(NOW - timedelta(minutes=60 - minute)).timestamp()]
        ]
    return "\n".join([*lines, "# EOF\n"])


@pytest.fixture
async def client(http: Http, tmp_path: Path) -> AsyncIterator[Prometheus]:
    (tmp_path / "history.txt").write_text(history())
    async with prometheus(
        CONFIG, folder=tmp_path, history=tmp_path / "history.txt", retention="10y"
    ) as server:
        yield Prometheus(http, server.url)


def question(*personas: str) -> Question:
    subjects = tuple((("persona", persona),) for persona in personas)
    return Question(subjects=subjects, now=NOW, within=5)


def spec(query: str, span: str | None = None) -> PromqlSpec:
    return PromqlSpec(id="budget", kind="promql", title="Budget", query=query, range=span)


async def test_a_real_prometheus_answers_every_type(client: Prometheus) -> None:
    """One start of the server for all of them: it takes a second."""
    await client.ready(within=5)
    assert (await client.version(within=5)).count(".") == 2
    vector = await client.query("hypertool_persona_token_budget_remaining", at=NOW, within=5)
    assert {sample.labels["persona"]: sample.value for sample in vector.samples} == {
        "backend-engineer": -300,
        NASTY: 900,
    }
    (scalar,) = (await client.query("scalar(vector(42))", at=NOW, within=5)).samples
    assert (scalar.value, scalar.at, scalar.labels) == (42, NOW.timestamp(), {})
    assert (await client.query('"text"', within=5)).samples == ()
    (nan,) = (await client.query("vector(0) / 0", within=5)).samples
    assert not nan.finite
    with pytest.raises(Refused, match="parse error") as wrong:
        await client.query("sum(", within=5)
    assert wrong.value.reason is Reason.BAD_QUERY
    with pytest.raises(Refused, match="duplicate series") as expensive:
        await client.query(
            "hypertool_persona_token_budget_remaining * on () hypertool_persona_token_budget_remaining",
            at=NOW,
            within=5,
        )
    assert expensive.value.reason is Reason.BAD_QUERY


async def test_the_kind_splits_an_answer_by_alert_whatever_its_name(client: Prometheus) -> None:
    kind = PromqlKind(client)
    query = 'min by (persona) (hypertool_persona_token_budget_remaining{persona=~"${persona}"})'
    found = await kind.ask(spec(query), question("backend-engineer", NASTY, "nobody"))
    assert [(row.subject[0][1], row.value) for row in found.rows] == [
        ("backend-engineer", -300),
        (NASTY, 900),
    ]
    course = await kind.ask(spec(query, "30m"), question("backend-engineer"))
    assert course.rows == (
        Row(
            subject=(("persona", "backend-engineer"),),
            values={"value": -300, "first": 600, "lowest": -300, "highest": 600},
        ),
    )
    nothing = await kind.ask(spec(query), question("nobody"))
    assert (nothing.state, nothing.rows) == (FindingState.NO_DATA, ())


async def test_the_targets_kind_tells_why_a_scrape_fails(client: Prometheus) -> None:
    kind = TargetsKind.build(Clients(prometheus=client))
    ask = TargetsSpec(id="target", kind="targets", title="Target", job="hypertool")

    async def scraped() -> Row:
        """The target's row once it was scraped; it takes Prometheus five seconds to begin."""
        async with asyncio.timeout(20):
            while True:
                (row,) = (await kind.ask(ask, question())).rows
                if row.values["health"] == "down":
                    return row
                await asyncio.sleep(0.1)

    row = await scraped()
    assert (row.values["up"], row.values["failure"]) == (False, "refused")
    assert "connection refused" in str(row.values["error"])
    assert row.labels["instance"] == "127.0.0.1:1"
    other = TargetsSpec(id="target", kind="targets", title="Target", job="elsewhere")
    (absent,) = (await kind.ask(other, question())).rows
    assert (absent.values["health"], absent.values["failure"]) == ("absent", "absent")
