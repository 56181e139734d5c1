"""The move `investigate`: run the playbook for the newest revision, keep the report, have it told."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder import metrics
from responder.domain.errors import AdapterError, Busy
from responder.domain.incident import Event, EventKind, Incident, investigation_due, shown
from responder.domain.report import Report
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.engine.due import told
from responder.engine.growth import Growth
from responder.engine.ports import Investigator
from responder.log import Action, get_logger
from responder.playbook.codec import report_to_json
from responder.storage import incidents, leases, reports, timeline
from responder.storage.leases import Claim, Lease
from responder.storage.reports import StoredReport

DEADLINE: Final = 20.0
"""Seconds; the investigator's own total deadline is shorter."""
LEASE: Final = timedelta(seconds=45)
ATTEMPTS: Final = 4

log = get_logger()


class Investigated(StrEnum):
    """How an order to investigate ended. Values are metric labels."""

    DONE = "done"
    OUTDATED = "outdated"
    """There is newer news: the answer is kept, not shown."""
    NOT_DUE = "not_due"
    UNDER_WAY = "under_way"
    """Another one is at it, and orders the next one when it is done."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Investigating:
    """Makes the move."""

    desk: Desk
    investigator: Investigator
    proposes: Callable[[], bool] = bool
    """Whether quick fixes are proposed now; by default none are."""
    growth: Growth | None = None

    async def __call__(self, order: str, incident: str, revision: int, attempt: int) -> Investigated:
        claim = Claim(_key(incident), order)
        asked = await self.desk.insist_on(lambda work: self._begin(work, claim, incident, revision))
        if isinstance(asked, Investigated):
            return asked
        try:
            report = await self._ask(asked)
        except Exception as error:  # Whatever goes wrong in there, people must still be told.
            log.warning(
                Action.INVESTIGATION_FAILED, incident=incident, error=str(error)[:300],
                exc_info=None if isinstance(error, AdapterError | TimeoutError) else error,
            )  # fmt: skip
            outcome = await self.desk.insist_on(lambda work: self._fail(work, order, asked, attempt))
        else:
            outcome = await self.desk.insist_on(
                lambda work: self._finish(work, order, asked, report, claim.until)
            )
            log.info(Action.INVESTIGATED, incident=incident, revision=revision, took=round(report.took, 3))
        metrics.INVESTIGATIONS.labels(outcome).inc()
        return outcome

    async def _ask(self, incident: Incident) -> Report:
        async def on_partial(report: Report) -> None:
            shown_now = replace(report, complete=False)
            with suppress(Busy):  # the whole report comes, and says it as well
                await self.desk.change(lambda work: self._keep(work, incident, shown_now))

        with metrics.timed(metrics.INVESTIGATION_SECONDS):
            async with asyncio.timeout(DEADLINE):
                return await self.investigator.investigate(incident, on_partial)

    def _begin(self, work: Work, claim: Claim, incident_id: str, revision: int) -> Incident | Investigated:
        incident = incidents.load(work.connection, incident_id)
        if incident is None or not investigation_due(incident, revision):
            return Investigated.NOT_DUE
        if self._is_done(work, incident_id, revision):
            return Investigated.NOT_DUE
        now = self.desk.clock()
        lease = claim.take(work.connection, now, LEASE)
        if lease is Lease.TAKEN:
            return Investigated.UNDER_WAY
        if self._is_done(work, incident_id, revision):  # by whoever had the lease until now
            claim.give_back(work.connection, lease, now)
            return Investigated.NOT_DUE
        return incident

    def _is_done(self, work: Work, incident: str, revision: int) -> bool:
        stored = reports.newest(work.connection, incident)
        return stored is not None and stored.revision == revision and stored.complete

    def _finish(
        self, work: Work, order: str, asked: Incident, report: Report, until: datetime
    ) -> Investigated:
        if not leases.release(work.connection, _key(asked.id), order, until):
            return Investigated.NOT_DUE  # it is kept already, or another one is at it meanwhile
        return self._keep(work, asked, replace(report, complete=True))

    def _keep(self, work: Work, asked: Incident, report: Report) -> Investigated:
        """Keep a report, a partial one as well, and have it told."""
        now = self.desk.clock()
        held = self._locked(work, asked, report)
        incident = held.get(asked.id)
        if incident is None:
            return Investigated.NOT_DUE
        reports.put(work.connection, self._stored(asked, report))
        if report.complete:
            done = Event(kind=EventKind.INVESTIGATED, at=now, text=f"revision {asked.revision}")
            timeline.append(work.connection, incident.id, [done])
        if incident.revision > asked.revision:
            if report.complete:
                work.order([orders.investigate(incident.id, incident.revision, incident.severity, attempt=2)])
            return Investigated.OUTDATED
        if report.complete and self.proposes():
            work.order([orders.propose(incident.id, incident.revision)])
        if report.complete and self.growth is not None:
            self.growth.note(work, incident, held)
        after = shown(incident, now)
        incidents.update(work.connection, incident, after)
        work.order(told(after, self.desk.notifiers))
        return Investigated.DONE

    def _locked(self, work: Work, asked: Incident, report: Report) -> Mapping[str, Incident]:
        """The incident as it is now, and with a complete report those that it may have grown out of."""
        if report.complete and self.growth is not None:
            return self.growth.with_kin(work, asked)
        return incidents.load_many(work.connection, [asked.id], for_change=True)

    def _fail(self, work: Work, order: str, asked: Incident, attempt: int) -> Investigated:
        """Order another try, bounded; what is known of the incident is told meanwhile."""
        leases.release(work.connection, _key(asked.id), order)
        incident = incidents.load(work.connection, asked.id)
        if incident is not None and incident.open and attempt < ATTEMPTS:
            work.order([orders.investigate(asked.id, incident.revision, incident.severity, attempt + 1)])
        if incident is not None and attempt == 1:
            work.order(told(incident, self.desk.notifiers))
        return Investigated.FAILED

    def _stored(self, asked: Incident, report: Report) -> StoredReport:
        return StoredReport(
            incident=asked.id,
            revision=asked.revision,
            complete=report.complete,
            made_at=report.made_at,
            body=report_to_json(report),
        )


def _key(incident: str) -> str:
    return f"investigate/{incident}"
