"""Under what conditions the agents work: where the knobs stand, and what is unlike an ordinary day."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from responder.demo.world import (
    COMPLETION_SHARE,
    DEFAULT_CONTEXT,
    GATE_SHARE,
    MODELS,
    STAGES,
    STRICT_FLAWS,
    USUAL_FLAWS,
    Gate,
    Model,
    Stage,
    Tier,
    context_share,
)

StageKey = tuple[str, str]
"""Workflow and stage."""

MOST_FLAWS: Final = 0.9
USUAL_PROMPT_VERSION: Final = 3


@dataclass(frozen=True)
class Influence:
    """What makes the work of some agents different from an ordinary day.

    The names narrow down whose work; an empty one means everybody's. The numbers are against an ordinary day.

    Args:
        tokens: tokens a run, times. prompt, completion: besides, those of them that are sent and those that
            come back, times.
        same_prompts: every call sends what was sent before.
        new_prompt: calls are made with a new version of the stage's prompt.
        seconds: duration of a run, times. flaws: flaws a run leaves, added.
        runs: runs in the same time, times. calls: calls to the model a run is cut into; each takes as long
            as the whole run on an ordinary day. retry_seconds: duration of a retry, against a first attempt.
        rationed_from: the work can wait: as the persona's remaining tokens shrink below this, it slows down
            in proportion. None: it takes what it needs.
    """

    persona: str | None = None
    workflow: str | None = None
    stage: str | None = None
    model: str | None = None
    chatmode: str | None = None
    tokens: float = 1.0
    seconds: float = 1.0
    flaws: float = 0.0
    runs: float = 1.0
    calls: int = 1
    prompt: float = 1.0
    completion: float = 1.0
    same_prompts: bool = False
    new_prompt: bool = False
    retry_seconds: float = 1.0
    rationed_from: int | None = None

    def concerns(self, stage: Stage, model: Model) -> bool:
        """Whether it makes a difference to this stage's work with this model."""
        asked = (self.persona, self.workflow, self.stage, self.model, self.chatmode)
        have = (stage.persona, stage.workflow, stage.name, model.name, stage.chatmode)
        return all(one is None or one == other for one, other in zip(asked, have, strict=True))


@dataclass(frozen=True)
class Manner:
    """How a run is worked now: absolute seconds and flaws, tokens and runs against the usual."""

    model: Model
    seconds: float
    tokens: float
    flaws: float
    runs: float
    calls: int
    completion_share: float
    """Of the tokens."""
    same_prompts: bool
    prompt_version: int
    retry_seconds: float
    rationed_from: int | None


class Conditions:
    """The knobs' positions and the influences in force."""

    def __init__(self) -> None:
        self.tiers: dict[StageKey, Tier] = {(stage.workflow, stage.name): stage.tier for stage in STAGES}
        self.gates: dict[StageKey, Gate] = dict.fromkeys(self.tiers, Gate.NORMAL)
        self.contexts: dict[StageKey, int] = dict.fromkeys(self.tiers, DEFAULT_CONTEXT)
        self.cooldown: int = 0
        self.influences: tuple[Influence, ...] = ()

    def manner(self, stage: Stage) -> Manner:
        """How this stage is worked now."""
        key = (stage.workflow, stage.name)
        return _manner(stage, self.tiers[key], self.gates[key], self.contexts[key], self.influences)


@lru_cache(maxsize=1024)
def _manner(stage: Stage, tier: Tier, gate: Gate, context: int, influences: tuple[Influence, ...]) -> Manner:
    """Asked with every call of every agent, and seldom anything new."""
    model, usual = MODELS[tier], MODELS[stage.tier]
    size = context_share(context)
    felt = [one for one in influences if one.concerns(stage, model)]
    calls = max((one.calls for one in felt), default=1)
    sent = (1 - COMPLETION_SHARE) * math.prod(one.prompt for one in felt)
    answered = COMPLETION_SHARE * math.prod(one.completion for one in felt)
    return Manner(
        model=model,
        seconds=stage.seconds
        * model.seconds
        / usual.seconds
        * size
        * math.prod(one.seconds for one in felt)
        * calls,
        tokens=model.tokens / usual.tokens * size * math.prod(one.tokens for one in felt) * (sent + answered),
        flaws=_flaws(gate, model, felt),
        runs=math.prod(one.runs for one in felt),
        calls=calls,
        completion_share=answered / (sent + answered),
        same_prompts=any(one.same_prompts for one in felt),
        prompt_version=USUAL_PROMPT_VERSION + any(one.new_prompt for one in felt),
        retry_seconds=math.prod(one.retry_seconds for one in felt),
        rationed_from=next((one.rationed_from for one in felt if one.rationed_from is not None), None),
    )


def _flaws(gate: Gate, model: Model, felt: Iterable[Influence]) -> float:
    found = (USUAL_FLAWS * model.flaws + sum(one.flaws for one in felt)) * GATE_SHARE[gate]
    return min(MOST_FLAWS, found + (STRICT_FLAWS if gate is Gate.STRICT else 0.0))
