"""Which quick fix answers the true cause of a scenario, and makes its alert resolve while the cause lasts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from responder.demo.mending import Cure

CURES: Final[Mapping[str, Cure]] = MappingProxyType(
    {
        # However often the two hand over, the cooldown lets one switch through in 5 s.
        "switching-oscillation": Cure(fix="switch-cooldown", natural_end=True),
        # What strict turns back, normal lets pass.
        "quality-gate-stricter-criteria": Cure(fix="relax-gate"),
        # What is sent is still too much, but half of the context takes two thirds of the time.
        "slow-stage-large-prompts": Cure(fix="smaller-context"),
        # The answers are as long as before; the faster model writes them sooner.
        "slow-stage-long-completions": Cure(fix="faster-model-tier"),
        # The faster model is slow today as well, but not too slow; both stages that fire need it.
        "slow-stage-model-latency": Cure(fix="faster-model-tier", targets=2),
        # It is over budget by less than what it gets.
        "token-budget-too-low": Cure(fix="raise-budget"),
        # The same, but the model goes on talking: it wins minutes.
        "token-budget-model-change": Cure(fix="raise-budget"),
        # What was put off stays put off, so the budget now outlasts the hour.
        "depletion-expected-spike": Cure(fix="raise-budget"),
        "metrics-crashed": Cure(fix="restart-hypertool"),
        # The way is free again, but Hypertool doesn't try by itself.
        "langfuse-unreachable": Cure(fix="reconnect-langfuse"),
    }
)
"""By the name of a scenario. Elsewhere a fix buys time at best, or takes more than one kind of it."""
