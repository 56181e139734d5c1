"""The sweep: finds what is due and nobody is at work on, and orders it: heals what a crash or a lock left."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.log import Action, get_logger
from responder.storage import commands, deliveries, fixes, incidents, moved_in, stuck

UNTOLD_AFTER: Final = timedelta(seconds=2.0)
"""A change that nobody told by then is told with what is known."""
HEALED_AGAIN: Final = timedelta(seconds=15)
OVERDUE: Final = timedelta(seconds=10)
"""A move of a quick fix, a silence or an answer that was due for so long is ordered again."""
STUCK_AFTER: Final = timedelta(seconds=60)
"""An investigation or an ending that is missing by then is ordered again."""
SHOWN_WITHIN: Final = timedelta(hours=3)
"""So long after its end at most it is tried to show a quick fix on dashboards."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """A chore of every few seconds; one transaction, and none that writes if there is nothing to heal."""

    desk: Desk

    def run(self) -> int:
        """How many orders it gave."""
        now = self.desk.clock()
        if not self._any(now):
            return 0
        with self.desk.work() as work:
            self._tell(work, now)
            self._investigate(work, now)
            self._end(work, now)
            self._fix(work, now)
            self._silence(work, now)
            self._answer(work, now)
            self._move_in(work, now)
            given = len(work.ordered)
        if given:
            log.info(Action.HEALED, orders=given)
        return given

    def _any(self, now: datetime) -> bool:
        with self.desk.database.read() as connection:
            return any(
                deliveries.behind(connection, notifier, now - UNTOLD_AFTER, now, limit=1)
                for notifier in self.desk.notifiers
            ) or bool(
                stuck.uninvestigated(connection, now - STUCK_AFTER, now)
                or stuck.unended(connection, now - STUCK_AFTER, now)
                or fixes.overdue(connection, now - OVERDUE)
                or stuck.unsilenced(connection, now - OVERDUE)
                or commands.overdue(connection, now - OVERDUE, now)
                or moved_in.marked(connection)
            )

    def _tell(self, work: Work, now: datetime) -> None:
        """In the order of the incidents, in which all who write about several lock them."""
        untold = [
            (behind.incident, notifier, behind)
            for notifier in self.desk.notifiers
            for behind in deliveries.behind(work.connection, notifier, now - UNTOLD_AFTER, now)
        ]
        for incident, notifier, behind in sorted(untold, key=lambda one: one[:2]):
            deliveries.put_ordered(work.connection, behind, notifier, now, now + HEALED_AGAIN)
            order = orders.tell(
                incident, notifier, behind.notice, behind.severity, attempt=behind.attempts + 2
            )
            work.order([order])

    def _investigate(self, work: Work, now: datetime) -> None:
        for found in stuck.uninvestigated(work.connection, now - STUCK_AFTER, now):
            order = orders.investigate(
                found.incident, found.revision, found.severity, _turn(found.since, now)
            )
            work.order([replace(order, delay=0)])

    def _end(self, work: Work, now: datetime) -> None:
        for found in stuck.unended(work.connection, now - STUCK_AFTER, now):
            order = orders.end(found.incident, found.revision, found.notice, _turn(found.since, now))
            work.order([replace(order, delay=0)])

    def _fix(self, work: Work, now: datetime) -> None:
        for fix in fixes.overdue(work.connection, now - OVERDUE):
            work.order([orders.fix(fix.id, fix.revision, again=_turn(fix.due_at or now, now))])

    def _silence(self, work: Work, now: datetime) -> None:
        overdue = {one.incident: one.due_at for one in stuck.unsilenced(work.connection, now - OVERDUE)}
        for incident in incidents.load_many(work.connection, overdue).values():
            if incident.silence is not None:
                again = _turn(overdue[incident.id], now)
                work.order([orders.silence(incident.id, incident.silence, again=again)])

    def _answer(self, work: Work, now: datetime) -> None:
        for asked in commands.overdue(work.connection, now - OVERDUE, now):
            commands.update(work.connection, replace(asked, due_at=now + HEALED_AGAIN))
            work.order([orders.answer(asked.id, 1000 + int(now.timestamp()))])

    def _move_in(self, work: Work, now: datetime) -> None:
        """After an import, once: what no row says that it is due. Done twice, both change nothing."""
        if not moved_in.taken(work.connection):
            return
        for incident, revision in stuck.unproposed(work.connection):
            work.order([orders.propose(incident, revision)])
        for fix in fixes.applied_until(work.connection, now - SHOWN_WITHIN):
            work.order([orders.annotate(fix.id, fix.revision)])


def _turn(since: datetime, now: datetime) -> int:
    """A number that is the same for every replica within a minute, and above all ordinary attempts."""
    return 1000 + int((now - since).total_seconds() // 60)
