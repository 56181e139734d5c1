"""Every knob of the control API acts on the agents' work."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from responder.demo.reference import ReferenceHypertool
from responder.demo.simclock import HOUR, LIVE, SimClock
from responder.domain.clock import instant
from responder.hypertool import SettableKnob, Value

CLOCK = SimClock(instant("2026-03-03T09:30:00Z"), 60.0)
ANALYSIS = {"workflow": "bug-fix", "stage": "analysis"}


def lived(resource: str, value: Value, hours: float = 6) -> ReferenceHypertool:
    """A Hypertool that has worked with one knob at this value."""
    hypertool = ReferenceHypertool(CLOCK, 7, start=LIVE)
    turn(hypertool, resource, value)
    hypertool.advance(LIVE + hours * HOUR)
    return hypertool


def turn(hypertool: ReferenceHypertool, resource: str, value: Value) -> None:
    cast("SettableKnob", hypertool.knobs.find(resource)).set(value, by="alice", reason="to see what it does")


def total(hypertool: ReferenceHypertool, name: str, **labels: str) -> float:
    samples = [sample for family in hypertool.registry.collect() for sample in family.samples]
    wanted = [one for one in samples if one.name == name and labels.items() <= one.labels.items()]
    return sum(sample.value for sample in wanted)


def seconds_a_run(hypertool: ReferenceHypertool) -> float:
    name = "hypertool_workflow_stage_duration_seconds"
    return total(hypertool, f"{name}_sum", **ANALYSIS) / total(hypertool, f"{name}_count", **ANALYSIS)


def tokens_used(hypertool: ReferenceHypertool) -> float:
    return total(hypertool, "hypertool_persona_tokens_used_total", persona="data-scientist")


def fails(hypertool: ReferenceHypertool) -> float:
    return total(hypertool, "hypertool_workflow_quality_gate_total", **ANALYSIS, result="fail")


def switches(hypertool: ReferenceHypertool) -> float:
    return total(hypertool, "hypertool_persona_switches_total")


STAGE = "workflows/bug-fix/stages/analysis"


@pytest.mark.parametrize(
    ("resource", "low", "high", "measured"),
    [
        (f"{STAGE}/model", "fast", "balanced", seconds_a_run),
        (f"{STAGE}/model", "balanced", "best", seconds_a_run),
        (f"{STAGE}/model", "fast", "best", tokens_used),
        (f"{STAGE}/model", "best", "fast", fails),  # a better model makes fewer mistakes
        (f"{STAGE}/gate", "relaxed", "normal", fails),
        (f"{STAGE}/gate", "normal", "strict", fails),
        (f"{STAGE}/context", 4000, 8000, seconds_a_run),
        (f"{STAGE}/context", 4000, 8000, tokens_used),
        ("switching/cooldown", 5, 0, switches),
    ],
)
def test_a_knob_moves_what_is_measured(
    resource: str, low: Value, high: Value, measured: Callable[[ReferenceHypertool], float]
) -> None:
    assert measured(lived(resource, low)) < measured(lived(resource, high))


def test_a_budget_moves_what_remains_at_once() -> None:
    hypertool = lived("personas/data-scientist/budget", 1700, hours=1)
    before = hypertool.remaining("data-scientist")
    turn(hypertool, "personas/data-scientist/budget", 2200)
    assert hypertool.remaining("data-scientist") == before + 500


def test_a_cooldown_is_in_real_seconds() -> None:
    """A storm of 5 a second is held down to one in 5 real seconds: 12 a real minute."""
    hypertool = ReferenceHypertool(CLOCK, 7, start=LIVE)
    turn(hypertool, "switching/cooldown", 5)
    hypertool.advance(LIVE + HOUR)
    assert switches(hypertool) <= 12 + 1


@pytest.mark.parametrize(
    ("scenario", "resource", "value", "alert"),
    [
        # the quick fixes that answer the scenario's cause
        ("switching-oscillation", "switching/cooldown", 5, "ExcessivePersonaSwitching"),
        ("slow-stage-large-prompts", f"{STAGE}/context", 2000, "SlowWorkflowStage"),
        (
            "quality-gate-stricter-criteria",
            "workflows/bug-fix/stages/verification/gate",
            "normal",
            "HighQualityGateFailureRate",
        ),
    ],
)
def test_the_fix_of_a_cause_ends_the_alert_while_the_cause_lasts(
    watch: Callable[..., Any], scenario: str, resource: str, value: Value, alert: str
) -> None:
    life = watch(5)
    life.director.play(scenario)
    life.live(2400)
    assert life.firing(alert)[-1][1]
    turn(life.hypertool, resource, value)
    life.live(1800)
    assert not life.firing(alert)[-1][1]


def test_every_resource_of_the_contract_is_there() -> None:
    """Six budgets, the cooldown, three knobs for each of ten stages, Langfuse."""
    resources = ReferenceHypertool(CLOCK, 7, start=LIVE).knobs.resources()
    assert len(resources) == 6 + 1 + 3 * 10 + 1
    assert {"switching/cooldown", "langfuse", f"{STAGE}/gate"} <= set(resources)
