"""The move `tell`: have one notifier say the newest about one incident.

Many orders may wait for one incident; the first that runs says the newest, the others find nothing to say.
A failure is an outcome: it is kept with the delivery, and orders the next attempt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from responder import metrics
from responder.domain.errors import AdapterError
from responder.domain.incident import BROADCAST, Incident
from responder.domain.notice import Delivery, DeliveryState, Notice, NotYet, PartlyTold, Receipt
from responder.engine import orders
from responder.engine.delivering import (
    LATE,
    LEASE,
    Failed,
    Told,
    failed,
    milliseconds,
    within_deadline,
)
from responder.engine.desk import Desk, Work
from responder.engine.growth import kin_of
from responder.engine.ports import Notifier
from responder.engine.reports import report_of
from responder.engine.tidying import AT_ONCE
from responder.engine.tidying import LATE as LATE_SENT
from responder.log import Action, get_logger
from responder.storage import deliveries, fixes, incidents, leases, reports, timeline
from responder.storage.leases import Claim, Lease

WATCHED: Final = (Told.DELIVERED, Told.RETRYING, Told.REFUSED, Told.PACED)

log = get_logger()


@dataclass(frozen=True, slots=True)
class _Begun:
    notice: Notice
    delivery: Delivery
    sure: bool
    """Nothing can have been sent that the receipt doesn't know."""
    alone: bool
    """Nobody else can still be sending it."""
    until: datetime
    """When its lease ends, which is known by that."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Makes the move."""

    desk: Desk
    notifiers: Mapping[str, Notifier]
    page_url: Callable[[Incident], str]

    def __post_init__(self) -> None:
        """Count from zero: alert and dashboard watch these, and their first rise must not be their birth."""
        for notifier in self.notifiers:
            metrics.TOLD_SECONDS.labels(notifier)
            metrics.DELIVERY_SECONDS.labels(notifier)
            for outcome in WATCHED:
                metrics.DELIVERIES.labels(notifier, outcome)

    async def __call__(self, order: str, incident: str, notifier: str, attempt: int) -> Told:
        if notifier not in self.notifiers:
            return Told.NO_NOTIFIER
        claim = Claim(_key(incident, notifier), order)
        begun = await self.desk.insist_on(lambda work: self._begin(work, claim, incident, notifier, attempt))
        if isinstance(begun, Told):
            return begun
        try:
            receipt = await self._say(self.notifiers[notifier], begun)
        except NotYet as not_yet:
            outcome = await self._not_yet(order, begun, not_yet)
        except (AdapterError, PartlyTold) as error:
            outcome = await self._failed(order, begun, error)
        else:
            outcome = await self.desk.insist_on(lambda work: self._finish(work, order, begun, receipt))
            if outcome is Told.DELIVERED:
                _observe(begun, self.desk.clock())
        metrics.DELIVERIES.labels(notifier, outcome).inc()
        return outcome

    # An error keeps the frames that it went through. In one of these it would keep itself, and the notice,
    # which may be of ten thousand alerts, until the garbage is collected; these two are called after that.

    async def _not_yet(self, order: str, begun: _Begun, later: NotYet) -> Told:
        return await self.desk.insist_on(lambda work: self._wait(work, order, begun, later))

    async def _failed(self, order: str, begun: _Begun, error: AdapterError | PartlyTold) -> Told:
        failure = failed(begun.delivery, error, sure=begun.sure)
        outcome = await self.desk.insist_on(lambda work: self._fail(work, order, begun, failure))
        if outcome is not Told.LOST:
            failure.log(incident=begun.notice.incident.id)
        return outcome

    async def _say(self, notifier: Notifier, begun: _Begun) -> Receipt:
        previous = begun.delivery.receipt if begun.delivery.receipt.data else None
        telling = notifier.tell(begun.notice, previous, sure=begun.sure)
        return await within_deadline(notifier.name, begun.notice.incident.id, telling)

    def _begin(
        self, work: Work, claim: Claim, incident_id: str, notifier: str, attempt: int
    ) -> _Begun | Told:
        now = self.desk.clock()
        due = _due(work.connection, incident_id, notifier, attempt, now)
        if isinstance(due, Told):
            return due
        lease = claim.take(work.connection, now, LEASE)
        if lease is Lease.TAKEN:
            return Told.UNDER_WAY
        # On PostgreSQL the last one may have told it and given the lease back since that was read.
        due = _due(work.connection, incident_id, notifier, attempt, now)
        if isinstance(due, Told):
            claim.give_back(work.connection, lease, now)
            return due
        incident, delivery = due
        newest = reports.newest(work.connection, incident_id)
        replies = timeline.of(work.connection, incident_id, BROADCAST)
        proposed = fixes.of_incident(work.connection, incident_id)
        kin = kin_of(work.connection, incident_id, self.page_url, notifier)
        notice = Notice(
            incident=incident,
            report=report_of(newest),
            replies=replies,
            fixes=proposed,
            kin=kin,
            at=now,
            page_url=self.page_url(incident),
        )
        # Attempts count what was ordered, too; an error says that something was tried.
        tried = bool(delivery.error) and delivery.state is not DeliveryState.WAITING
        known = bool(delivery.receipt.data) or delivery.state is DeliveryState.WAITING
        alone = lease is Lease.FRESH and not tried
        sure = alone and (known or self.desk.saw(incident.opened_at))
        return _Begun(notice, delivery, sure, alone, claim.until)

    def _finish(self, work: Work, order: str, begun: _Begun, receipt: Receipt) -> Told:
        told, notifier = begun.notice.incident, begun.delivery.notifier
        now = self.desk.clock()
        if not self._still_ours(work, order, begun):
            return Told.LOST
        done = replace(
            begun.delivery, state=DeliveryState.DELIVERED, notice=told.notice, receipt=receipt,
            attempts=0, error="",
        )  # fmt: skip
        deliveries.put(work.connection, done, now)
        if not begun.alone:
            work.order([orders.tidy(told.id, notifier, milliseconds(now), delay=LATE_SENT)])
        newest = incidents.notice_of(work.connection, told.id)
        if newest > told.notice:
            turn = milliseconds(now)  # its id is its own: should it fail, the second attempt needs another
            work.order([orders.tell(told.id, notifier, newest, told.severity, attempt=2, turn=turn)])
        return Told.DELIVERED

    def _wait(self, work: Work, order: str, begun: _Begun, later: NotYet) -> Told:
        """Look again later. Where an attempt of before is in doubt it stays so: it goes on retrying."""
        told, notifier, now = begun.notice.incident, begun.delivery.notifier, self.desk.clock()
        attempts = begun.delivery.attempts + 1
        wait = orders.backoff(attempts) if later.wait is None else later.wait
        waits = replace(
            begun.delivery,
            state=DeliveryState.WAITING if begun.sure else DeliveryState.RETRYING,
            receipt=later.receipt,
            attempts=attempts,
            error=str(later)[:500],
        )
        if not self._still_ours(work, order, begun):
            return Told.LOST
        deliveries.put(work.connection, waits, now, due_at=now + timedelta(seconds=wait) + LATE)
        newest = incidents.notice_of(work.connection, told.id)
        again = orders.tell(told.id, notifier, newest, told.severity, attempt=attempts + 1, delay=wait)
        work.order([again])
        return Told.NOT_YET

    def _fail(self, work: Work, order: str, begun: _Begun, failure: Failed) -> Told:
        told, after, now = begun.notice.incident, failure.delivery, self.desk.clock()
        if not self._still_ours(work, order, begun):
            return Told.LOST
        deliveries.put(work.connection, after, now, due_at=now + failure.due_after)
        newest = incidents.notice_of(work.connection, told.id)
        if (delay := failure.delay(news=newest > told.notice)) is not None:
            again = orders.tell(
                told.id, after.notifier, newest, told.severity,
                attempt=failure.attempt, delay=delay, turn=failure.turn(now),
            )  # fmt: skip
            work.order([again])
        return failure.outcome

    def _still_ours(self, work: Work, order: str, begun: _Begun) -> bool:
        """Give the lease back. Where another replica has had it since, it has told the same."""
        told, notifier, now = begun.notice.incident, begun.delivery.notifier, self.desk.clock()
        if leases.release(work.connection, _key(told.id, notifier), order, begun.until):
            return True
        work.order([orders.tidy(told.id, notifier, milliseconds(now), delay=AT_ONCE)])
        log.warning(Action.TELLING_LOST, notifier=notifier, incident=told.id)
        return False


