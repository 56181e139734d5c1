"""Comparing what we hold with what Alertmanager says: each minute, and whenever it left alerts out.

Missed alerts join, gone ones close, silenced and inhibited ones say so. What was asked can be overtaken by
fresher news before it is used: an incident that changed since the question is left for the next time.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from responder import metrics
from responder.domain.alert import Alert
from responder.domain.errors import AdapterError
from responder.domain.ids import new_notification_id
from responder.domain.incident import Incident, absorb
from responder.engine import orders
from responder.engine.desk import Desk
from responder.engine.ports import AlertSource, Listed
from responder.engine.reconciling import absent, differing, missed, notifications_of
from responder.engine.take_in import names_to_lock, take_in
from responder.log import Action, get_logger
from responder.storage import incidents, receivers, ways
from responder.storage.database import lock_names

DEADLINE: Final = 15.0
"""Seconds."""
ATTEMPTS: Final = 6

log = get_logger()


class Compared(StrEnum):
    """How a comparison ended. Values are metric labels."""

    CHANGED = "changed"
    SAME = "same"
    OUTDATED = "outdated"
    """Fresher news came while it was asked."""
    NOT_DUE = "not_due"
    FAILED = "failed"


@dataclass(slots=True)
class Comparison:
    """Compares everything: a chore, and a move for an incident that is unsure of its alerts.

    Args:
        desk: where changes are kept.
        source: Alertmanager.
        grace: an alert younger than this may still be on its way: it is not counted as missed.
    """

    desk: Desk
    source: AlertSource
    grace: timedelta = timedelta(minutes=2)
    _absent: frozenset[tuple[str, str]] = field(default=frozenset())
    """What the last comparison did not find: (incident, fingerprint). Missing twice in a row is gone; once
    may be an Alertmanager that has just started and was not told of its alerts yet."""

    async def move(self, order: str, incident: str, notice: int, attempt: int) -> Compared:  # noqa: ARG002 - as moves are called
        """See all alerts of an incident that is unsure of them; it may close only after that."""
        held = await self.desk.aside(lambda: self._load(incident))
        if held is None or not held.unsure:
            return Compared.NOT_DUE
        outcome = await self.all()
        if attempt < ATTEMPTS and await self.desk.aside(lambda: self._unsure(incident)):
            again = orders.compare(incident, notice, attempt + 1)
            await self.desk.aside(lambda: self._order(again))
        return outcome

    async def all(self) -> Compared:
        """Compare every open incident, and take in what was missed."""
        notices = await self.desk.aside(self._notices)
        try:
            async with asyncio.timeout(DEADLINE):
                listed = await self.source.listed()
        except (AdapterError, TimeoutError) as error:
            metrics.COMPARISONS.labels(Compared.FAILED).inc()
            log.warning(Action.COMPARISON_FAILED, error=str(error)[:300])
            return Compared.FAILED
        outcome = await self.desk.aside(lambda: self._conclude(notices, listed))
        metrics.COMPARISONS.labels(outcome).inc()
        return outcome

    def _conclude(self, notices: dict[str, int], listed: Sequence[Listed]) -> Compared:
        """`notices` are those of the open incidents when Alertmanager was asked."""
        by_fingerprint = {one.alert.fingerprint: one.alert for one in listed}
        joined = self._take_in_missed(listed, notices)
        missing: set[tuple[str, str]] = set()
        outcomes: set[Compared] = set()
        for held in self._held(notices):
            not_listed = {(held.id, fingerprint) for fingerprint in absent(held, by_fingerprint)}
            if held.notice != notices[held.id]:  # what is new here may not have been there when it was asked
                missing |= not_listed & self._absent
                outcomes.add(Compared.OUTDATED)
            else:
                missing |= not_listed
                outcomes.add(self._settle(held, by_fingerprint))
        self._absent = frozenset(missing)
        if joined or Compared.CHANGED in outcomes:
            return Compared.CHANGED
        return Compared.OUTDATED if Compared.OUTDATED in outcomes else Compared.SAME

    def _settle(self, held: Incident, listed: Mapping[str, Alert]) -> Compared:
        """Let one incident take in what differs, unless it changed since it was looked at."""
        gone = self._gone(held, absent(held, listed))
        news = differing(held, listed, gone, self.desk.clock())
        if not news and not held.unsure:
            return Compared.SAME
        with self.desk.work() as work:
            incident = incidents.load(work.connection, held.id, for_change=True)
            if incident is None or incident.notice != held.notice:
                return Compared.OUTDATED
            absorbed = absorb(incident, news, self.desk.clock(), certain=True, full=True)
            self.desk.keep(work, incident, absorbed)
        if absorbed.news:
            kinds = [event.kind.value for event in absorbed.events][:10]
            log.info(Action.COMPARED, incident=held.id, events=kinds)
        return Compared.CHANGED

    def _gone(self, held: Incident, missing: Collection[str]) -> frozenset[str]:
        if held.unsure:
            return frozenset(missing)
        return frozenset(one for one in missing if (held.id, one) in self._absent)

    def _take_in_missed(self, listed: Sequence[Listed], notices: dict[str, int]) -> bool:
        """Take in what nobody sent; incidents that had not changed since the question count as unchanged."""
        now = self.desk.clock()
        with self.desk.database.read() as connection:
            known = receivers.known(connection)
            fingerprints = ways.active_fingerprints(connection)
            found = missed(listed, fingerprints, known, now - self.grace)
            open_ways = ways.of_open(connection) if found else ()
        for notification in notifications_of(found, open_ways, now):
            with self.desk.work() as work:
                lock_names(work.connection, names_to_lock([notification]))
                taken = take_in(
                    self.desk, work, new_notification_id(notification.received_at), notification, missed=True
                )
            for changed in (absorbed.incident for absorbed in taken.changes if absorbed.news):
                if notices.get(changed.id) == changed.notice - 1:
                    notices[changed.id] = changed.notice
            metrics.NOTIFICATIONS.labels(taken.outcome).inc()
            log.warning(Action.COMPARED, missed=len(notification.alerts), incidents=list(taken.incidents))
        return bool(found)

    def _notices(self) -> dict[str, int]:
        with self.desk.database.read() as connection:
            return incidents.open_notices(connection)

    def _held(self, ids: Iterable[str]) -> Iterator[Incident]:
        """A portion at a time: of tens of thousands of alerts not all have to be in memory."""
        for portion in incidents.chunks(tuple(ids)):
            with self.desk.database.read() as connection:
                held = incidents.load_many(connection, portion)
            yield from held.values()

    def _load(self, incident: str) -> Incident | None:
        with self.desk.database.read() as connection:
            return incidents.load(connection, incident)

    def _unsure(self, incident: str) -> bool:
        found = self._load(incident)
        return found is not None and found.unsure

    def _order(self, order: orders.Order) -> None:
        with self.desk.work() as work:
            work.order([order])
