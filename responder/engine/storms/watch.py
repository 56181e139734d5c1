"""Notices a storm where incidents are kept, without asking the database anything.

Each replica counts what it opened itself; the chore counts all of them, every two seconds, and says what
the others know.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from responder import metrics
from responder.domain.ids import new_storm_id
from responder.domain.incident import Absorbed
from responder.domain.storm import Storm
from responder.engine import orders
from responder.engine.orders import Order, Topic
from responder.log import Action, get_logger
from responder.policy import storm as policy
from responder.storage import storms

LIMIT: Final = 20

log = get_logger()


@dataclass(frozen=True, slots=True)
class Opened:
    """New incidents as they are to be kept, the orders that follow, and what to do once they are kept."""

    incidents: Sequence[Absorbed]
    orders: Sequence[Order]
    kept: Callable[[], None]


class StormWatch:
    """Whether there is a storm, as far as this replica knows.

    Args:
        limit: more than so many incidents, opened within five minutes, are a storm.
        tellers: notifiers that tell people about it.
    """

    def __init__(self, limit: int = LIMIT, tellers: Sequence[str] = ()) -> None:
        self.limit = limit
        self.tellers = tuple(tellers)
        self.on = False
        self._opened: deque[datetime] = deque(maxlen=limit + 1)

    def opened(self, connection: sa.Connection, new: Sequence[Absorbed]) -> Opened:
        """Take note of new incidents; in a storm they are deferred, and who begins it orders its summary."""
        moments = [one.incident.opened_at for one in new]
        if not self.on and not self._too_many(moments):
            return Opened(new, (), lambda: self._opened.extend(moments))
        ordered = [] if self.on else self.begin(connection, moments[-1])

        def kept() -> None:
            self._opened.extend(moments)
            self.on = True
            metrics.INCIDENTS_DEFERRED.inc(len(new))

        deferred = [replace(one, incident=replace(one.incident, deferred=True)) for one in new]
        return Opened(deferred, ordered, kept)

    def may_go(self, moment: datetime) -> bool:
        """Whether an incident that is deferred may go on at once with its news: not as one of a storm."""
        return not self.on and not self._too_many([moment])

    def went(self, moment: datetime) -> None:
        """Take note of one that did: people are told of it as of a new one."""
        self._opened.append(moment)

    def begin(self, connection: sa.Connection, now: datetime) -> list[Order]:
        """Keep that a storm begins, unless another replica did; the orders to tell people."""
        new = Storm(id=new_storm_id(now), since=now - policy.WINDOW, began_at=now, notice=1, changed_at=now)
        storm = storms.begin(connection, new)
        if storm == new:
            log.warning(Action.STORM_BEGAN, storm=storm.id, limit=self.limit)
        return self.told(storm)

    def told(self, storm: Storm) -> list[Order]:
        """Every notifier that can has to bring the summary up to date."""
        return [
            orders.tell_bulletin(Topic.STORM, storm.id, notifier, storm.notice) for notifier in self.tellers
        ]

    def _too_many(self, moments: Sequence[datetime]) -> bool:
        """Whether with these more were opened within the window than the limit allows."""
        number = len(self._opened) + len(moments)
        if not moments or not policy.begins(number, self.limit):
            return False
        first = number - self.limit - 1
        known = len(self._opened)  # another thread may add to them meanwhile, and takes none of these away
        oldest = self._opened[first] if first < known else moments[first - known]
        return abs(moments[-1] - oldest) < policy.WINDOW  # the clock may have been set back since
