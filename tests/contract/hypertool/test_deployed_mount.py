"""What is particular about the collector in the field, which never goes below 0 and has one knob only."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from responder.hypertool import (
    DEFAULT_BUDGETS,
    HypertoolMetrics,
    Terms,
    Variant,
    collector_knobs,
    control_router,
)
from responder.testing.clock import ManualClock
from responder.testing.deployed import DeployedCollector

PERSONA = "backend-engineer"
GAUGE = "hypertool_persona_token_budget_remaining"
Either = DeployedCollector | HypertoolMetrics


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture(params=["the field's", "our kit, behaving like it"])
def collector(request: pytest.FixtureRequest, registry: CollectorRegistry) -> Either:
    if request.param == "the field's":
        return DeployedCollector(registry)
    return HypertoolMetrics(registry, Variant.DEPLOYED)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def control(collector: Either, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(
        control_router(collector_knobs(collector, clock), {"alice": "open"}, terms=Terms(clock))
    )
    transport, headers = httpx.ASGITransport(app), {"Authorization": "Bearer open"}
    async with httpx.AsyncClient(transport=transport, base_url="http://hypertool", headers=headers) as client:
        yield client


async def set_budget(control: httpx.AsyncClient, tokens: int) -> None:
    body = {"value": tokens, "reason": "to see what remains"}
    assert (await control.put(f"/control/v1/personas/{PERSONA}/budget", json=body)).status_code == 200


async def test_it_has_budgets_and_nothing_else(control: httpx.AsyncClient) -> None:
    listed = (await control.get("/control/v1")).json()["resources"]
    assert listed == [f"personas/{persona}/budget" for persona in DEFAULT_BUDGETS]


@pytest.mark.parametrize(
    ("method", "resource"),
    [
        ("GET", "switching/cooldown"),
        ("PUT", "switching/cooldown"),
        ("GET", "workflows/bug-fix/stages/analysis/model"),
        ("PUT", "workflows/bug-fix/stages/analysis/gate"),
        ("PUT", "workflows/bug-fix/stages/analysis/context"),
        ("GET", "langfuse"),
        ("POST", "langfuse/reconnect"),
    ],
)
async def test_what_it_has_no_knob_for_answers_501(
    control: httpx.AsyncClient, method: str, resource: str
) -> None:
    body = {"reason": "incident", **({"value": 5} if method == "PUT" else {})}
    answer = await control.request(method, f"/control/v1/{resource}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (501, "application/problem+json")


async def test_the_gauge_that_prometheus_reads_moves(
    control: httpx.AsyncClient, collector: Either, registry: CollectorRegistry
) -> None:
    collector.record_token_usage(PERSONA, "bug-fix", "gpt-4", 2300)
    assert registry.get_sample_value(GAUGE, {"persona": PERSONA}) == 0
    await set_budget(control, 2500)
    assert registry.get_sample_value(GAUGE, {"persona": PERSONA}) == 500
    collector.record_token_usage(PERSONA, "bug-fix", "gpt-4", 100)
    assert collector.get_remaining_budget(PERSONA) == 400
    await set_budget(control, 2000)
    assert registry.get_sample_value(GAUGE, {"persona": PERSONA}) == 0


async def test_lowering_and_raising_again_gives_nothing_away(
    control: httpx.AsyncClient, collector: Either
) -> None:
    """Somebody types 200 for 2000, and corrects it: what was used stays used."""
    collector.record_token_usage(PERSONA, "bug-fix", "gpt-4", 1500)
    await set_budget(control, 200)
    assert collector.get_remaining_budget(PERSONA) == 0
    await set_budget(control, 1000)
    assert collector.get_remaining_budget(PERSONA) == 0
    await set_budget(control, 2000)
    assert collector.get_remaining_budget(PERSONA) == 500


async def test_a_budget_that_was_filled_again_owes_nothing(
    control: httpx.AsyncClient, collector: Either
) -> None:
    collector.record_token_usage(PERSONA, "bug-fix", "gpt-4", 1500)
    await set_budget(control, 200)
    collector.reset_budget(PERSONA)
    await set_budget(control, 700)
    assert collector.get_remaining_budget(PERSONA) == 700


@pytest.mark.parametrize(
    ("hours", "remaining"),
    [
        (1, 0),  # the raise was used up, and goes to what is owed
        (1.01, 500),  # it may have been filled and used up since then: the raise counts
    ],
)
async def test_what_is_owed_is_forgiven_in_time(
    registry: CollectorRegistry, hours: float, remaining: int
) -> None:
    """The field's collector doesn't tell when its budgets are filled again."""
    clock, collector = ManualClock(), DeployedCollector(registry)
    knob = collector_knobs(collector, clock).find(f"personas/{PERSONA}/budget")
    collector.record_token_usage(PERSONA, "bug-fix", "gpt-4", 2000)
    knob.set(1500, by="alice", reason="less")  # type: ignore[attr-defined]  # a budget can be set
    clock.forward(hours=hours)
    knob.set(2000, by="alice", reason="more")  # type: ignore[attr-defined]  # likewise
    assert collector.get_remaining_budget(PERSONA) == remaining


async def test_the_stand_in_is_the_fields_collector(registry: CollectorRegistry) -> None:
    """It exports what our kit exports when it behaves like it."""
    kit = HypertoolMetrics(CollectorRegistry(), Variant.DEPLOYED)
    samples = []
    for one, where in ((DeployedCollector(registry), registry), (kit, kit.registry)):
        one.switch_persona("none", PERSONA, "bug-fix")
        one.record_token_usage(PERSONA, "bug-fix", "gpt-4", 2100)
        one.record_workflow_stage("bug-fix", "patch", PERSONA, 7.0, False)
        found = [sample for family in where.collect() for sample in family.samples]
        samples.append(
            {(s.name, *sorted(s.labels.items())): s.value for s in found if "created" not in s.name}
        )
    assert samples[0] == samples[1]
