"""The reference Hypertool's knobs: where each value lives, its default and its bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from responder.demo.conditions import Conditions, StageKey
from responder.demo.langfuse_link import LangfuseLink
from responder.demo.world import DEFAULT_CONTEXT, STAGES, Gate, Tier
from responder.hypertool import (
    DEFAULT_BUDGETS,
    Board,
    Choices,
    Dial,
    HypertoolMetrics,
    Knob,
    Range,
    Setting,
)

BUDGETS: Final = Range(0, 20000)
COOLDOWNS: Final = Range(0, 60)
CONTEXTS: Final = Range(1000, 32000)


class Owner(Protocol):
    """What the knobs act on."""

    @property
    def metrics(self) -> HypertoolMetrics: ...

    @property
    def conditions(self) -> Conditions: ...

    @property
    def langfuse(self) -> LangfuseLink: ...

    @property
    def langfuse_changed(self) -> tuple[datetime, str] | None: ...

    def now(self) -> datetime: ...


def knob_board(owner: Owner) -> Board:
    """All knobs of this Hypertool."""
    return Board(_knobs(owner))


def _knobs(owner: Owner) -> Iterator[Knob]:
    for persona in owner.metrics.personas:
        yield _budget(owner, persona)
    yield Dial(
        "switching/cooldown",
        "seconds",
        0,
        COOLDOWNS,
        get=lambda: owner.conditions.cooldown,
        put=lambda seconds: setattr(owner.conditions, "cooldown", seconds),
        now=owner.now,
    )
    for stage in STAGES:
        key = (stage.workflow, stage.name)
        yield _model(owner, key, stage.tier)
        yield _gate(owner, key)
        yield _context(owner, key)
    yield LangfuseKnob(owner)


def _budget(owner: Owner, persona: str) -> Dial:
    return Dial(
        f"personas/{persona}/budget",
        "tokens",
        DEFAULT_BUDGETS[persona],
        BUDGETS,
        get=lambda: owner.metrics.get_budget(persona),
        put=lambda tokens: owner.metrics.set_budget(persona, tokens),
        now=owner.now,
    )


def _model(owner: Owner, key: StageKey, usual: Tier) -> Dial:
    tiers = owner.conditions.tiers
    return Dial(
        _path(key, "model"),
        None,
        usual.value,
        Choices(tuple(tier.value for tier in Tier)),
        get=lambda: tiers[key].value,
        put=lambda tier: tiers.update({key: Tier(tier)}),
        now=owner.now,
    )


def _gate(owner: Owner, key: StageKey) -> Dial:
    gates = owner.conditions.gates
    return Dial(
        _path(key, "gate"),
        None,
        Gate.NORMAL.value,
        Choices(tuple(gate.value for gate in Gate)),
        get=lambda: gates[key].value,
        put=lambda gate: gates.update({key: Gate(gate)}),
        now=owner.now,
    )


def _context(owner: Owner, key: StageKey) -> Dial:
    contexts = owner.conditions.contexts
    return Dial(
        _path(key, "context"),
        "tokens",
        DEFAULT_CONTEXT,
        CONTEXTS,
        get=lambda: contexts[key],
        put=lambda tokens: contexts.update({key: tokens}),
        now=owner.now,
    )


def _path(key: StageKey, knob: str) -> str:
    workflow, stage = key
    return f"workflows/{workflow}/stages/{stage}/{knob}"


@dataclass(frozen=True)
class LangfuseKnob:
    """The connection to Langfuse: can be read, not set. `reason` is why there is none."""

    owner: Owner
    resource: str = "langfuse"

    def read(self) -> Setting:
        link = self.owner.langfuse
        changed_at, changed_by = self.owner.langfuse_changed or (None, None)
        return Setting(
            resource=self.resource,
            value=link.connected,
            unit=None,
            default=True,
            bounds=Choices((True, False)),
            changed_at=changed_at,
            changed_by=changed_by,
            reason=None if link.reason is None else link.reason.value,
            extra={"connected": link.connected},
        )
