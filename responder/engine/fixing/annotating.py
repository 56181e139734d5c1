"""The move `annotate`: dashboards show when a fix began and when it ended. No fix ever waits for it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from html import escape
from typing import Final

from responder import metrics
from responder.domain.annotation import Annotation
from responder.domain.errors import AdapterError, Refused
from responder.domain.fix import Fix
from responder.engine import orders
from responder.engine.desk import Desk
from responder.engine.fixing.ledger import said
from responder.engine.fixing.parts import FixParts
from responder.engine.ports import Annotator
from responder.log import Action, get_logger
from responder.storage import fixes, leases
from responder.storage.leases import Claim, Lease

ATTEMPTS: Final = 30
"""Tries; the later ones are five minutes apart."""
LEASE: Final = timedelta(seconds=30)

log = get_logger()


class Annotated(StrEnum):
    """How an order ended. Values are metric labels."""

    DONE = "done"
    NOT_DUE = "not_due"
    UNDER_WAY = "under_way"
    RETRYING = "retrying"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Annotating:
    """Makes the move."""

    desk: Desk
    parts: FixParts
    annotator: Annotator

    async def __call__(self, order: str, fix_id: str, revision: int, attempt: int) -> Annotated:
        claim = Claim(_key(fix_id), order)
        begun = await self.desk.insist(lambda: self._begin(claim, fix_id, revision, attempt))
        if isinstance(begun, Annotated):
            return begun
        error: AdapterError | None = None
        try:
            await self.annotator.show(begun)
        except AdapterError as failed:
            error = failed
        end = partial(self._end, order, fix_id, revision, attempt, error)
        outcome = await self.desk.insist(end)
        metrics.ANNOTATIONS.labels(outcome).inc()
        return outcome

    def _begin(self, claim: Claim, fix_id: str, revision: int, attempt: int) -> Annotation | Annotated:
        """What is to be shown; one order at a time: begin and end of a short fix make one annotation."""
        with self.desk.work() as work:
            if self._of(fixes.load(work.connection, fix_id)) is None:
                return Annotated.NOT_DUE
            if claim.take(work.connection, self.desk.clock(), LEASE) is Lease.TAKEN:
                work.order([orders.annotate(fix_id, revision, attempt + 1)])
                return Annotated.UNDER_WAY
            # Read again: whoever had the lease until now may have shown its end.
            annotation = self._of(fixes.load(work.connection, fix_id))
        return annotation or Annotated.NOT_DUE

    def _end(
        self, order: str, fix_id: str, revision: int, attempt: int, error: AdapterError | None
    ) -> Annotated:
        again = error is not None and not isinstance(error, Refused) and attempt < ATTEMPTS
        with self.desk.work() as work:
            leases.release(work.connection, _key(fix_id), order)
            if again:
                work.order([orders.annotate(fix_id, revision, attempt + 1)])
        if error is None:
            return Annotated.DONE
        log.warning(Action.ANNOTATION_FAILED, fix=fix_id, reason=error.reason, error=str(error)[:300])
        return Annotated.RETRYING if again else Annotated.FAILED

    def _of(self, fix: Fix | None) -> Annotation | None:
        """What there is to show of a fix: nothing before it was applied, nor without a dashboard."""
        if fix is None or fix.applied_at is None:
            return None
        playbook = self.parts.playbooks().get(fix.alert_name)
        dashboard = playbook.links.dashboard if playbook else None
        if dashboard is None:
            return None
        return Annotation(
            tag=f"fix:{fix.id}",
            tags=("quick fix", fix.alert_name, fix.fix),
            text=escape(_words(fix)),
            dashboard=dashboard.uid,
            panel=dashboard.panel,
            begins=fix.applied_at,
            ends=fix.ended_at,
        )


def _words(fix: Fix) -> str:
    """What was done, for which incident, by whose approval, and how it ended."""
    change = fix.change
    values = (
        f": {said(change.before)} → {said(change.after)} {change.unit}" if change.after is not None else ""
    )
    ended = f"; {fix.end.replace('_', ' ')}" if fix.end else ""
    by = f"incident {fix.incident}, approved by {fix.approved_by or 'nobody'}"
    return f"{fix.named}{values.rstrip()} ({by}){ended}"


def _key(fix: str) -> str:
    return f"annotate/{fix}"
