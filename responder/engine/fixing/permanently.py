"""Finds out which values of an incident's alerts were raised again and again, and what would be right."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from responder.clients.hypertool import ControlApi, Knob
from responder.diagnose.clients import Metrics
from responder.diagnose.daily import used_daily
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.fix import Fix
from responder.domain.incident import Incident
from responder.domain.report import Permanent, Scalar, Subject
from responder.engine.fixing.plans import span
from responder.playbook.fixes import Permanent as Declared
from responder.playbook.model import Playbook
from responder.playbook.targets import BadTarget, target_of
from responder.policy.permanent import RAISED, WEEK, percentile, raises, right_value
from responder.policy.target import Bounds
from responder.storage import fixes
from responder.storage.database import Database

WITHIN: Final = 2.0
"""Seconds for each question: nobody waits longer for the first word."""
MOST: Final = 3
"""Values that are looked at for one incident."""

Raised = Mapping[str, tuple[Fix, ...]]
"""What was applied lately, by its target, the oldest first."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One target that was raised too often."""

    declared: Declared
    target: str
    subject: Subject
    applied: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class Permanently:
    """Answers; changes nothing. What can't be had is not measured, and never 0."""

    database: Database
    prometheus: Metrics | None
    control: ControlApi | None
    clock: Clock

    async def of(self, playbook: Playbook, incident: Incident) -> tuple[Permanent, ...]:
        """What to propose for the targets of its alerts that were raised three times in a week."""
        days = [span(fix.permanent.day) for fix in playbook.fixes if fix.permanent]
        if not days:
            return ()
        raised = await asyncio.to_thread(self._raised, max(days))
        cases = list(self._cases(playbook, incident, raised))[:MOST]
        return tuple(await asyncio.gather(*map(self._proposed, cases)))

    def _raised(self, day: timedelta) -> Raised:
        by_target: defaultdict[str, list[Fix]] = defaultdict(list)
        with self.database.read() as connection:
            for fix in fixes.applied_since(connection, self.clock() - WEEK * day):
                by_target[fix.change.target].append(fix)
        return {target: tuple(applied) for target, applied in by_target.items()}

    def _cases(self, playbook: Playbook, incident: Incident, raised: Raised) -> Iterator[_Case]:
        seen: set[str] = set()
        for alert in incident.active:
            for fix in playbook.fixes:
                try:
                    target = target_of(fix, incident.alert_name, alert.labels)
                except BadTarget:
                    continue
                applied = raised.get(target, ())
                often = raises(one.change for one in applied) >= RAISED
                if fix.permanent is not None and often and target not in seen:
                    seen.add(target)
                    yield _Case(fix.permanent, target, playbook.subject(alert.labels), applied)

    async def _proposed(self, case: _Case) -> Permanent:
        daily, knob = await asyncio.gather(self._used(case), self._knob(case.target))
        bounds = Bounds(minimum=knob.minimum, maximum=knob.maximum) if knob else Bounds()
        last = case.applied[-1].change
        return Permanent(
            target=case.target,
            about="/".join(value for _, value in case.subject),
            times=raises(one.change for one in case.applied),
            days=WEEK,
            present=_standing(knob) if knob else last.before,
            unit=last.unit,
            daily=daily,
            percentile=percentile(daily) if daily else None,
            value=right_value(daily, case.declared.round_to, bounds) if daily else None,
        )

    async def _used(self, case: _Case) -> tuple[float, ...]:
        if self.prometheus is None:
            return ()
        day = span(case.declared.day)
        try:
            return await used_daily(
                self.prometheus,
                case.declared.use,
                case.subject,
                day=day,
                days=WEEK,
                now=self.clock(),
                within=WITHIN,
            )
        except AdapterError:  # Not measured, and said to be.
            return ()

    async def _knob(self, target: str) -> Knob | None:
        if self.control is None:
            return None
        try:
            return await self.control.resource(tuple(target.split("/")), within=WITHIN)
        except AdapterError:  # Then its bounds are not known here; whoever sets it is told by the knob.
            return None


def _standing(knob: Knob) -> Scalar:
    """What it is set to when no lease holds it."""
    return knob.lease.before if knob.lease is not None else knob.value
