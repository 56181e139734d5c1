"""What takes effect after its fix was given up: it is undone.

A replica that was frozen while it sent an order may send it when it wakes up, and so may the network, late;
another one has read by then that nothing happened, and people were told so. So it is looked for afterwards,
by whoever gave the fix up and by whoever wakes up.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from responder.domain import fix as moves
from responder.domain.errors import AdapterError, Refused
from responder.domain.fix import Fix, FixEnd, FixState, Moved, Seen
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.ports import FixAction
from responder.storage import fixes

LATE: Final = 20.0
"""Seconds after which what was sent without an answer has arrived, or never will."""


def was_given_up(fix: Fix) -> bool:
    """Whether it is over because it did not take effect, as far as could be known."""
    return fix.end is FixEnd.FAILED


def look_after(work: Work, fix: Fix, now: datetime) -> None:
    """Have it looked, where a fix was given up, whether it took effect after that."""
    if was_given_up(fix):
        work.order([_look(fix, now, LATE)])


def look_at_once_and_after(work: Work, fix: Fix, now: datetime) -> None:
    """The same of one that was given up while this replica was at it: what it sent may be there by now."""
    if was_given_up(fix):
        work.order([_look(fix, now, wait) for wait in (0.0, LATE)])


def _look(fix: Fix, now: datetime, wait: float) -> orders.Order:
    return orders.fix(fix.id, fix.revision, delay=wait, again=int(now.timestamp() + wait))


@dataclass(frozen=True, slots=True)
class Late:
    """Makes the move of a fix that was given up."""

    desk: Desk
    parts: FixParts
    ledger: Ledger

    async def undo(self, fix: Fix) -> None:
        """Undo it if it took effect. What can't be undone stays, as all that is done once."""
        action = self.parts.actions.get(fix.change.action)
        if action is None or await self.desk.aside(lambda: self._is_taken(fix.change.target)):
            return
        try:
            undone = await self._undo(action, fix)
        except Refused:
            return
        except AdapterError:
            await self.desk.aside(lambda: self._again(fix))
        else:
            if undone:
                await self.desk.aside(lambda: self._note(moves.undone_late(fix)))

    async def _undo(self, action: FixAction, fix: Fix) -> bool:
        if (await action.look(fix)).seen is not Seen.OURS:
            return False
        await action.undo(replace(fix, state=FixState.UNDOING))
        return True

    def _is_taken(self, target: str) -> bool:
        """Whether what is read there may be of another fix."""
        with self.desk.database.read() as connection:
            return any(one.change.target == target for one in fixes.holding(connection))

    def _again(self, fix: Fix) -> None:
        """As long as what may have come late would last."""
        now = self.desk.clock()
        if fix.ended_at is not None and now < fix.ended_at + fix.lasts:
            with self.desk.work() as work:
                look_after(work, fix, now)

    def _note(self, moved: Moved) -> None:
        with self.desk.work() as work:
            self.ledger.note(work, moved)
