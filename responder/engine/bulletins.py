"""The moves that tell bulletins: have one notifier bring a message of its own up to date, and heal it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

import sqlalchemy as sa

from responder import metrics
from responder.domain.bulletin import Bulletin
from responder.domain.errors import AdapterError
from responder.domain.ids import bulletin_id
from responder.domain.notice import Delivery, DeliveryState, PartlyTold, Receipt
from responder.engine import orders
from responder.engine.delivering import LEASE, Failed, Told, failed, milliseconds, within_deadline
from responder.engine.desk import Desk, Work
from responder.engine.orders import Order, Topic
from responder.engine.sweep import HEALED_AGAIN, UNTOLD_AFTER
from responder.engine.tidying import AT_ONCE
from responder.engine.tidying import LATE as LATE_SENT
from responder.log import Action, get_logger
from responder.storage import leases
from responder.storage.bulletins import Bulletins
from responder.storage.leases import Claim, Lease

HEALED_WITHIN: Final = timedelta(days=1)
"""A bulletin that nobody could tell for so long is given up."""

log = get_logger()

B_contra = TypeVar("B_contra", bound=Bulletin, contravariant=True)
B = TypeVar("B", bound=Bulletin)


class Tell(Protocol[B_contra]):
    """How one notifier says a bulletin; everything is as with `Notifier.tell`."""

    def __call__(self, notice: B_contra, previous: Receipt | None, *, sure: bool) -> Awaitable[Receipt]: ...


@dataclass(frozen=True, slots=True)
class _Begun(Generic[B]):
    notice: B
    delivery: Delivery
    sure: bool
    """Nothing can have been sent that the receipt doesn't know."""
    alone: bool
    """Nobody else can still be sending it."""
    until: datetime
    """When its lease ends, which is known by that."""