def _due(
    connection: sa.Connection, incident_id: str, notifier: str, attempt: int, now: datetime
) -> tuple[Incident, Delivery] | Told:
    """What is to be told and how far that is, or why there is nothing to do."""
    incident = incidents.load(connection, incident_id)
    if incident is None:
        return Told.NOTHING_NEW
    stored = deliveries.one(connection, incident_id, notifier)
    delivery, due_at = stored.delivery, stored.due_at
    if delivery.notice >= incident.notice:
        return Told.NOTHING_NEW
    if attempt == 1 and _left_alone(delivery) and due_at is not None and due_at > now:
        return Told.WAITING
    return incident, delivery


def _left_alone(delivery: Delivery) -> bool:
    """Whether news has to wait, too; not where only a turn is waited for: an edit may be possible now."""
    waits = {DeliveryState.RETRYING, DeliveryState.WAITING}
    return delivery.state in waits and bool(delivery.attempts)


def _observe(begun: _Begun, now: datetime) -> None:
    told, notifier = begun.notice.incident, begun.delivery.notifier
    if begun.delivery.notice == 0:
        metrics.TOLD_SECONDS.labels(notifier).observe((now - told.opened_at).total_seconds())
    log.info(Action.TOLD, notifier=notifier, incident=told.id, notice=told.notice)


def _key(incident: str, notifier: str) -> str:
    return f"tell/{incident}/{notifier}"
