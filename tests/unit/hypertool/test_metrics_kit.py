"""The metrics kit exports exactly the catalogue, in both variants of the collector."""

from collections.abc import Mapping
from typing import Final

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from responder.hypertool import DEFAULT_BUDGETS, HypertoolMetrics, UnknownPersonaError, Variant

PERSONA_BUCKETS: Final = "0.1 0.5 1.0 2.5 5.0 10.0 30.0 60.0 120.0 300.0 +Inf"
STAGE_BUCKETS: Final = "0.5 1.0 2.5 5.0 10.0 30.0 60.0 120.0 300.0 600.0 +Inf"

CATALOGUE: Final[Mapping[str, tuple[str, set[str]]]] = {
    # metric: type, labels
    "hypertool_persona_switches_total": ("counter", {"from_persona", "to_persona", "chatmode"}),
    "hypertool_persona_duration_seconds": ("histogram", {"persona", "chatmode"}),
    "hypertool_persona_tokens_used_total": ("counter", {"persona", "chatmode", "model"}),
    "hypertool_persona_token_budget_remaining": ("gauge", {"persona"}),
    "hypertool_workflow_stage_duration_seconds": ("histogram", {"workflow", "stage", "persona"}),
    "hypertool_workflow_quality_gate_total": ("counter", {"workflow", "stage", "result"}),
    "langfuse_trace_created_total": ("counter", {"persona"}),
}


def kit(variant: Variant = Variant.DESIGNED, *, traces_by_persona: bool = True) -> HypertoolMetrics:
    return HypertoolMetrics(CollectorRegistry(), variant, traces_by_persona=traces_by_persona)


def busy_kit(variant: Variant = Variant.DESIGNED) -> HypertoolMetrics:
    metrics = kit(variant)
    metrics.switch_persona("none", "data-scientist", "bug-fix")
    metrics.switch_persona("data-scientist", "backend-engineer", "bug-fix", active_seconds=7.0)
    metrics.record_token_usage("data-scientist", "bug-fix", "gpt-4", 100)
    metrics.record_workflow_stage("bug-fix", "analysis", "data-scientist", 45.0, quality_gate_passed=True)
    metrics.record_workflow_stage("bug-fix", "analysis", "data-scientist", 700.0, quality_gate_passed=False)
    metrics.record_trace("data-scientist")
    return metrics


def value(metrics: HypertoolMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_the_catalogue_is_exported_and_nothing_else() -> None:
    """Names, types and labels of every family, as Prometheus reads them."""
    exported = {}
    for family in busy_kit().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        exported[name] = (family.type, labels)
    assert exported == CATALOGUE


@pytest.mark.parametrize(
    ("metric", "buckets"),
    [
        ("hypertool_persona_duration_seconds", PERSONA_BUCKETS),
        ("hypertool_workflow_stage_duration_seconds", STAGE_BUCKETS),
    ],
)
def test_histograms_have_the_buckets_of_the_catalogue(metric: str, buckets: str) -> None:
    family = next(family for family in busy_kit().registry.collect() if family.name == metric)
    bounds = [sample.labels["le"] for sample in family.samples if sample.name.endswith("_bucket")]
    assert " ".join(bounds) == buckets


@pytest.mark.parametrize(
    ("variant", "passed", "failed"),
    [
        (Variant.DESIGNED, "pass", "fail"),
        (Variant.DEPLOYED, "passed", "failed"),
    ],
)
def test_a_gate_ends_in_the_words_of_the_variant(variant: Variant, passed: str, failed: str) -> None:
    metrics = busy_kit(variant)
    for word in (passed, failed):
        gate = "hypertool_workflow_quality_gate_total"
        assert value(metrics, gate, workflow="bug-fix", stage="analysis", result=word) == 1
    text = generate_latest(metrics.registry).decode()
    assert text.count("hypertool_workflow_quality_gate_total{") == 2


@pytest.mark.parametrize(
    ("variant", "over", "after_raise"),
    [
        (Variant.DESIGNED, -300, 700),  # remembers what was used beyond the budget
        (Variant.DEPLOYED, 0, 1000),  # stops at 0 and forgets it
    ],
)
def test_the_budget_gauge_of_the_variant(variant: Variant, over: int, after_raise: int) -> None:
    """Over the budget by 300 tokens, then the budget is raised by 1000."""
    metrics = kit(variant)
    metrics.record_token_usage("data-scientist", "bug-fix", "gpt-4", DEFAULT_BUDGETS["data-scientist"] + 300)
    gauge = "hypertool_persona_token_budget_remaining"
    assert value(metrics, gauge, persona="data-scientist") == over
    metrics.set_budget("data-scientist", DEFAULT_BUDGETS["data-scientist"] + 1000)
    assert value(metrics, gauge, persona="data-scientist") == after_raise
    assert metrics.get_remaining_budget("data-scientist") == after_raise


def test_a_reset_fills_the_budget_that_is_set_now() -> None:
    metrics = kit()
    metrics.set_budget("data-scientist", 900)
    metrics.record_token_usage("data-scientist", "bug-fix", "gpt-4", 5000)
    metrics.reset_budget("data-scientist")
    assert metrics.get_remaining_budget("data-scientist") == 900


def test_every_budget_is_exported_before_anything_was_used() -> None:
    """An absent gauge could never be below a threshold."""
    metrics = kit()
    for persona, tokens in DEFAULT_BUDGETS.items():
        assert value(metrics, "hypertool_persona_token_budget_remaining", persona=persona) == tokens


def test_a_persona_without_a_budget_uses_tokens_but_has_no_remaining() -> None:
    metrics = kit()
    metrics.record_token_usage("intern", "bug-fix", "gpt-4", 5)
    used = "hypertool_persona_tokens_used_total"
    assert value(metrics, used, persona="intern", chatmode="bug-fix", model="gpt-4") == 5
    assert value(metrics, "hypertool_persona_token_budget_remaining", persona="intern") is None
    for ask in (metrics.get_remaining_budget, metrics.get_budget, metrics.reset_budget):
        with pytest.raises(UnknownPersonaError):
            ask("intern")


def test_traces_are_absent_until_langfuse_is_connected() -> None:
    """Connected and without a trace the unlabelled counter is 0, which is not the same as absent."""
    metrics = kit(traces_by_persona=False)
    assert value(metrics, "langfuse_trace_created_total") is None
    metrics.langfuse_connected()
    assert value(metrics, "langfuse_trace_created_total") == 0
    metrics.record_trace("data-scientist")
    assert value(metrics, "langfuse_trace_created_total") == 1


def test_the_kit_measures_a_personas_time_by_its_own_clock() -> None:
    ticks = iter([10.0, 13.0, 13.0])
    metrics = HypertoolMetrics(CollectorRegistry(), clock=lambda: next(ticks))
    metrics.switch_persona("none", "data-scientist", "bug-fix")
    metrics.switch_persona("data-scientist", "backend-engineer", "bug-fix")
    labels = {"persona": "data-scientist", "chatmode": "bug-fix"}
    assert value(metrics, "hypertool_persona_duration_seconds_sum", **labels) == 3.0
    assert (
        value(metrics, "hypertool_persona_duration_seconds_count", persona="none", chatmode="bug-fix") is None
    )
