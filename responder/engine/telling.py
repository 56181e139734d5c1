"""The move `tell`: have one notifier say the newest about one incident.

Many orders may wait for one incident; the first that runs says the newest, the others find nothing to say.
A failure is an outcome: it is kept with the delivery, and orders the next attempt.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder import metrics
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.domain.incident import BROADCAST, Incident
from responder.domain.notice import Delivery, DeliveryState, Notice, NotYet, PartlyTold, Receipt
from responder.domain.report import Report
from responder.engine import orders
from responder.engine.desk import Desk
from responder.engine.ports import Notifier
from responder.log import Action, get_logger
from responder.playbook.codec import report_from_json
from responder.storage import deliveries, fixes, incidents, leases, reports, timeline
from responder.storage.leases import Lease

DEADLINE: Final = 30.0
"""Seconds that a notifier may take."""
LEASE: Final = timedelta(seconds=60)
REFUSED_AGAIN: Final = timedelta(minutes=10)
"""After this the sweep tries again what was refused; a change of the incident tries at once."""

log = get_logger()


class Told(StrEnum):
    """How an order to tell ended. Values are metric labels."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    REFUSED = "refused"
    NOTHING_NEW = "nothing_new"
    UNDER_WAY = "under_way"
    """Another one is at it, and orders the next one if there is more to say by then."""
    WAITING = "waiting"
    """The far side asked to be left alone; the retry that is ordered says the newest."""
    NOT_YET = "not_yet"
    """The notifier has nobody to say it to yet; it is asked again later."""
    NO_NOTIFIER = "no_notifier"


WATCHED: Final = (Told.DELIVERED, Told.RETRYING, Told.REFUSED)


