"""What agents do is in Langfuse: the same calls, the same tokens, marked with who was at work."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from responder.demo.langfuse_link import KEPT
from responder.demo.tracing import Tracer
from responder.testing.langfuse import Fault, FaultKind, Project, create_app
from responder.testing.loopback import serving

HOUR = 3600.0


def tokens(calls: list[Any]) -> tuple[int, int]:
    return sum(call.tokens_in for call in calls), sum(call.tokens_out for call in calls)


def used(life: Any) -> float:
    """Tokens that the metrics say were used."""
    collected = (sample for family in life.hypertool.registry.collect() for sample in family.samples)
    return sum(float(one.value) for one in collected if one.name == "hypertool_persona_tokens_used_total")


def test_traced_tokens_are_those_of_the_metrics(watch: Callable[..., Any]) -> None:
    life = watch(5)
    life.hypertool.langfuse.unsent.clear()
    before = used(life)
    life.live(HOUR)
    calls = list(life.hypertool.langfuse.unsent)
    assert 0 < len(calls) < KEPT
    assert sum(tokens(calls)) == used(life) - before
    assert 0.2 < tokens(calls)[1] / sum(tokens(calls)) < 0.3  # a quarter comes back


@pytest.mark.parametrize(
    ("scenario", "persona", "changed"),
    [
        ("slow-stage-large-prompts", "data-scientist", {"more in"}),
        ("slow-stage-long-completions", "data-scientist", {"more out"}),
        ("token-budget-prompt-bloat", "backend-engineer", {"more in"}),
        ("token-budget-no-caching", "frontend-engineer", {"repeated"}),
        ("depletion-caching-off", "frontend-engineer", {"repeated"}),
        ("depletion-expected-spike", "frontend-engineer", set()),
    ],
)
def test_scenarios_change_what_is_sent_or_what_comes_back(
    watch: Callable[..., Any], scenario: str, persona: str, changed: set[str]
) -> None:
    """Metrics see more tokens a stage in each of them."""
    life = watch(5)
    unsent = life.hypertool.langfuse.unsent
    usual = [call for call in unsent if call.stage.persona == persona]
    unsent.clear()
    life.director.play(scenario)
    life.live(0.25 * HOUR)
    now = [call for call in unsent if call.stage.persona == persona]
    each_in, each_out = (sum_now / len(now) for sum_now in tokens(now))
    usual_in, usual_out = (before / len(usual) for before in tokens(usual))
    found = {
        "more in": each_in > 1.5 * usual_in,
        "more out": each_out > 1.5 * usual_out,
        "repeated": len({call.prompt for call in now}) < len(now) / 2,
    }
    assert {what for what, is_so in found.items() if is_so} == changed


def test_a_new_prompt_is_a_version_that_none_of_the_days_before_used(watch: Callable[..., Any]) -> None:
    life = watch(5)
    unsent = life.hypertool.langfuse.unsent
    known = {call.prompt_version for call in unsent}
    unsent.clear()
    life.director.play("quality-gate-prompt-issues")
    life.live(0.25 * HOUR)
    new = {(call.stage.workflow, call.stage.name) for call in unsent if call.prompt_version not in known}
    assert new == {("feature-implementation", "interface")}


async def test_calls_wait_until_langfuse_takes_them(watch: Callable[..., Any]) -> None:
    life = watch(5)
    hypertool = life.hypertool
    made = len(hypertool.langfuse.unsent)
    project = Project()
    project.faults.add(Fault(FaultKind.HTTP, "/api/public/ingestion", status=500))
    async with serving(create_app(project)) as url:
        sending = asyncio.create_task(Tracer(hypertool.langfuse, hypertool.clock.moment, url).run())
        async with asyncio.timeout(20):
            while hypertool.langfuse.unsent:  # noqa: ASYNC110 - it goes on in the background
                await asyncio.sleep(0.01)
        sending.cancel()
    assert len(project.observations) == len(project.traces) == made
    one = next(iter(project.observations.values()))
    assert one["type"] == "GENERATION"
    assert set(one["metadata"]) == {"persona", "workflow", "stage", "chatmode"}
    assert one["usageDetails"]["total"] == one["usageDetails"]["input"] + one["usageDetails"]["output"]


def test_without_a_connection_nothing_is_traced(watch: Callable[..., Any]) -> None:
    life = watch(5)
    life.hypertool.langfuse.unsent.clear()
    life.director.play("langfuse-missing-credentials")
    life.live(HOUR)
    assert not life.hypertool.langfuse.unsent
