"""Every knob that is turned by HTTP shows in what Prometheus scrapes, within seconds.

Two Hypertools live the same life, minute by minute; in one of them a knob is turned. The clock is moved by
hand, and one real second is one simulated minute.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from responder.demo.conditions import Influence
from responder.demo.effects import Effect, KnobTurned, LangfuseLost, Storming, Working
from responder.demo.langfuse_link import Disconnected
from responder.demo.reference import ReferenceHypertool
from responder.demo.service import LiveHypertool, control_app
from responder.demo.simclock import LIVE, SimClock
from responder.demo.switching import Storm
from responder.testing.clock import ManualClock

SECONDS: Final = 20
ANALYSIS: Final = "workflows/bug-fix/stages/analysis"
STAGE: Final = {"workflow": "bug-fix", "stage": "analysis"}
PERSONA: Final = {"persona": "data-scientist"}
HEADERS: Final = {"Authorization": "Bearer open"}

Measure = Callable[["Life"], float]


class Life:
    """A Hypertool as it is seen from outside: its metrics port and its control API."""

    def __init__(self, clock: ManualClock, effects: tuple[Effect, ...]) -> None:
        hypertool = ReferenceHypertool(SimClock(clock.now, 60.0), 7, start=LIVE)
        for effect in effects:
            effect.begin(hypertool)
        self.live = LiveHypertool(hypertool, clock)
        self.before: dict[Any, float] = {}
        self.after: dict[Any, float] = {}

    async def open(self, stack: AsyncExitStack) -> None:
        self.control, self.metrics = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app), base_url="http://hypertool/", headers=HEADERS
                )
            )
            for app in (control_app(self.live, {"alice": "open"}), self.live.metrics_port)
        ]

    async def scrape(self) -> dict[Any, float]:
        families = text_string_to_metric_families((await self.metrics.get("/metrics")).text)
        samples = [sample for family in families for sample in family.samples]
        return {(one.name, *sorted(one.labels.items())): one.value for one in samples}

    def risen(self, metric: str, **labels: str) -> float:
        """How much the series with these labels have risen since the knob was turned."""
        wanted = set(labels.items())
        found = [key for key in self.after if key[0] == metric and wanted <= set(key[1:])]
        return sum(self.after[key] - self.before.get(key, 0.0) for key in found)

    def now(self, metric: str, **labels: str) -> float:
        return self.after[metric, *sorted(labels.items())]


async def lived(stack: AsyncExitStack, effects: tuple[Effect, ...], order: Callable[[Life], Any]) -> Life:
    clock = ManualClock()
    life = Life(clock, effects)
    await life.open(stack)
    clock.forward(seconds=SECONDS)
    answer = await order(life)
    assert answer is None or answer.status_code == 200, answer.text
    life.before = await life.scrape()
    clock.forward(seconds=SECONDS)
    life.after = await life.scrape()
    return life


@pytest.fixture
async def twins() -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def live_twice(resource: str, value: Any, *effects: Effect) -> tuple[Life, Life]:
            async def put(life: Life) -> httpx.Response:
                body = {"value": value, "reason": "to see what it does"}
                return await life.control.put(f"control/v1/{resource}", json=body)

            async def leave(_: Life) -> None:
                return None

            return await lived(stack, effects, leave), await lived(stack, effects, put)

        yield live_twice


def seconds_a_run(life: Life) -> float:
    name = "hypertool_workflow_stage_duration_seconds"
    return life.risen(f"{name}_sum", **STAGE) / life.risen(f"{name}_count", **STAGE)


def fails(life: Life) -> float:
    return life.risen("hypertool_workflow_quality_gate_total", **STAGE, result="fail")


def tokens(life: Life) -> float:
    return life.risen("hypertool_persona_tokens_used_total", **PERSONA)


def switches(life: Life) -> float:
    return life.risen("hypertool_persona_switches_total")


def with_the_best_model(life: Life) -> float:
    return life.risen("hypertool_persona_tokens_used_total", **PERSONA, model="gpt-4")


BAD_PROMPTS: Final = Working((Influence(workflow="bug-fix", stage="analysis", flaws=0.8),))
FAST: Final = KnobTurned(f"{ANALYSIS}/model", "fast", by="x", reason="y")
OSCILLATION: Final = Storming(Storm(("backend-engineer", "testing-specialist"), ("bug-fix",), 5.0, stay=8.0))


@pytest.mark.parametrize(
    ("resource", "value", "effects", "measured"),
    [
        # less switching, be it ordinary or a storm
        ("switching/cooldown", 5, (), switches),
        ("switching/cooldown", 5, (OSCILLATION,), switches),
        # a gate that minds less
        (f"{ANALYSIS}/gate", "relaxed", (BAD_PROMPTS,), fails),
        # a faster model, and a better one
        (f"{ANALYSIS}/model", "fast", (), seconds_a_run),
        (f"{ANALYSIS}/model", "best", (FAST, BAD_PROMPTS), fails),
        # shorter prompts
        (f"{ANALYSIS}/context", 2000, (), seconds_a_run),
        (f"{ANALYSIS}/context", 2000, (), tokens),
    ],
)
async def test_a_knob_makes_it_less(
    twins: Callable[..., Any], resource: str, value: Any, effects: Any, measured: Measure
) -> None:
    left, turned = await twins(resource, value, *effects)
    assert measured(turned) < measured(left)


@pytest.mark.parametrize(
    ("resource", "value", "measured"),
    [
        (f"{ANALYSIS}/gate", "strict", fails),
        (f"{ANALYSIS}/model", "best", seconds_a_run),
        (f"{ANALYSIS}/model", "best", with_the_best_model),
        (f"{ANALYSIS}/context", 16_000, seconds_a_run),
    ],
)
async def test_a_knob_makes_it_more(
    twins: Callable[..., Any], resource: str, value: Any, measured: Measure
) -> None:
    left, turned = await twins(resource, value)
    assert measured(turned) > measured(left)


async def test_a_budget_shows_in_the_gauge_at_once(twins: Callable[..., Any]) -> None:
    left, turned = await twins("personas/data-scientist/budget", 2200)
    gauge = "hypertool_persona_token_budget_remaining"
    assert turned.before[gauge, ("persona", "data-scientist")] == (
        left.before[gauge, ("persona", "data-scientist")] + 500
    )
    assert turned.now(gauge, **PERSONA) == left.now(gauge, **PERSONA) + 500


async def test_an_exhausted_budget_that_is_raised_lets_the_work_go_on(twins: Callable[..., Any]) -> None:
    """Over its budget a persona may not use more than some times the usual."""
    rush = Working((Influence(persona="data-scientist", runs=20.0),))
    spent = KnobTurned("personas/data-scientist/budget", 0, by="x", reason="y")
    left, turned = await twins("personas/data-scientist/budget", 20_000, spent, rush)
    assert tokens(turned) > 2 * tokens(left)


@pytest.mark.parametrize(
    ("gone_in", "reason"),
    [
        (5 * 60.0, None),  # the way is free again, and nobody had tried
        (None, "unreachable"),  # trying doesn't help
    ],
)
async def test_a_connection_made_anew_writes_traces_if_nothing_is_in_the_way_any_more(
    gone_in: float | None, reason: str | None
) -> None:
    lost = (LangfuseLost(Disconnected.UNREACHABLE, gone_in),)

    async def reconnect(life: Life) -> httpx.Response:
        found = (await life.control.get("control/v1/langfuse")).json()
        assert (found["connected"], found["reason"]) == (False, "unreachable")
        answer = await life.control.post("control/v1/langfuse/reconnect", json={"reason": "firewall mended"})
        found = answer.json()
        assert (found["connected"], found["reason"], found["changed_by"]) == (reason is None, reason, "alice")
        return answer

    async with AsyncExitStack() as stack:
        life = await lived(stack, lost, reconnect)
    assert (life.risen("langfuse_trace_created_total") > 0) is (reason is None)
    assert life.risen("hypertool_persona_tokens_used_total") > 0


async def test_a_lease_that_falls_back_shows_in_the_gauge() -> None:
    clock = ManualClock()
    life = Life(clock, ())
    gauge = ("hypertool_persona_token_budget_remaining", ("persona", "data-scientist"))
    async with AsyncExitStack() as stack:
        await life.open(stack)
        order = {
            "value": 2200,
            "reason": "incident",
            "incident": "i1",
            "expires_at": ManualClock(clock.now).forward(seconds=10).isoformat(),
        }
        await life.control.put("control/v1/personas/data-scientist/budget", json=order)
        before = (await life.scrape())[gauge]
        clock.forward(seconds=70)
        await life.control.get("control/v1/personas/data-scientist/budget")
        life.after = await life.scrape()
    assert life.after[gauge] <= before - 500
