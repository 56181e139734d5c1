"""Keeps a move of a fix: its state, the audit row, the incident's timeline, and the orders that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from responder import metrics
from responder.domain.fix import BY_RESPONDER, Fix, FixState, Happened, Moved
from responder.domain.incident import Event, EventKind, shown
from responder.domain.report import Scalar
from responder.domain.units import number
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.engine.due import told
from responder.engine.fixing import anew
from responder.log import Action, get_logger
from responder.storage import audit, fixes, incidents, timeline

TOLD: Final[Mapping[Happened, EventKind]] = MappingProxyType(
    {
        Happened.APPROVED: EventKind.FIX_APPROVED,
        Happened.REJECTED: EventKind.FIX_REJECTED,
        Happened.REFUSED: EventKind.FIX_REFUSED,
        Happened.APPLIED: EventKind.FIX_APPLIED,
        Happened.VERIFIED: EventKind.FIX_VERIFIED,
        Happened.DID_NOT_WORK: EventKind.FIX_DID_NOT_WORK,
        Happened.MADE_WORSE: EventKind.FIX_DID_NOT_WORK,
        Happened.EXTENDED: EventKind.FIX_EXTENDED,
        Happened.ENDS_SOON: EventKind.FIX_ENDS_SOON,
        Happened.UNDO_WAITS: EventKind.FIX_UNDO_WAITS,
        Happened.UNDO_FAILS: EventKind.FIX_NOT_UNDONE,
        Happened.UNDONE: EventKind.FIX_UNDONE,
        Happened.FAILED: EventKind.FIX_FAILED,
        Happened.SUPERSEDED: EventKind.FIX_SUPERSEDED,
        Happened.TARGET_GONE: EventKind.FIX_SUPERSEDED,
        Happened.FAR_SIDE_RESTARTED: EventKind.FIX_SUPERSEDED,
    }
)
"""What of it is a line of the incident's timeline."""
SILENT: Final = frozenset({Happened.TRIED, Happened.RENEWED, Happened.INTENDED, Happened.UNDO_INTENDED})
"""These change nothing that people are shown."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes down what happens to fixes."""

    desk: Desk
    annotates: bool = False
    """Whether dashboards are to show when fixes begin and end."""

    def load(self, work: Work, fix: str, revision: int | None = None) -> Fix | None:
        """The fix, locked; None if there is none, or if it has moved on since that revision."""
        found = fixes.load(work.connection, fix, for_change=True)
        moved_on = found is not None and revision is not None and found.revision != revision
        return None if moved_on else found

    def keep(self, work: Work, moved: Moved) -> Fix:
        """Keep a move.

        Raises:
            TargetTaken: another fix holds the target; the transaction can't be used any more.
        """
        now, fix = self.desk.clock(), moved.fix
        if moved.happened is Happened.PROPOSED:
            fixes.insert(work.connection, fix)
        else:
            fixes.update(work.connection, fix)
        audit.add(work.connection, moved, now)
        self._order(work, fix, now)
        if moved.happened is Happened.INTENDED or (fix.state is FixState.ENDED and fix.approved_at):
            # Its target is taken, or free again.
            anew.propose_everywhere(work, now)
        if self.annotates and (moved.happened is Happened.APPLIED or (fix.ended_at and fix.applied_at)):
            work.order([orders.annotate(fix.id, fix.revision)])
        if moved.happened not in SILENT:
            self._show(work, moved, now)
        self._count(moved)
        return fix

    def note(self, work: Work, moved: Moved) -> None:
        """Write down what happened to a fix that is over and stays so."""
        now = self.desk.clock()
        audit.add(work.connection, moved, now)
        self._show(work, moved, now)
        metrics.FIXES.labels(moved.fix.change.action, moved.happened).inc()
        _log(moved)

    def propose_again(self, work: Work, fix: Fix) -> None:
        """What was proposed is over: while the incident lasts it is proposed as things are now."""
        anew.propose_for(work, fix.incident, self.desk.clock())

    def look_again(self, work: Work, fix: Fix) -> Fix:
        """Keep that nothing happened but time: it is looked at again."""
        fixes.update(work.connection, fix)
        self._order(work, fix, self.desk.clock())
        return fix

    def _order(self, work: Work, fix: Fix, now: datetime) -> None:
        if fix.due_at is not None:
            delay = max(0.0, (fix.due_at - now).total_seconds())
            work.order([orders.fix(fix.id, fix.revision, delay=delay)])

    def _show(self, work: Work, moved: Moved, now: datetime) -> None:
        """Have the incident tell of it."""
        incident = incidents.load(work.connection, moved.fix.incident, for_change=True)
        if incident is None:
            return
        kind = TOLD.get(moved.happened)
        if kind is not None:
            timeline.append(work.connection, incident.id, [Event(kind=kind, at=now, text=words(moved))])
        after = shown(incident, now)
        incidents.update(work.connection, incident, after)
        work.order(told(after, self.desk.notifiers))

    def _count(self, moved: Moved) -> None:
        fix = moved.fix
        metrics.FIXES.labels(fix.change.action, moved.happened).inc()
        if fix.state is FixState.ENDED and fix.end is not None:
            metrics.FIXES_ENDED.labels(fix.change.action, fix.end).inc()
        _log(moved)


def _log(moved: Moved) -> None:
    fix = moved.fix
    log.info(
        Action.FIX_MOVED,
        fix=fix.id,
        incident=fix.incident,
        quick_fix=fix.fix,
        happened=moved.happened,
        state=fix.state,
        by=moved.by,
        target=fix.change.target[:200],
        value_before=fix.change.before,
        value_after=fix.change.after,
        outcome=fix.end,
        text=moved.text[:300],
    )


def said(value: Scalar) -> str:
    """A knob's value as people read it."""
    return number(value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)


def words(moved: Moved) -> str:
    """What a line of the timeline says of it."""
    fix, change = moved.fix, moved.fix.change
    values = f" ({said(change.before)} → {said(change.after)})" if change.after is not None else ""
    by = f" by {moved.by}" if moved.by != BY_RESPONDER else ""
    return f"{fix.named}{values}{by}" + (f": {moved.text}" if moved.text else "")
