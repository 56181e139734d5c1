"""Every query of every panel has an answer on the demo: asked as Grafana asks, on the real Prometheus."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from responder.demo.faster import SCRAPE
from responder.demo.outcome import Outcome, Step
from responder.demo.play import play
from responder.demo.scenarios import SCENARIOS
from responder.demo.watch import Watch
from responder.domain.clock import system_clock
from responder.domain.durations import scale_promql
from responder.knowledge.dashboards import read_boards
from responder.resources import resource_dir
from responder.testing.grafana.macros import filled
from responder.testing.loopback import loopback_client

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

STAGE: Final = "deployed-dashboards"
COMPARED_WITHIN: Final = 120.0
HOUR: Final = 3600.0
POINTS: Final = 240
"""Of a course: about as many as Grafana asks for at this width."""
RESPONDER: Final = "hypertool-responder"
WORKFLOW: Final = "hypertool-workflow-performance"

Choices = Mapping[str, Sequence[str] | None]
ALL: Final[Choices] = {"workflow": None, "persona": None}


@dataclass(frozen=True)
class Question:
    """One query of a panel, and what the panel makes of its answer."""

    board: str
    panel: int
    target: Mapping[str, Any]
    renamed: frozenset[str]
    """The labels that a table makes columns of."""

    @property
    def shown(self) -> frozenset[str]:
        """The labels that people see."""
        legend = self.target.get("legendFormat", "")
        return frozenset(re.findall(r"\{\{(\w+)\}\}", legend)) | self.renamed


def questions() -> Iterator[Question]:
    for file in read_boards(resource_dir("dashboards")):
        for panel in file.document["panels"]:
            steps = panel.get("transformations", ())
            renamed = {name for step in steps for name in step["options"]["renameByName"]} - {"Value"}
            for target in panel["targets"]:
                yield Question(file.board.uid, panel["id"], target, frozenset(renamed))


QUESTIONS: Final = tuple(questions())


def named(question: Question) -> str:
    return f"{question.board}-{question.panel}{question.target['refId']}"


@dataclass(frozen=True)
class Grafana:
    """Asks a stage's Prometheus as Grafana would, over its last hour.

    `ratio`: how long an hour is here; 1/60 asks for the demo's hours, which are minutes.
    """

    http: httpx.AsyncClient
    prometheus: str
    ratio: Fraction
    scrape: float

    async def ask(self, question: Question, choices: Choices = ALL) -> list[dict[str, Any]]:
        """The series of the answer that have a value."""
        span = HOUR * float(self.ratio)
        step = max(span / POINTS, self.scrape)
        now = system_clock().timestamp()
        query = scale_promql(self._filled(question, choices, step, span), self.ratio)
        when = (
            {"time": now} if question.target["instant"] else {"start": now - span, "end": now, "step": step}
        )
        way = "query" if question.target["instant"] else "query_range"
        answer = await self.http.post(f"{self.prometheus}/api/v1/{way}", data={"query": query, **when})
        body = answer.json()
        assert body["status"] == "success", body
        return [one for one in body["data"]["result"] if any(map(math.isfinite, _values(one)))]

    def _filled(self, question: Question, choices: Choices, step: float, span: float) -> str:
        """The query; Grafana's own windows are of real time, so they are blown up before all is scaled."""
        slower = float(1 / self.ratio)
        expr = question.target["expr"]
        return filled(expr, choices, step=step * slower, scrape=self.scrape * slower, span=span * slower)


def _values(series: Mapping[str, Any]) -> Iterator[float]:
    points = series.get("values") or [series["value"]]
    return (float(value) for _, value in points)


async def silent(step: Step, outcome: Outcome) -> None:
    """Nobody watches."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def played(watch: Watch, http: httpx.AsyncClient) -> Watch:
    """A stage on which something has happened: gates failed, an alert came and went, all was compared."""
    gates = next(one for one in SCENARIOS if one.alert == "HighQualityGateFailureRate")
    outcome = await play(watch, gates, silent)
    assert outcome.wrong == []
    await _until_compared(watch, http)
    return watch


async def _until_compared(watch: Watch, http: httpx.AsyncClient) -> None:
    """The first comparison with Alertmanager comes a minute after the start, in real time."""
    comparisons = next(one for one in QUESTIONS if "responder_comparisons_total" in one.target["expr"])
    async with asyncio.timeout(COMPARED_WITHIN):
        while not await grafana(watch, http, Fraction(1)).ask(comparisons):  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(1)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with loopback_client(timeout=30) as client:
        yield client


def grafana(watch: Watch, http: httpx.AsyncClient, ratio: Fraction) -> Grafana:
    stage = watch.stage
    return Grafana(http, stage.prometheus, ratio, stage.faster.seconds(SCRAPE))


@pytest.mark.parametrize("watch", [STAGE], indirect=True, scope="module")
@pytest.mark.parametrize("question", QUESTIONS, ids=named)
async def test_a_panel_shows_something(played: Watch, http: httpx.AsyncClient, question: Question) -> None:
    """As it stands, over a real hour; every label that people are shown is in the answer."""
    found = await grafana(played, http, Fraction(1)).ask(question)
    assert found
    assert [one["metric"] for one in found if not question.shown <= one["metric"].keys()] == []


@pytest.mark.parametrize("watch", [STAGE], indirect=True, scope="module")
@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.board != RESPONDER], ids=named)
async def test_a_panel_shows_something_at_the_pace_of_the_field(
    played: Watch, http: httpx.AsyncClient, question: Question
) -> None:
    """Over an hour of Hypertool's life with as many scrapes in each window as a site has."""
    assert await grafana(played, http, played.stage.faster.ratio).ask(question)


@pytest.mark.parametrize("watch", [STAGE], indirect=True, scope="module")
@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.board == WORKFLOW], ids=named)
async def test_a_choice_is_heeded(played: Watch, http: httpx.AsyncClient, question: Question) -> None:
    choices = {"workflow": ("bug-fix", "package-release"), "persona": ("testing-specialist",)}
    found = await grafana(played, http, Fraction(1)).ask(question, choices)
    assert found
    assert {one["metric"].get("workflow", "bug-fix") for one in found} <= {"bug-fix", "package-release"}
    assert {one["metric"].get("persona", "testing-specialist") for one in found} == {"testing-specialist"}
