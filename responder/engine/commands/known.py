"""Which personas, workflows and stages there are now, as Prometheus knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from responder.domain.clock import Clock
from responder.engine.commands.parts import Values
from responder.playbook.model import Playbook
from responder.playbook.promql import parsed, quoted, selectors

RECENT: Final = timedelta(hours=1)
"""What had a sample within this time is there now."""
METRICS: Final[Mapping[str, Sequence[str]]] = {
    "persona": ("hypertool_persona_token_budget_remaining", "hypertool_persona_tokens_used_total"),
    "workflow": ("hypertool_workflow_quality_gate_total", "hypertool_workflow_stage_duration_seconds_count"),
}
"""By whose series one knows the names of personas and workflows."""


@dataclass(frozen=True, slots=True)
class Known:
    """Asks. Raises `AdapterError`; `within` is in seconds."""

    values: Values
    clock: Clock

    async def names(self, kind: str, *, within: float) -> tuple[str, ...]:
        """All personas, or all workflows."""
        return await self._values(kind, METRICS[kind], within)

    async def choices(
        self, playbook: Playbook, label: str, given: Mapping[str, str], *, within: float
    ) -> tuple[str, ...]:
        """The values that a label can have, where others of the playbook's variables are given."""
        names = {str(one.name) for one in selectors(parsed(playbook.measure.query)) if one.name}
        given = {name: value for name, value in given.items() if name in playbook.variables}
        matched = ",".join(f"{name}={quoted(value)}" for name, value in given.items())
        return await self._values(label, [f"{name}{{{matched}}}" for name in sorted(names)], within)

    async def _values(self, label: str, matched: Sequence[str], within: float) -> tuple[str, ...]:
        now = self.clock()
        found = await self.values.label_values(label, matched, start=now - RECENT, end=now, within=within)
        return tuple(value for value in found if value)
