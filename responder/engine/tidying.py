"""The move `tidy`: have one notifier take away what it said twice.

A replica that was frozen while it sent something may send it when it wakes up, and so may the network, late;
another one has told the same by then. Looking before sending can't see that: it is looked for afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

import sqlalchemy as sa

from responder import metrics
from responder.domain.errors import AdapterError, Refused, Unreachable
from responder.domain.notice import Receipt
from responder.engine import orders
from responder.engine.delivering import milliseconds, within_deadline
from responder.engine.desk import Desk
from responder.engine.orders import Topic
from responder.engine.ports import Tidier
from responder.log import Action, get_logger
from responder.storage import deliveries, incidents, leases, storms, watchdog
from responder.storage.leases import Claim, Lease

BULLETINS: Final = {Topic.STORM: storms.SUMMARIES, Topic.WATCHDOG: watchdog.BULLETINS}
"""What is not about an incident."""
ATTEMPTS: Final = 8
AT_ONCE: Final = 1.0
"""Seconds; by then whoever has it has usually told it."""
LATE: Final = 20.0
"""Seconds after which what was sent without an answer has arrived, or never will."""
UNDER_WAY: Final = 3.0
"""Seconds until it is tried again where something is just being told."""
LEASE: Final = timedelta(seconds=45)

log = get_logger()


class Tidied(StrEnum):
    """How an order to tidy ended. Values are metric labels."""

    CLEAN = "clean"
    REMOVED = "removed"
    NOTHING_TOLD = "nothing_told"
    UNDER_WAY = "under_way"
    """Something is just being told: it is ordered again."""
    RETRYING = "retrying"
    REFUSED = "refused"
    """The far side shows or removes nothing, for lack of a scope: it stays as it is."""


@dataclass(frozen=True, slots=True)
class _Begun:
    since: datetime
    receipt: Receipt
    lease: Lease


@dataclass(frozen=True, slots=True)
class Tidying:
    """Makes the move. Meanwhile nothing is told there about the same; the sweep orders what is to be."""

    desk: Desk
    tidiers: Mapping[str, Tidier]

    async def __call__(self, order: str, about: str, notifier: str, attempt: int) -> Tidied:
        if notifier not in self.tidiers:
            return Tidied.NOTHING_TOLD
        claim, wait = Claim(_key(about, notifier), order), self._again(about, notifier, attempt, UNDER_WAY)
        begun = await self.desk.insist(lambda: self._begin(claim, about, notifier, wait))
        if isinstance(begun, Tidied):
            return begun
        delay: float | None = None
        try:
            removed = await self._tidy(self.tidiers[notifier], about, begun)
            outcome = Tidied.REMOVED if removed else Tidied.CLEAN
        except Refused as error:
            outcome = Tidied.REFUSED
            log.warning(Action.TIDYING_FAILED, notifier=notifier, about=about, error=str(error)[:300])
        except AdapterError as error:
            outcome = Tidied.RETRYING
            asked = error.retry_after if isinstance(error, Unreachable) else None
            delay = max(orders.backoff(attempt), asked or 0)
        again = [] if delay is None else self._again(about, notifier, attempt, delay)
        end = partial(self._end, order, about, notifier, begun.lease, again)
        await self.desk.insist(end)
        metrics.TIDIED.labels(notifier, outcome).inc()
        return outcome

    async def _tidy(self, tidier: Tidier, about: str, begun: _Begun) -> int:
        removed = await within_deadline(tidier.name, about, tidier.tidy(about, begun.since, begun.receipt))
        if removed:
            log.warning(Action.TIDIED, notifier=tidier.name, about=about, removed=removed)
        return removed

    def _begin(
        self, claim: Claim, about: str, notifier: str, wait: Sequence[orders.Order]
    ) -> _Begun | Tidied:
        with self.desk.work() as work:
            if self._told(work.connection, about, notifier) is None:
                return Tidied.NOTHING_TOLD
            now = self.desk.clock()
            lease = claim.take(work.connection, now, LEASE)
            if lease is Lease.TAKEN:
                work.order(wait)
                return Tidied.UNDER_WAY
            told = self._told(work.connection, about, notifier)  # by whoever had the lease until now, too
            if told is None:
                claim.give_back(work.connection, lease, now)
                return Tidied.NOTHING_TOLD
        return _Begun(*told, lease)

    def _told(self, connection: sa.Connection, about: str, notifier: str) -> tuple[datetime, Receipt] | None:
        """Since when there was something to tell, and what was told of it."""
        topic, _, name = about.rpartition("/")
        if topic:
            kept = BULLETINS[Topic(topic)]
            since = kept.since(connection, name)
            return None if since is None else (since, kept.delivery(connection, name, notifier).receipt)
        incident = incidents.load(connection, about)
        if incident is None:
            return None
        return incident.opened_at, deliveries.one(connection, about, notifier).delivery.receipt

    def _end(
        self, order: str, about: str, notifier: str, lease: Lease, again: Sequence[orders.Order]
    ) -> None:
        with self.desk.work() as work:
            if lease is Lease.LEFT:  # whoever tells next must still hear that somebody was at it
                leases.leave(work.connection, _key(about, notifier), order, self.desk.clock())
            else:
                leases.release(work.connection, _key(about, notifier), order)
            work.order(again)

    def _again(self, about: str, notifier: str, attempt: int, wait: float) -> list[orders.Order]:
        if attempt >= ATTEMPTS:
            return []
        at = milliseconds(self.desk.clock())
        return [orders.tidy(about, notifier, at, delay=wait, attempt=attempt + 1)]


def _key(about: str, notifier: str) -> str:
    """The lease of telling the same."""
    return f"tell/{about}/{notifier}"
