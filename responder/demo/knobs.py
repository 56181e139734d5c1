"""The reference Hypertool's knobs: where each value lives, its default and its bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from responder.demo.conditions import Conditions, StageKey
from responder.demo.langfuse_link import LangfuseLink
from responder.demo.world import DEFAULT_CONTEXT, STAGES, Gate, Tier
from responder.hypertool import (
    CONTEXT,
    COOLDOWN,
    DEFAULT_BUDGETS,
    GATE,
    LANGFUSE,
    MODEL,
    Board,
    Dial,
    HypertoolMetrics,
    Knob,
    Setting,
    budget_dial,
)


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

    def connect_langfuse(self, by: str) -> None: ...

    def now(self) -> datetime: ...


def knob_board(owner: Owner) -> Board:
    """All knobs of this Hypertool."""
    return Board(_knobs(owner))


def _knobs(owner: Owner) -> Iterator[Knob]:
    for persona in owner.metrics.personas:
        yield budget_dial(owner.metrics, persona, DEFAULT_BUDGETS[persona], owner.now)
    yield Dial(
        COOLDOWN.path,
        COOLDOWN.unit,
        0,
        COOLDOWN.bounds,
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


def _model(owner: Owner, key: StageKey, usual: Tier) -> Dial:
    tiers = owner.conditions.tiers
    return Dial(
        MODEL.resource(workflow=key[0], stage=key[1]),
        MODEL.unit,
        usual.value,
        MODEL.bounds,
        get=lambda: tiers[key].value,
        put=lambda tier: tiers.update({key: Tier(tier)}),
        now=owner.now,
    )


def _gate(owner: Owner, key: StageKey) -> Dial:
    gates = owner.conditions.gates
    return Dial(
        GATE.resource(workflow=key[0], stage=key[1]),
        GATE.unit,
        Gate.NORMAL.value,
        GATE.bounds,
        get=lambda: gates[key].value,
        put=lambda gate: gates.update({key: Gate(gate)}),
        now=owner.now,
    )


def _context(owner: Owner, key: StageKey) -> Dial:
    contexts = owner.conditions.contexts
    return Dial(
        CONTEXT.resource(workflow=key[0], stage=key[1]),
        CONTEXT.unit,
        DEFAULT_CONTEXT,
        CONTEXT.bounds,
        get=lambda: contexts[key],
        put=lambda tokens: contexts.update({key: tokens}),
        now=owner.now,
    )


@dataclass(frozen=True)
class LangfuseKnob:
    """The connection to Langfuse: can be read and made anew, not set. `reason` is why there is none."""

    owner: Owner
    resource: str = LANGFUSE.path

    def read(self) -> Setting:
        link = self.owner.langfuse
        changed_at, changed_by = self.owner.langfuse_changed or (None, None)
        return Setting(
            resource=self.resource,
            value=link.connected,
            unit=None,
            default=True,
            bounds=LANGFUSE.bounds,
            changed_at=changed_at,
            changed_by=changed_by,
            reason=None if link.reason is None else link.reason.value,
            extra={"connected": link.connected},
        )

    async def reconnect(self, *, by: str, reason: str) -> Setting:  # noqa: ARG002 - the log has the reason
        """Connect with the credentials of now."""
        self.owner.connect_langfuse(by)
        return self.read()
