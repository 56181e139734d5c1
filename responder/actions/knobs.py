"""How a knob stands, seen from a fix that was meant to set it. Pure.

A lease of the fix's incident with the fix's value is ours. Without it, what the knob tells of its last change
says who ended it: our own undo has our mark, Hypertool's fallback its own name, a person theirs; a knob that
tells of no change since we set it belongs to a process that has started anew.
"""

from typing import Final

from responder.actions.action import mark
from responder.clients.hypertool import Knob
from responder.domain.clock import utc
from responder.domain.fix import Fix, Look, Seen
from responder.domain.report import Scalar

ITSELF: Final = "hypertool"
"""Who has changed a value whose lease ran out: the control API's word for Hypertool itself."""


def seen(fix: Fix, knob: Knob) -> Look:
    """What was read, seen from the fix."""
    value = plain(knob.value)
    if _is_ours(fix, knob):
        return Look(Seen.OURS, value)
    if knob.lease is None and _was_set_back(fix, knob):
        return Look(Seen.SET_BACK, value, told(knob) if mark(fix) in knob.reason else _by_itself(knob))
    if knob.lease is None and _started_anew(fix, knob):
        said = f"it is {plain(knob.value)} and tells of no change since: Hypertool was started anew"
        return Look(Seen.RESTARTED, value, said)
    if knob.lease is None and fix.applied_at is None and knob.value == fix.change.before:
        return Look(Seen.UNTOUCHED, value, told(knob))
    return Look(Seen.CHANGED, value, told(knob))


def told(knob: Knob) -> str:
    """Its value, and who set it when and why, as people read it."""
    parts = [f"it is {plain(knob.value)}"]
    if knob.lease is not None:
        parts.append(f"by a lease of incident {knob.lease.incident or '(none)'}")
    if knob.lease is not None and knob.lease.expires_at is not None:
        parts.append(f"until {utc(knob.lease.expires_at)}")
    if knob.changed_at is not None:
        parts.append(f"set by {knob.changed_by or 'nobody'}")
        parts.append(f"at {utc(knob.changed_at)}")
    return " ".join(parts) + (f": {knob.reason}" if knob.reason else "")


def plain(value: Scalar) -> Scalar:
    """A whole number as such: a knob takes 1700, and not 1700.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_ours(fix: Fix, knob: Knob) -> bool:
    lease = knob.lease
    return lease is not None and lease.incident == fix.incident and knob.value == fix.change.after


def _was_set_back(fix: Fix, knob: Knob) -> bool:
    """By our own undo, or by Hypertool when the lease ran out; not by that of a lease before this one."""
    undone = mark(fix) in knob.reason
    sent_at = fix.expires_at - fix.lasts if fix.expires_at else None
    since_then = sent_at is not None and knob.changed_at is not None and knob.changed_at > sent_at
    ran_out = knob.changed_by == ITSELF and fix.incident in knob.reason and since_then
    return knob.value == fix.change.before and (undone or ran_out)


def _by_itself(knob: Knob) -> str:
    """That Hypertool ended the lease, which it does where we did not; short, for it stands in a message."""
    at = f" at {utc(knob.changed_at)}" if knob.changed_at else ""
    return f"by Hypertool itself{at}; it is {plain(knob.value)}"


def _started_anew(fix: Fix, knob: Knob) -> bool:
    """What was applied can have been lost; a new process has the default, or what it was started with."""
    if fix.applied_at is None or knob.value not in {fix.change.before, knob.default}:
        return False
    if knob.changed_at is None:
        return True
    return knob.changed_at < fix.applied_at and mark(fix) not in knob.reason