@dataclass(frozen=True, slots=True)
class BulletinTelling(Generic[B]):
    """Makes the move for one topic.

    Args:
        desk: where it is kept.
        topic: what these bulletins are about.
        kept: where they and their deliveries are kept.
        tellers: the notifiers that can say them, by name.
        compose: the bulletin of this id as it is now, or None where there is none.
    """

    desk: Desk
    topic: Topic
    kept: Bulletins
    tellers: Mapping[str, Tell[B]]
    compose: Callable[[sa.Connection, str], B | None]

    async def __call__(self, order: str, about: str, notifier: str, attempt: int) -> Told:  # noqa: ARG002 - as moves are called
        if notifier not in self.tellers:
            return Told.NO_NOTIFIER
        claim = Claim(self.kept.lease(about, notifier), order)
        begun = await self.desk.insist(lambda: self._begin(claim, about, notifier))
        if isinstance(begun, Told):
            return begun
        previous = begun.delivery.receipt if begun.delivery.receipt.data else None
        telling = self.tellers[notifier](begun.notice, previous, sure=begun.sure)
        try:
            receipt = await within_deadline(notifier, about, telling)
        except (AdapterError, PartlyTold) as error:
            outcome = await self._failed(order, begun, error)
        else:
            outcome = await self.desk.insist(lambda: self._finish(order, begun, receipt))
        metrics.DELIVERIES.labels(notifier, outcome).inc()
        return outcome

    async def _failed(self, order: str, begun: _Begun[B], error: AdapterError | PartlyTold) -> Told:
        """Apart from where the error went through, as when an incident is told."""
        failure = failed(begun.delivery, error, sure=begun.sure)
        return await self.desk.insist(lambda: self._fail(order, begun, failure))

    def _begin(self, claim: Claim, about: str, notifier: str) -> _Begun[B] | Told:
        now = self.desk.clock()
        with self.desk.work() as work:
            if self._behind(work, about, notifier) is None:
                return Told.NOTHING_NEW
            lease = claim.take(work.connection, now, LEASE)
            if lease is Lease.TAKEN:
                return Told.UNDER_WAY
            # On PostgreSQL the last one may have told it and given the lease back since that was read.
            delivery = self._behind(work, about, notifier)
            if delivery is None:
                claim.give_back(work.connection, lease, now)
                return Told.NOTHING_NEW
            notice = self.compose(work.connection, about)
            began = self.kept.since(work.connection, about)
        if notice is None or began is None:
            return Told.NOTHING_NEW
        alone = lease is Lease.FRESH and not delivery.error
        sure = alone and (bool(delivery.receipt.data) or self.desk.saw(began))
        return _Begun(notice, delivery, sure, alone, claim.until)

    def _behind(self, work: Work, about: str, notifier: str) -> Delivery | None:
        """How far this notifier is, where that is not all of it."""
        delivery = self.kept.delivery(work.connection, about, notifier)
        return delivery if delivery.notice < self.kept.notice_of(work.connection, about) else None

    def _finish(self, order: str, begun: _Begun[B], receipt: Receipt) -> Told:
        about, notifier = begun.notice.id, begun.delivery.notifier
        done = replace(
            begun.delivery, state=DeliveryState.DELIVERED, notice=begun.notice.notice, receipt=receipt,
            attempts=0, error="",
        )  # fmt: skip
        now = self.desk.clock()
        with self.desk.work() as work:
            if not self._still_ours(work, order, begun):
                return Told.LOST
            self.kept.put_delivery(work.connection, done, now)
            if not begun.alone:
                work.order([self._tidy(begun, now, LATE_SENT)])
            newest = self.kept.notice_of(work.connection, about)
            if newest > begun.notice.notice:
                turn = milliseconds(now)
                work.order([orders.tell_bulletin(self.topic, about, notifier, newest, attempt=2, turn=turn)])
        log.info(Action.TOLD, notifier=notifier, notice=begun.notice.notice, **{self.topic: about})
        return Told.DELIVERED

    def _fail(self, order: str, begun: _Begun[B], failure: Failed) -> Told:
        about, after, now = begun.notice.id, failure.delivery, self.desk.clock()
        with self.desk.work() as work:
            if not self._still_ours(work, order, begun):
                return Told.LOST
            self.kept.put_delivery(work.connection, after, now, due_at=now + failure.due_after)
            newest = self.kept.notice_of(work.connection, about)
            if (delay := failure.delay(news=newest > begun.notice.notice)) is not None:
                again = orders.tell_bulletin(
                    self.topic, about, after.notifier, newest,
                    attempt=failure.attempt, delay=delay, turn=failure.turn(now),
                )  # fmt: skip
                work.order([again])
        failure.log(**{self.topic: about})
        return failure.outcome

    def _still_ours(self, work: Work, order: str, begun: _Begun[B]) -> bool:
        """Give the lease back. Where another replica has had it since, it has told the same."""
        about, notifier = begun.notice.id, begun.delivery.notifier
        if leases.release(work.connection, self.kept.lease(about, notifier), order, begun.until):
            return True
        work.order([self._tidy(begun, self.desk.clock(), AT_ONCE)])
        log.warning(Action.TELLING_LOST, notifier=notifier, **{self.topic: about})
        return False

    def _tidy(self, begun: _Begun[B], now: datetime, delay: float) -> Order:
        about = bulletin_id(self.topic, begun.notice.id)
        return orders.tidy(about, begun.delivery.notifier, milliseconds(now), delay=delay)


@dataclass(frozen=True, slots=True)
class BulletinHealing:
    """Orders anew what nobody told, as the sweep does with incidents."""

    topic: Topic
    kept: Bulletins
    tellers: tuple[str, ...]

    def due(self, connection: sa.Connection, now: datetime) -> bool:
        """Whether there is anything to heal."""
        return any(self.kept.untold(connection, one, *_healed(now)) for one in self.tellers)

    def heal(self, work: Work, now: datetime) -> None:
        for notifier in self.tellers:
            for untold in self.kept.untold(work.connection, notifier, *_healed(now)):
                told = self.kept.delivery(work.connection, untold.id, notifier)
                again = replace(told, attempts=told.attempts + 1)
                self.kept.put_delivery(work.connection, again, now, due_at=now + HEALED_AGAIN)
                attempt = again.attempts + 1
                work.order(
                    [orders.tell_bulletin(self.topic, untold.id, notifier, untold.notice, attempt=attempt)]
                )


def _healed(now: datetime) -> tuple[datetime, datetime, datetime]:
    return now - HEALED_WITHIN, now - UNTOLD_AFTER, now
