"""Asks the playbook's queries about one fix: does it work, did it make things worse, may it be undone?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from responder.diagnose.ask import ask
from responder.diagnose.clients import Metrics
from responder.diagnose.kind import Question
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.fix import Fix
from responder.engine.fixing.parts import Measured
from responder.playbook.model import Playbooks

WITHIN: Final = 5.0
"""Seconds for each query."""


@dataclass(frozen=True, slots=True)
class PlaybookMeasurer:
    """Measures by the queries that the fix's playbook declares, for the labels of its alert."""

    playbooks: Callable[[], Playbooks]
    prometheus: Metrics | None
    clock: Clock

    async def measure(self, fix: Fix) -> Measured:
        """What could be measured; nothing where the playbook is gone or was changed since the proposal."""
        playbook = self.playbooks().get(fix.alert_name)
        if playbook is None or self.prometheus is None:
            return Measured()
        subject = playbook.subject(fix.labels)
        question = Question(subjects=(subject,), now=self.clock(), within=WITHIN)
        declared = next((one for one in playbook.fixes if one.id == fix.fix), None)
        if declared is None:
            return Measured()
        check, waits = declared.check, declared.undo_waits
        value, works, worse, needs, returns = await asyncio.gather(
            self._value(playbook.measure.query, question),
            self._value(check.query, question),
            self._value(check.worse, question),
            self._value(declared.precondition, question),
            self._value(waits.while_ if waits else None, question),
        )
        good = None if value is None else not playbook.measure.bad(value)
        return Measured(
            value=value,
            works=_yes(works) if check.query else good,
            worse=_yes(worse),
            needs=_yes(needs) if declared.precondition else True,
            returns=_yes(returns),
        )

    async def _value(self, query: str | None, question: Question) -> float | None:
        """The one value that the query answers; None where there is none, or it can't be asked."""
        if query is None or self.prometheus is None:
            return None
        try:
            told = await ask(self.prometheus, query, question)
        except AdapterError:  # Not measured: that proves nothing, and is looked at again.
            return None
        return told.parts[0].value if told.parts else None


def _yes(value: float | None) -> bool | None:
    return None if value is None else value > 0
