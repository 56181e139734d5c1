"""While an incident is open its measure is asked again, so that its message stays true.

The message is edited only when it would read differently to a person: a reading appears or goes away, crosses
its threshold, turns (rising, falling, steady), or moves by more than a tenth of what is shown. What is
proposed is looked at as well: from which value to which, and what stands against it.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from responder.domain.errors import AdapterError
from responder.domain.incident import Incident, shown
from responder.domain.report import Direction, Reading, Report
from responder.engine.desk import Desk
from responder.engine.due import told
from responder.engine.fixing import anew
from responder.engine.ports import Remeasurer
from responder.log import Action, get_logger
from responder.playbook.codec import report_from_json, report_to_json
from responder.storage import incidents, reports
from responder.storage.reports import StoredReport

TENTH: Final = 0.1
DEADLINE: Final = 10.0
"""Seconds for one incident."""
AT_ONCE: Final = 4
AT_MOST: Final = 50
"""Incidents in one turn."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class Refresh:
    """A chore; the ages after which readings are asked again differ by severity."""

    desk: Desk
    remeasurer: Remeasurer
    critical: timedelta
    others: timedelta

    async def run(self) -> int:
        """Refresh what is due; how many messages have to be edited for it."""
        due = await self.desk.aside(self._due)
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(incident: str) -> bool:
            async with limit:
                return await self._refresh(incident)

        return sum(await asyncio.gather(*map(one, due)))

    def _due(self) -> tuple[str, ...]:
        now = self.desk.clock()
        with self.desk.database.read() as connection:
            return reports.complete_of_open(
                connection,
                critical_before=now - self.critical,
                others_before=now - self.others,
                limit=AT_MOST,
            )

    def _load(self, incident_id: str) -> tuple[Incident, StoredReport] | None:
        """Unless news came meanwhile, which is being investigated."""
        with self.desk.database.read() as connection:
            incident = incidents.load(connection, incident_id)
            stored = reports.newest(connection, incident_id)
        if incident is None or not incident.open or stored is None:
            return None
        return (incident, stored) if stored.complete and stored.revision == incident.revision else None

    async def _refresh(self, incident_id: str) -> bool:
        """Loaded in its turn only: it may have thousands of alerts, and so may all the others."""
        found = await self.desk.aside(lambda: self._load(incident_id))
        if found is None:
            return False
        incident, stored = found
        try:
            before = report_from_json(stored.body)
            async with asyncio.timeout(DEADLINE):
                after = await self.remeasurer.remeasure(incident, before)
        except (AdapterError, TimeoutError, ValueError) as error:
            log.warning(Action.REFRESH_FAILED, incident=incident.id, error=str(error)[:300])
            return False
        return await self.desk.aside(lambda: self._keep(stored, before, after))

    def _keep(self, stored: StoredReport, before: Report, after: Report) -> bool:
        """Keep the fresh readings if they matter, unless an investigation was faster.

        Those that don't matter are dropped: what is compared with is what people see.
        """
        now = self.desk.clock()
        with self.desk.work() as work:
            incident = incidents.load(work.connection, stored.incident, for_change=True)
            if (
                incident is None
                or not incident.open
                or reports.newest(work.connection, incident.id) != stored
            ):
                return False
            matters = reads_differently(before, after)
            body = report_to_json(after) if matters else stored.body
            reports.put(work.connection, replace(stored, made_at=now, body=body))
            if matters:
                fresh = shown(incident, now)
                incidents.update(work.connection, incident, fresh)
                work.order(told(fresh, self.desk.notifiers))
            anew.propose_everywhere(work, now, incident.id)
            return matters


def reads_differently(before: Report, after: Report) -> bool:
    """Whether a person would read the fresh readings or silences differently from those that are shown."""
    if before.silences != after.silences:
        return True
    shown_now = {alert.fingerprint: alert.reading for alert in before.alerts}
    fresh = {alert.fingerprint: alert.reading for alert in after.alerts}
    return any(_matters(shown_now.get(one), reading) for one, reading in fresh.items())


def _matters(before: Reading | None, after: Reading | None) -> bool:
    if before is None or after is None:
        return before is not after
    if before.value is None or after.value is None:
        return (before.value is None) is not (after.value is None)
    return (
        before.trend is not after.trend
        or _over(before) is not _over(after)
        or abs(after.value - before.value) > TENTH * abs(before.value)
    )


def _over(reading: Reading) -> bool:
    value = reading.value or 0
    above = value > reading.threshold
    return above if reading.direction is Direction.ABOVE else value < reading.threshold
