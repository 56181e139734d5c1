"""The metrics kit: every metric Hypertool exports, under its exact name, with its labels and buckets.

Two collectors exist: `Variant.DESIGNED` is the one on paper, `Variant.DEPLOYED` the one that runs in the
field. They differ in two ways: the budget gauge goes negative or stops at 0, and a gate ends in
`pass`/`fail` or in `passed`/`failed`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

DEFAULT_BUDGETS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "backend-engineer": 2000,
        "frontend-engineer": 1800,
        "devops-engineer": 1800,
        "testing-specialist": 1500,
        "observability-expert": 2000,
        "data-scientist": 1700,
    }
)
"""Tokens a period each persona may use."""

PERSONA_DURATION_BUCKETS: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
STAGE_DURATION_BUCKETS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)

NO_PERSONA: Final = "none"
"""The `from_persona` of a first switch."""


class Variant(StrEnum):
    """Which collector the kit behaves like."""

    DESIGNED = "designed"
    DEPLOYED = "deployed"

    @property
    def gate_words(self) -> tuple[str, str]:
        """The `result` of a gate that passed, and of one that failed."""
        return ("pass", "fail") if self is Variant.DESIGNED else ("passed", "failed")

    @property
    def stops_at_zero(self) -> bool:
        """Whether the budget gauge is clamped; such a collector forgets what was used beyond the budget."""
        return self is Variant.DEPLOYED


class UnknownPersonaError(LookupError):
    """This persona has no token budget."""


class HypertoolMetrics:
    """Records what Hypertool does. One instance a registry; safe to call from several threads.

    Args:
        registry: where the metrics are exported from.
        variant: which of the two collectors to behave like.
        budgets: tokens a period by persona.
        traces_by_persona: whether `langfuse_trace_created_total` carries the label `persona`.
        clock: seconds, only ever rising; measures how long a persona was worked under.
    """

    def __init__(
        self,
        registry: CollectorRegistry = REGISTRY,
        variant: Variant = Variant.DESIGNED,
        *,
        budgets: Mapping[str, int] = DEFAULT_BUDGETS,
        traces_by_persona: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registry = registry
        self.variant = variant
        self._clock = clock
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._token_budgets = dict(budgets)
        self._remaining = dict(budgets)
        self._swallowed = dict.fromkeys(budgets, 0)
        self._trace_labels = ("persona",) if traces_by_persona else ()
        self.langfuse_traces: Counter | None = None
        self._make_persona_metrics(registry)
        self._make_workflow_metrics(registry)
        for persona, tokens in budgets.items():
            self.persona_token_budget.labels(persona).set(tokens)

    def _make_persona_metrics(self, registry: CollectorRegistry) -> None:
        self.persona_switches = Counter(
            "hypertool_persona_switches",
            "Switches from one persona to another.",
            ("from_persona", "to_persona", "chatmode"),
            registry=registry,
        )
        self.persona_duration = Histogram(
            "hypertool_persona_duration_seconds",
            "How long a persona was worked under before the next switch.",
            ("persona", "chatmode"),
            buckets=PERSONA_DURATION_BUCKETS,
            registry=registry,
        )
        self.persona_tokens_used = Counter(
            "hypertool_persona_tokens_used",
            "Tokens used.",
            ("persona", "chatmode", "model"),
            registry=registry,
        )
        self.persona_token_budget = Gauge(
            "hypertool_persona_token_budget_remaining",
            "Tokens left of the persona's budget for this period.",
            ("persona",),
            registry=registry,
        )

    def _make_workflow_metrics(self, registry: CollectorRegistry) -> None:
        self.workflow_stage_duration = Histogram(
            "hypertool_workflow_stage_duration_seconds",
            "How long a workflow's stage took.",
            ("workflow", "stage", "persona"),
            buckets=STAGE_DURATION_BUCKETS,
            registry=registry,
        )
        self.workflow_quality_gate = Counter(
            "hypertool_workflow_quality_gate",
            "Quality gates by how they ended.",
            ("workflow", "stage", "result"),
            registry=registry,
        )

    def switch_persona(
        self, from_persona: str, to_persona: str, chatmode: str, *, active_seconds: float | None = None
    ) -> None:
        """Count a switch and record how long `from_persona` was worked under.

        Args:
            from_persona: `NO_PERSONA` at the first switch.
            to_persona: the persona from now on.
            chatmode: what the user's editor asked for.
            active_seconds: the time under `from_persona`, for callers that run several sessions at once;
                without it, the time since the last switch to it counts, if there was one.
        """
        self.persona_switches.labels(from_persona, to_persona, chatmode).inc()
        with self._lock:
            began = self._since.pop(from_persona, None)
            self._since[to_persona] = self._clock()
        if active_seconds is None and began is not None:
            active_seconds = self._clock() - began
        if active_seconds is not None and from_persona != NO_PERSONA:
            self.persona_duration.labels(from_persona, chatmode).observe(active_seconds)

    def record_token_usage(self, persona: str, chatmode: str, model: str, tokens: int) -> None:
        """Count tokens and take them from the persona's budget, if it has one."""
        self.persona_tokens_used.labels(persona, chatmode, model).inc(tokens)
        with self._lock:
            if persona in self._remaining:
                self._move_remaining(persona, -tokens)

    def record_workflow_stage(
        self,
        workflow: str,
        stage: str,
        persona: str,
        duration_seconds: float,
        quality_gate_passed: bool,  # noqa: FBT001 - the signature of the collector that is deployed
    ) -> None:
        """Record a finished stage: its duration and how its gate ended."""
        passed, failed = self.variant.gate_words
        self.workflow_stage_duration.labels(workflow, stage, persona).observe(duration_seconds)
        self.workflow_quality_gate.labels(workflow, stage, passed if quality_gate_passed else failed).inc()

    def langfuse_connected(self) -> Counter:
        """Export `langfuse_trace_created_total` from now on; before, it is absent."""
        with self._lock:
            if self.langfuse_traces is None:
                self.langfuse_traces = Counter(
                    "langfuse_trace_created",
                    "Traces created in Langfuse.",
                    self._trace_labels,
                    registry=self.registry,
                )
            return self.langfuse_traces

    def record_trace(self, persona: str) -> None:
        """Count a trace created in Langfuse."""
        traces = self.langfuse_connected()
        (traces.labels(persona) if self._trace_labels else traces).inc()

    @property
    def personas(self) -> tuple[str, ...]:
        """The personas that have a budget."""
        return tuple(self._token_budgets)

    def get_budget(self, persona: str) -> int:
        """Tokens a period. Raises `UnknownPersonaError`."""
        return _of(self._token_budgets, persona)

    def get_remaining_budget(self, persona: str) -> int:
        """Tokens left in this period. Raises `UnknownPersonaError`."""
        return _of(self._remaining, persona)

    def set_budget(self, persona: str, tokens: int) -> None:
        """Set the tokens a period; what remains moves by the difference at once.

        Where the clamp at 0 swallows a part of the way down, the way up is as much shorter: a budget that
        is lowered and raised again leaves what there was.

        Raises:
            UnknownPersonaError: the persona has no budget.
        """
        with self._lock:
            before = _of(self._token_budgets, persona)
            self._token_budgets[persona] = tokens
            by = tokens - before - self._swallowed[persona]
            self._swallowed[persona] = self._move_remaining(persona, by)

    def reset_budget(self, persona: str) -> None:
        """Fill the budget, as a new period does. Raises `UnknownPersonaError`."""
        with self._lock:
            self._move_remaining(persona, _of(self._token_budgets, persona) - _of(self._remaining, persona))
            self._swallowed[persona] = 0

    def _move_remaining(self, persona: str, tokens: int) -> int:
        """Move it, and answer how many tokens the clamp swallowed."""
        exact = self._remaining[persona] + tokens
        remaining = max(0, exact) if self.variant.stops_at_zero else exact
        self._remaining[persona] = remaining
        self.persona_token_budget.labels(persona).set(remaining)
        return remaining - exact


def _of(table: Mapping[str, int], persona: str) -> int:
    try:
        return table[persona]
    except KeyError:
        raise UnknownPersonaError(f"persona {persona!r} has no token budget") from None
