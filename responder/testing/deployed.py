"""A stand-in for the collector that runs in the field, with what it does and what it doesn't.

It clamps a budget at 0, writes `passed` and `failed`, keeps no sum of used tokens, knows no period, and has
none of the knobs. Its own way to fill a budget is `reset_budget`.
"""

import time

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from responder.hypertool import DEFAULT_BUDGETS, PERSONA_DURATION_BUCKETS, STAGE_DURATION_BUCKETS


class DeployedCollector:
    """Records what Hypertool does, as it does in the field."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._token_budgets = dict(DEFAULT_BUDGETS)
        self._active_since: dict[str, float] = {}
        self.persona_switches = Counter(
            "hypertool_persona_switches_total",
            "Persona switches",
            ["from_persona", "to_persona", "chatmode"],
            registry=registry,
        )
        self.persona_duration = Histogram(
            "hypertool_persona_duration_seconds",
            "Time under a persona",
            ["persona", "chatmode"],
            buckets=PERSONA_DURATION_BUCKETS,
            registry=registry,
        )
        self.persona_tokens = Counter(
            "hypertool_persona_tokens_used_total",
            "Tokens used",
            ["persona", "chatmode", "model"],
            registry=registry,
        )
        self.persona_token_budget = Gauge(
            "hypertool_persona_token_budget_remaining",
            "Tokens left",
            ["persona"],
            registry=registry,
        )
        self.workflow_stage_duration = Histogram(
            "hypertool_workflow_stage_duration_seconds",
            "Time a stage took",
            ["workflow", "stage", "persona"],
            buckets=STAGE_DURATION_BUCKETS,
            registry=registry,
        )
        self.workflow_quality_gate = Counter(
            "hypertool_workflow_quality_gate_total",
            "Quality gates",
            ["workflow", "stage", "result"],
            registry=registry,
        )
        for persona in self._token_budgets:
            self.reset_budget(persona)

    def switch_persona(self, from_persona: str, to_persona: str, chatmode: str) -> None:
        """Count it, with the time under the persona before."""
        self.persona_switches.labels(from_persona, to_persona, chatmode).inc()
        began = self._active_since.pop(from_persona, None)
        if began is not None:
            self.persona_duration.labels(from_persona, chatmode).observe(time.monotonic() - began)
        self._active_since[to_persona] = time.monotonic()

    def record_token_usage(self, persona: str, chatmode: str, model: str, tokens: int) -> None:
        """Count them, and take them from what is left: at most all of it."""
        self.persona_tokens.labels(persona, chatmode, model).inc(tokens)
        left = max(0, self.get_remaining_budget(persona) - tokens)
        self.persona_token_budget.labels(persona=persona).set(left)

    def record_workflow_stage(
        self,
        workflow: str,
        stage: str,
        persona: str,
        duration_seconds: float,
        quality_gate_passed: bool,  # noqa: FBT001 - the field's signature
    ) -> None:
        """Record a finished stage and its gate."""
        self.workflow_stage_duration.labels(workflow, stage, persona).observe(duration_seconds)
        self.workflow_quality_gate.labels(
            workflow, stage, "passed" if quality_gate_passed else "failed"
        ).inc()

    def get_remaining_budget(self, persona: str) -> int:
        """What the gauge says: there is no other place."""
        return int(self.persona_token_budget.labels(persona=persona)._value.get())  # noqa: SLF001 - as in the field

    def reset_budget(self, persona: str) -> None:
        """Fill it."""
        self.persona_token_budget.labels(persona=persona).set(self._token_budgets.get(persona, 0))
