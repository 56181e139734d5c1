"""A clock that is set back: noticed by a chore, which brings what was kept to the present."""

from dataclasses import dataclass
from datetime import datetime

from responder.engine.desk import Desk
from responder.log import Action, get_logger
from responder.storage import set_back

log = get_logger()


@dataclass(slots=True)
class SetBack:
    """A chore of every few seconds; its first turn looks at what an earlier process kept."""

    desk: Desk
    _before: datetime | None = None

    def run(self) -> None:
        now = self.desk.clock()
        if self._before is None or now <= self._before - set_back.APART:
            with self.desk.database.write() as connection:
                rows = set_back.bring_to(connection, now)
            if rows:
                log.warning(Action.CLOCK_SET_BACK, rows=rows)
        self._before = now