@dataclass(frozen=True, slots=True)
class _Begun:
    notice: Notice
    delivery: Delivery
    sure: bool
    """Nothing can have been sent that the receipt doesn't know."""


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
        begun = await self.desk.aside(lambda: self._begin(order, incident, notifier, attempt))
        if isinstance(begun, Told):
            return begun
        try:
            receipt = await self._say(self.notifiers[notifier], begun)
        except NotYet as not_yet:
            later = not_yet
            outcome = await self.desk.aside(lambda: self._wait(order, begun, later))
        except PartlyTold as partly:
            failure, receipt = partly.cause, partly.receipt
            outcome = await self.desk.aside(lambda: self._fail(order, begun, failure, receipt))
        except AdapterError as error:
            failure = error
            outcome = await self.desk.aside(lambda: self._fail(order, begun, failure))
        else:
            outcome = await self.desk.aside(lambda: self._finish(order, begun, receipt))
        metrics.DELIVERIES.labels(notifier, outcome).inc()
        return outcome

    async def _say(self, notifier: Notifier, begun: _Begun) -> Receipt:
        """Tell, within the deadline.

        Raises:
            PartlyTold: some was said.
            AdapterError: also for what the notifier did not foresee, which is no reason to stop trying.
        """
        previous = begun.delivery.receipt if begun.delivery.receipt.data else None
        try:
            with metrics.timed(metrics.DELIVERY_SECONDS.labels(notifier.name)):
                async with asyncio.timeout(DEADLINE):
                    return await notifier.tell(begun.notice, previous, sure=begun.sure)
        except (AdapterError, NotYet, PartlyTold):
            raise
        except TimeoutError as error:
            raise Unreachable(notifier.name, Reason.TIMEOUT, f"no answer in {DEADLINE:.0f} s") from error
        except Exception as error:
            log.exception(Action.TELLING_FAILED, notifier=notifier.name, incident=begun.notice.incident.id)
            raise Unreachable(notifier.name, Reason.BAD_ANSWER, repr(error)[:200]) from error

    def _begin(self, order: str, incident_id: str, notifier: str, attempt: int) -> _Begun | Told:
        with self.desk.work() as work:
            incident = incidents.load(work.connection, incident_id)
            if incident is None:
                return Told.NOTHING_NEW
            stored = deliveries.one(work.connection, incident_id, notifier)
            delivery, due_at = stored.delivery, stored.due_at
            now = self.desk.clock()
            if delivery.notice >= incident.notice:
                return Told.NOTHING_NEW
            if (
                attempt == 1
                and delivery.state in {DeliveryState.RETRYING, DeliveryState.WAITING}
                and due_at is not None
                and due_at > now
            ):
                return Told.WAITING
            lease = leases.acquire(work.connection, _key(incident_id, notifier), order, now, now + LEASE)
            if lease is Lease.TAKEN:
                return Told.UNDER_WAY
            newest = reports.newest(work.connection, incident_id)
            replies = timeline.of(work.connection, incident_id, BROADCAST)
            proposed = fixes.of_incident(work.connection, incident_id)
        notice = Notice(
            incident=incident,
            report=self._report(newest.body) if newest else None,
            replies=replies,
            fixes=proposed,
            at=now,
            page_url=self.page_url(incident),
        )
        # Attempts count what was ordered, too; an error says that something was tried.
        tried = bool(delivery.error) and delivery.state is not DeliveryState.WAITING
        return _Begun(notice, delivery, sure=lease is Lease.FRESH and not tried)

    def _report(self, body: str) -> Report | None:
        try:
            return report_from_json(body)
        except ValueError as error:
            log.warning(
                Action.TELLING_FAILED, reason="the stored report can't be read", error=str(error)[:200]
            )
            return None

    def _finish(self, order: str, begun: _Begun, receipt: Receipt) -> Told:
        told, notifier = begun.notice.incident, begun.delivery.notifier
        now = self.desk.clock()
        with self.desk.work() as work:
            done = replace(
                begun.delivery, state=DeliveryState.DELIVERED, notice=told.notice, receipt=receipt,
                attempts=0, error="",
            )  # fmt: skip
            deliveries.put(work.connection, done, now)
            leases.release(work.connection, _key(told.id, notifier), order)
            newest = incidents.notice_of(work.connection, told.id)
            if newest > told.notice:
                work.order([orders.tell(told.id, notifier, newest, told.severity, attempt=2)])
        if begun.delivery.notice == 0:
            _first(told, notifier, now)
        log.info(Action.TOLD, notifier=notifier, incident=told.id, notice=told.notice)
        return Told.DELIVERED

    def _wait(self, order: str, begun: _Begun, later: NotYet) -> Told:
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
        with self.desk.work() as work:
            deliveries.put(work.connection, waits, now, due_at=now + timedelta(seconds=wait))
            leases.release(work.connection, _key(told.id, notifier), order)
            newest = incidents.notice_of(work.connection, told.id)
            again = orders.tell(told.id, notifier, newest, told.severity, attempt=attempts + 1, delay=wait)
            work.order([again])
        return Told.NOT_YET

    def _fail(self, order: str, begun: _Begun, error: AdapterError, receipt: Receipt | None = None) -> Told:
        told, notifier, now = begun.notice.incident, begun.delivery.notifier, self.desk.clock()
        refused = isinstance(error, Refused)
        attempts = begun.delivery.attempts + 1
        wait = REFUSED_AGAIN if refused else timedelta(seconds=_wait(error, attempts))
        failed = replace(
            begun.delivery,
            state=DeliveryState.FAILED if refused else DeliveryState.RETRYING,
            receipt=receipt or begun.delivery.receipt,
            attempts=attempts,
            error=str(error)[:500],
        )
        with self.desk.work() as work:
            deliveries.put(work.connection, failed, now, due_at=now + wait)
            leases.release(work.connection, _key(told.id, notifier), order)
            newest = incidents.notice_of(work.connection, told.id)
            if not refused:
                again = orders.tell(
                    told.id, notifier, newest, told.severity,
                    attempt=attempts + 1, delay=wait.total_seconds(),
                )  # fmt: skip
                work.order([again])
            elif newest > told.notice:
                work.order([orders.tell(told.id, notifier, newest, told.severity, attempt=attempts + 1)])
        log.warning(
            Action.TELLING_FAILED,
            notifier=notifier,
            incident=told.id,
            reason=error.reason,
            error=str(error)[:300],
        )
        return Told.REFUSED if refused else Told.RETRYING


def _wait(error: AdapterError, attempts: int) -> float:
    asked = error.retry_after if isinstance(error, Unreachable) else None
    return max(orders.backoff(attempts), asked or 0)


def _first(incident: Incident, notifier: str, now: datetime) -> None:
    metrics.TOLD_SECONDS.labels(notifier).observe((now - incident.opened_at).total_seconds())


def _key(incident: str, notifier: str) -> str:
    return f"tell/{incident}/{notifier}"
