"""The move `tell_storm`: have one notifier bring a storm's summary up to date."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from responder import metrics
from responder.domain.errors import AdapterError
from responder.domain.incident import Incident
from responder.domain.notice import Delivery, DeliveryState, Notice, PartlyTold, Receipt
from responder.domain.storm import Storm, StormNotice
from responder.engine import orders
from responder.engine.delivering import LEASE, Failed, Told, failed, milliseconds, within_deadline
from responder.engine.desk import Desk
from responder.engine.ports import StormTeller
from responder.engine.reports import report_of
from responder.log import Action, get_logger
from responder.storage import incidents, leases, reports, storms
from responder.storage.leases import Lease

SHOWN: Final = 5
"""The worst incidents that a summary names."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class _Begun:
    notice: StormNotice
    delivery: Delivery
    sure: bool
    """Nothing can have been sent that the receipt doesn't know."""


@dataclass(frozen=True, slots=True)
class StormTelling:
    """Makes the move.

    Args:
        desk: its database.
        tellers: who tells people, by name.
        page_url: where one incident is shown.
        list_url: answers where all incidents are listed.
        told_apart_by: the labels by which it is chosen where alerts are told.
    """

    desk: Desk
    tellers: Mapping[str, StormTeller]
    page_url: Callable[[Incident], str]
    list_url: Callable[[], str]
    told_apart_by: Collection[str] = ()

    async def __call__(self, order: str, storm: str, notifier: str, attempt: int) -> Told:  # noqa: ARG002 - as moves are called
        if notifier not in self.tellers:
            return Told.NO_NOTIFIER
        begun = await self.desk.aside(lambda: self._begin(order, storm, notifier))
        if isinstance(begun, Told):
            return begun
        previous = begun.delivery.receipt if begun.delivery.receipt.data else None
        telling = self.tellers[notifier].tell_storm(begun.notice, previous, sure=begun.sure)
        try:
            receipt = await within_deadline(notifier, storm, telling)
        except (AdapterError, PartlyTold) as error:
            failure = failed(begun.delivery, error)
            outcome = await self.desk.aside(lambda: self._fail(order, begun, failure))
        else:
            outcome = await self.desk.aside(lambda: self._finish(order, begun, receipt))
        metrics.DELIVERIES.labels(notifier, outcome).inc()
        return outcome

    def _begin(self, order: str, storm_id: str, notifier: str) -> _Begun | Told:
        with self.desk.work() as work:
            storm = storms.one(work.connection, storm_id)
            delivery = storms.delivery(work.connection, storm_id, notifier)
            if storm is None or delivery.notice >= storm.notice:
                return Told.NOTHING_NEW
            now = self.desk.clock()
            lease = leases.acquire(work.connection, _key(storm_id, notifier), order, now, now + LEASE)
            if lease is Lease.TAKEN:
                return Told.UNDER_WAY
            notice = self._notice(work.connection, storm)
        return _Begun(notice, delivery, sure=lease is Lease.FRESH and not delivery.error)

    def _notice(self, connection: sa.Connection, storm: Storm) -> StormNotice:
        chosen = storms.worst(connection, storm.since, SHOWN)
        held = incidents.load_many(connection, chosen)
        worst = [(held[one], reports.newest(connection, one)) for one in chosen]
        return StormNotice(
            storm=storm,
            kinds=storms.kinds(connection, storm),
            members=storms.members(connection, storm, self.told_apart_by),
            worst=tuple(
                Notice(incident=one, report=report_of(stored), page_url=self.page_url(one))
                for one, stored in worst
            ),
            list_url=self.list_url(),
        )

    def _finish(self, order: str, begun: _Begun, receipt: Receipt) -> Told:
        storm, notifier = begun.notice.storm, begun.delivery.notifier
        done = replace(
            begun.delivery, state=DeliveryState.DELIVERED, notice=storm.notice, receipt=receipt,
            attempts=0, error="",
        )  # fmt: skip
        now = self.desk.clock()
        with self.desk.work() as work:
            storms.put_delivery(work.connection, done, now)
            leases.release(work.connection, _key(storm.id, notifier), order)
            newest = storms.one(work.connection, storm.id)
            if newest is not None and newest.notice > storm.notice:
                turn = milliseconds(now)
                work.order([orders.tell_storm(storm.id, notifier, newest.notice, attempt=2, turn=turn)])
        log.info(Action.TOLD, notifier=notifier, storm=storm.id, notice=storm.notice)
        return Told.DELIVERED

    def _fail(self, order: str, begun: _Begun, failure: Failed) -> Told:
        storm, after, now = begun.notice.storm, failure.delivery, self.desk.clock()
        with self.desk.work() as work:
            storms.put_delivery(work.connection, after, now, due_at=now + failure.due_after)
            leases.release(work.connection, _key(storm.id, after.notifier), order)
            newest = storms.one(work.connection, storm.id) or storm
            if (delay := failure.delay(news=newest.notice > storm.notice)) is not None:
                again = orders.tell_storm(
                    storm.id, after.notifier, newest.notice,
                    attempt=failure.attempt, delay=delay, turn=failure.turn(now),
                )  # fmt: skip
                work.order([again])
        failure.log(storm=storm.id)
        return failure.outcome


def _key(storm: str, notifier: str) -> str:
    return f"tell/storm/{storm}/{notifier}"
