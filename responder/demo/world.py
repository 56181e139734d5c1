"""An ordinary day of the reference Hypertool: its stages, models, tokens, and the curve of the day.

The budgets are small (2000 tokens a day), so a run uses a few tokens: what a persona uses in a day, spread
over the runs of its stages.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from responder.demo.simclock import DAY, HOUR
from responder.hypertool import DEFAULT_BUDGETS


class Tier(StrEnum):
    """Which model a stage works with."""

    FAST = "fast"
    BALANCED = "balanced"
    BEST = "best"


class Gate(StrEnum):
    """How strict a stage's quality gate is."""

    RELAXED = "relaxed"
    NORMAL = "normal"
    STRICT = "strict"


@dataclass(frozen=True)
class Model:
    """How a tier's model works, against the balanced one."""

    name: str
    seconds: float
    tokens: float
    flaws: float


MODELS: Final[Mapping[Tier, Model]] = MappingProxyType(
    {
        Tier.FAST: Model("gpt-4-mini", seconds=0.6, tokens=0.8, flaws=1.3),
        Tier.BALANCED: Model("gpt-4-turbo", seconds=1.0, tokens=1.0, flaws=1.0),
        Tier.BEST: Model("gpt-4", seconds=1.5, tokens=1.4, flaws=0.5),
    }
)


@dataclass(frozen=True)
class Stage:
    """One stage of a workflow and who works on it.

    Args:
        seconds: how long a run takes on its usual tier, simulated.
        chatmode: what the editor asked for; workflows and chatmodes are named alike.
        after: the persona that the work is handed to when this stage has done its share.
    """

    workflow: str
    name: str
    persona: str
    tier: Tier
    seconds: float
    chatmode: str
    after: str


def _workflow(name: str, *stages: tuple[str, str, Tier, float]) -> tuple[Stage, ...]:
    following = [persona for _, persona, _, _ in (*stages[1:], stages[0])]
    return tuple(
        Stage(name, stage, persona, tier, seconds, chatmode=name, after=after)
        for (stage, persona, tier, seconds), after in zip(stages, following, strict=True)
    )


STAGES: Final = (
    *_workflow(
        "feature-implementation",
        ("design", "backend-engineer", Tier.BALANCED, 14.0),
        ("implementation", "backend-engineer", Tier.BALANCED, 27.0),
        ("interface", "frontend-engineer", Tier.BALANCED, 14.0),
        ("testing", "testing-specialist", Tier.FAST, 9.0),
    ),
    *_workflow(
        "bug-fix",
        ("triage", "observability-expert", Tier.FAST, 6.0),
        ("analysis", "data-scientist", Tier.BALANCED, 26.0),
        ("patch", "frontend-engineer", Tier.BALANCED, 12.0),
        ("verification", "testing-specialist", Tier.FAST, 12.0),
    ),
    *_workflow(
        "package-release",
        ("build", "devops-engineer", Tier.FAST, 8.0),
        ("publish", "devops-engineer", Tier.BEST, 13.0),
    ),
)
CHATMODES: Final = tuple(dict.fromkeys(stage.chatmode for stage in STAGES))
PERSONAS: Final = tuple(DEFAULT_BUDGETS)

RUN_EVERY: Final = 135.0
"""Simulated seconds from one run of a stage to its next, at activity 1.

So few that there is a run in each 5 minutes of a quiet hour too, by a margin: that is the window of an
alert's rule, and a stage without a gate in it has no series.
"""

HAND_OVER_EVERY: Final = 40.0
"""Real seconds a stage's work lasts under its persona; about 0.2 switches a second in all, at any factor.

Two within a second, which a faster demo takes for an alert's limit, have to be rare.
"""

USUAL_FLAWS: Final = 0.025
"""Flaws a run leaves; a gate fails when they have added up to one."""

STRICT_FLAWS: Final = 0.84
"""Flaws that only a strict gate finds."""

GATE_SHARE: Final[Mapping[Gate, float]] = MappingProxyType(
    {Gate.RELAXED: 0.3, Gate.NORMAL: 1.0, Gate.STRICT: 1.0}
)
"""Which share of the flaws the gate minds."""

DEFAULT_CONTEXT: Final = 8000

DAILY_USE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "backend-engineer": 0.82,
        "frontend-engineer": 0.68,
        "devops-engineer": 0.60,
        "testing-specialist": 0.66,
        "observability-expert": 0.55,
        "data-scientist": 0.64,
    }
)
"""Share of its budget each persona uses on an ordinary day."""


COMPLETION_SHARE: Final = 0.25
"""Share of a call's tokens that are its answer; the others are its prompt."""


def activity(simulated: float) -> float:
    """How busy the hour is: most at 10:00 UTC, a little less than an average day at night."""
    hour = simulated % DAY / HOUR
    return 0.75 + 0.45 * math.exp(-(((hour - 10.0) / 3.5) ** 2))


@cache
def usual_tokens(persona: str) -> float:
    """Tokens a run on the usual tier uses on average."""
    stages = sum(stage.persona == persona for stage in STAGES)
    runs = stages * sum(activity(hour * HOUR) * HOUR / RUN_EVERY for hour in range(24))
    return DEFAULT_BUDGETS[persona] * DAILY_USE[persona] / runs


def context_share(tokens: int) -> float:
    """How long and how dear a run is with so large a context, against the default one."""
    return 0.3 + 0.7 * tokens / DEFAULT_CONTEXT
