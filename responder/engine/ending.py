"""The move `end`: after the last alert resolved, ask the measure again. Over is not always better."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from responder.domain.errors import AdapterError
from responder.domain.fix import FixState, withdrawn
from responder.domain.incident import Ending, Incident, ended
from responder.domain.report import Report
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.engine.due import told
from responder.engine.fixing.ledger import Ledger
from responder.engine.ports import Assessment, Assessor
from responder.log import Action, get_logger
from responder.playbook.codec import report_from_json
from responder.storage import fixes, incidents, leases, reports
from responder.storage.leases import Claim, Lease

DEADLINE: Final = 10.0
"""Seconds."""
LEASE: Final = timedelta(seconds=30)
ATTEMPTS: Final = 3

log = get_logger()


class Ended(StrEnum):
    """How an order to find out the ending ended."""

    DONE = "done"
    NOT_DUE = "not_due"
    UNDER_WAY = "under_way"
    RETRYING = "retrying"


@dataclass(frozen=True, slots=True)
class EndingMove:
    """Makes the move."""

    desk: Desk
    assessor: Assessor

    async def __call__(self, order: str, incident: str, attempt: int) -> Ended:
        claim = Claim(_key(incident), order)
        begun = await self.desk.insist(lambda: self._begin(claim, incident))
        if isinstance(begun, Ended):
            return begun
        closed, report = begun
        try:
            async with asyncio.timeout(DEADLINE):
                assessment = await self.assessor.assess(closed, report)
        except Exception as error:  # Whatever goes wrong in there, people must still be told that it is over.
            log.warning(
                Action.ENDING_FAILED, incident=incident, error=str(error)[:300],
                exc_info=None if isinstance(error, AdapterError | TimeoutError) else error,
            )  # fmt: skip
            if attempt < ATTEMPTS:
                return await self.desk.insist(lambda: self._retry(order, closed, attempt))
            assessment = Assessment(Ending.UNKNOWN, "the measure could not be asked")
        return await self.desk.insist(lambda: self._finish(order, closed, assessment))

    def _begin(self, claim: Claim, incident_id: str) -> tuple[Incident, Report | None] | Ended:
        with self.desk.work() as work:
            incident = incidents.load(work.connection, incident_id)
            if not _due(incident):
                return Ended.NOT_DUE
            assert incident is not None  # noqa: S101 - for the type checker
            if claim.take(work.connection, self.desk.clock(), LEASE) is Lease.TAKEN:
                return Ended.UNDER_WAY
            newest = reports.newest(work.connection, incident_id)
        try:
            return incident, report_from_json(newest.body) if newest else None
        except ValueError:
            return incident, None

    def _retry(self, order: str, closed: Incident, attempt: int) -> Ended:
        with self.desk.work() as work:
            leases.release(work.connection, _key(closed.id), order)
            work.order([orders.end(closed.id, closed.revision, closed.notice, attempt + 1)])
            if attempt == 1:
                work.order(told(closed, self.desk.notifiers))
        return Ended.RETRYING

    def _finish(self, order: str, closed: Incident, assessment: Assessment) -> Ended:
        with self.desk.work() as work:
            leases.release(work.connection, _key(closed.id), order)
            self._withdraw_proposals(work, closed.id)
            incident = incidents.load(work.connection, closed.id, for_change=True)
            if not _due(incident) or incident is None or incident.closed_at != closed.closed_at:
                return Ended.NOT_DUE
            absorbed = ended(incident, self.desk.clock(), assessment.ending, assessment.text)
            self.desk.keep(work, incident, absorbed)
        log.info(Action.ENDED, incident=closed.id, ending=assessment.ending)
        return Ended.DONE

    def _withdraw_proposals(self, work: Work, incident: str) -> None:
        """Nobody is asked to decide about what is over; what comes back is proposed as things are then."""
        ledger, now = Ledger(self.desk), self.desk.clock()
        for fix in fixes.of_incident(work.connection, incident, for_change=True):
            if fix.state is FixState.PROPOSED:
                ledger.keep(work, withdrawn(fix, now, "the alert resolved"))


def _due(incident: Incident | None) -> bool:
    return incident is not None and not incident.open and incident.ending is None


def _key(incident: str) -> str:
    return f"end/{incident}"
