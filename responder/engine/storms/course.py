"""The course of a storm: a chore that begins it, chooses the worst, keeps the summary true, and ends it.

All it knows stands in the database, so that it goes on after a restart, and on whichever replica leads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from responder import metrics
from responder.domain.alert import Severity
from responder.domain.ids import content_digest
from responder.domain.incident import Absorbed, released
from responder.domain.storm import TOLD_SINGLY, Storm
from responder.engine.bulletins import BulletinHealing
from responder.engine.desk import Desk, Work
from responder.engine.orders import Topic
from responder.log import Action, get_logger
from responder.policy import storm as policy
from responder.storage import deliveries, incidents, past, storms
from responder.storage.database import lock_names

EDITED: Final = timedelta(seconds=5)
"""The summary is edited no more often."""
ON_THEIR_WAY: Final = 20
"""So many incidents at most that are not told yet: no more are let go."""
WAITED_FOR: Final = timedelta(minutes=1)
"""So long at most the others wait for what a notifier has not told."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class _Weather:
    storm: Storm | None
    opened: int
    """Incidents opened lately, by all replicas."""
    waiting: bool
    """Whether there are open incidents that a storm deferred."""
    untold: bool


@dataclass(frozen=True, slots=True)
class StormCourse:
    """A chore of every few seconds; `leads` says whether this replica does what is needed once only."""

    desk: Desk
    leads: Callable[[], bool]

    def run(self) -> None:
        now, watch = self.desk.clock(), self.desk.storms
        weather = self._look(now)
        watch.on = weather.storm is not None
        metrics.STORM.set(watch.on)
        if not self.leads():
            return
        if weather.storm is not None:
            self._lead(weather.storm, weather.opened, now)
        elif policy.begins(weather.opened, watch.limit):
            self._begin(now)
        elif weather.waiting:
            self._release(now)
        if weather.untold:
            with self.desk.work() as work:
                self._healing.heal(work, now)

    @property
    def _healing(self) -> BulletinHealing:
        return BulletinHealing(Topic.STORM, storms.SUMMARIES, self.desk.storms.tellers)

    def _look(self, now: datetime) -> _Weather:
        with self.desk.database.read() as connection:
            return _Weather(
                storm=storms.current(connection),
                opened=past.opened_between(connection, now - policy.WINDOW, now),
                waiting=bool(storms.deferred(connection, 1)),
                untold=self._healing.due(connection, now),
            )

    def _begin(self, now: datetime) -> None:
        with self.desk.work() as work:
            work.order(self.desk.storms.begin(work.connection, now))
        self.desk.storms.on = True

    def _lead(self, storm: Storm, opened: int, now: datetime) -> None:
        """Let the worst go on, and say what changed; or end it."""
        room = self._room(now)
        with self.desk.work() as work:
            worst = storms.worst(work.connection, storm.since, TOLD_SINGLY)
            self._let_go(work, storms.still_deferred(work.connection, worst), room, now)
            over = policy.is_over(opened, self.desk.storms.limit)
            counted = content_digest(repr(storms.kinds(work.connection, storm)))
            news = counted != storm.shown and now - storm.changed_at >= EDITED
            if over or news:
                after = replace(
                    storm,
                    notice=storm.notice + 1,
                    changed_at=now,
                    shown=counted,
                    ended_at=now if over else None,
                )
                if not storms.update(work.connection, after):
                    return  # this replica slept, and another one leads by now
                work.order(self.desk.storms.told(after))
        if over:
            self.desk.storms.on = False
            log.warning(Action.STORM_ENDED, storm=storm.id)

    def _release(self, now: datetime) -> None:
        """The storm is over: those still open go on."""
        room = self._room(now)
        if any(room.values()):
            with self.desk.work() as work:
                self._let_go(work, storms.deferred(work.connection, ON_THEIR_WAY), room, now)

    def _room(self, now: datetime) -> dict[Severity, int]:
        """How many of each severity may go on now: as people are told of those before."""
        with self.desk.database.read() as connection:
            since = now - WAITED_FOR
            backlogs = [deliveries.backlog(connection, one, since) for one in self.desk.notifiers]
        return {severity: policy.room(backlogs, severity, ON_THEIR_WAY) for severity in Severity}

    def _let_go(
        self, work: Work, waiting: Sequence[str], room: Mapping[Severity, int], now: datetime
    ) -> None:
        """Have as many of these told as there is room for, the worst first; locked as intake locks them."""
        lock_names(work.connection, incidents.names_of(work.connection, waiting))
        held = incidents.load_many(work.connection, waiting, for_change=True)
        let_go = 0
        for before in (held[one] for one in waiting if one in held):
            if let_go < room[before.severity] and before.deferred and before.open:
                self.desk.keep(work, before, Absorbed(released(before, now)))
                let_go += 1
