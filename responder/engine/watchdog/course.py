"""The course of the watchdog: a chore that notices when it stops coming, and when it comes again.

What it compares stands in the database, over all replicas: when the watchdog was last heard, and since when
it could be heard without a gap. While no replica looked, none could hear: after that the time begins anew,
so that neither our own downtime, nor a database that was away, nor a clock that jumped is taken for a loss.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from responder import metrics
from responder.domain.ids import new_loss_id
from responder.domain.watchdog import Expected, Listening, Loss, Watch
from responder.engine import orders
from responder.engine.bulletins import BulletinHealing
from responder.engine.desk import Desk, Work
from responder.engine.orders import Topic
from responder.log import Action, get_logger
from responder.storage import watchdog

GAP: Final = timedelta(seconds=60)
"""Nobody could hear it if no replica looked for so long: more than a replica's takeover takes."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class WatchdogRule:
    """When it is missed: nothing heard of it for so long."""

    expected: Expected = Expected.ONCE_HEARD
    lost_after: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Seen:
    heard_at: datetime | None
    listening: Listening | None
    loss: Loss | None
    untold: bool


@dataclass(frozen=True, slots=True)
class WatchdogCourse:
    """A chore of every few seconds; `leads` says whether this replica does what is needed once only.

    Args:
        desk: where it is kept.
        rule: when it is missed.
        tellers: the notifiers that tell people about it.
        leads: whether this replica is the one.
    """

    desk: Desk
    rule: WatchdogRule
    tellers: tuple[str, ...]
    leads: Callable[[], bool]

    def run(self) -> None:
        now = self.desk.clock()
        seen = self._look(now)
        metrics.WATCHDOG_HEARD_TIME.set(seen.heard_at.timestamp() if seen.heard_at else 0)
        metrics.WATCHDOG_LOST.set(seen.loss is not None)
        if not self.leads():
            return
        listens = _listens(seen.listening, now)
        with self.desk.work() as work:
            watchdog.put_listening(work.connection, listens)
            if seen.loss is not None:
                self._end(work, seen.loss, seen.heard_at, now)
            elif self._is_lost(seen.heard_at, listens, now):
                self._begin(work, seen.heard_at, now)
            if seen.untold:
                self._healing.heal(work, now)

    def stands(self) -> Watch:
        """How it stands with it now."""
        with self.desk.database.read() as connection:
            heard, loss = watchdog.heard_at(connection), watchdog.current(connection)
        return Watch(
            expected=_is_expected(self.rule.expected, heard),
            heard_at=heard,
            lost_at=loss.lost_at if loss else None,
        )

    @property
    def _healing(self) -> BulletinHealing:
        return BulletinHealing(Topic.WATCHDOG, watchdog.BULLETINS, self.tellers)

    def _look(self, now: datetime) -> _Seen:
        with self.desk.database.read() as connection:
            return _Seen(
                heard_at=watchdog.heard_at(connection),
                listening=watchdog.heard_from(connection),
                loss=watchdog.current(connection),
                untold=self._healing.due(connection, now),
            )

    def _is_lost(self, heard_at: datetime | None, listens: Listening, now: datetime) -> bool:
        """Whether it should have come since it could be heard; heard in the future is not heard."""
        if not _is_expected(self.rule.expected, heard_at):
            return False
        heard = heard_at if heard_at is not None and heard_at <= now else listens.since
        return now - max(heard, listens.since) >= self.rule.lost_after

    def _begin(self, work: Work, heard_at: datetime | None, now: datetime) -> None:
        new = Loss(id=new_loss_id(now), heard_at=heard_at, lost_at=now, notice=1, changed_at=now)
        if watchdog.begin(work.connection, new):
            self._tell(work, new)
            log.error(Action.WATCHDOG_LOST, loss=new.id, heard_at=heard_at.isoformat() if heard_at else None)

    def _end(self, work: Work, loss: Loss, heard_at: datetime | None, now: datetime) -> None:
        """It is over if it came again, or isn't expected any longer."""
        came_back = heard_at != loss.heard_at
        if not came_back and _is_expected(self.rule.expected, heard_at):
            return
        after = replace(loss, over_at=now, came_back=came_back, notice=loss.notice + 1, changed_at=now)
        if watchdog.end(work.connection, after):
            self._tell(work, after)
            log.warning(Action.WATCHDOG_BACK, loss=loss.id, came_back=came_back)

    def _tell(self, work: Work, loss: Loss) -> None:
        work.order(orders.tell_bulletin(Topic.WATCHDOG, loss.id, one, loss.notice) for one in self.tellers)


def _listens(before: Listening | None, now: datetime) -> Listening:
    """Since when it can be heard, now that a replica looks: anew after a gap or a jump of the clock."""
    if before is None or not timedelta(0) <= now - before.looked_at < GAP:
        return Listening(since=now, looked_at=now)
    return replace(before, looked_at=now)


def _is_expected(expected: Expected, heard_at: datetime | None) -> bool:
    match expected:
        case Expected.NEVER:
            return False
        case Expected.ONCE_HEARD:
            return heard_at is not None
        case Expected.ALWAYS:
            return True
