"""A clock that is set back: noticed by a chore, which brings what was kept to the present.

What waits for a time that is known, as the end of a quick fix's lease does, is moved by as much as the clock
was. After an interruption nobody knows how much that was: as much as what was kept last is of the future.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from responder.domain.fix import earlier
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.log import Action, get_logger
from responder.storage import fixes, set_back

log = get_logger()


@dataclass(slots=True)
class SetBack:
    """A chore of every moment, of every replica, for each has a clock; the leading one moves what waits.

    Its first turn looks at what an earlier process kept.
    """

    desk: Desk
    leads: Callable[[], bool] = lambda: True
    monotonic: Callable[[], float] = time.monotonic
    _before: tuple[datetime, float] | None = None
    """What both clocks said in the last turn."""

    def run(self) -> None:
        now, ticks = self.desk.clock(), self.monotonic()
        by = self._by(now, ticks)
        if self._before is None or by >= set_back.APART:
            rows = self._bring(now, by)
            if rows:
                log.warning(Action.CLOCK_SET_BACK, rows=rows, seconds=round(by.total_seconds()))
        self._before = now, ticks

    def _by(self, now: datetime, ticks: float) -> timedelta:
        if self._before is None:
            with self.desk.database.read() as connection:
                return set_back.looked_at(connection, now) - now
        then, ticks_then = self._before
        return then + timedelta(seconds=ticks - ticks_then) - now

    def _bring(self, now: datetime, by: timedelta) -> int:
        rows = 0
        with self.desk.work() as work:
            if by >= set_back.APART and self.leads():
                rows += self._move_fixes(work, now, by)
                rows += self.desk.book.sooner(work.connection, by)
            return rows + set_back.bring_to(work.connection, now)

    def _move_fixes(self, work: Work, now: datetime, by: timedelta) -> int:
        """What is due is ordered anew: a move that is being made finds that the fix has moved on."""
        moved = [earlier(fix, by) for fix in fixes.not_over(work.connection, now)]
        for fix in moved:
            fixes.update(work.connection, fix)
            if fix.due_at is not None:
                delay = max(0.0, (fix.due_at - now).total_seconds())
                work.order([orders.fix(fix.id, fix.revision, delay=delay)])
        return len(moved)
