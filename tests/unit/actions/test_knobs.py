"""How a knob is seen from a fix: ours, untouched, somebody else's, or lost with its process."""

from datetime import timedelta
from typing import Any

import pytest

from responder.actions.action import mark, reason
from responder.actions.knobs import seen
from responder.clients.hypertool import HeldLease, Knob
from responder.domain.fix import FixState, Seen
from responder.testing.clock import NOON
from responder.testing.fixes import BUDGET, a_lease

BEFORE, LATER = NOON - timedelta(days=1), NOON + timedelta(minutes=5)
ASKED = a_lease(state=FixState.APPROVED)
SENT = a_lease()
HELD = a_lease(state=FixState.IN_FORCE, applied_at=NOON)
OURS = mark(HELD)


def knob(value: int, *, lease: str = "", **said: Any) -> Knob:
    """A knob, leased for an incident if one is named."""
    held = HeldLease(
        id="l1",
        incident=lease,
        resource=BUDGET,
        value=value,
        before=1700,
        expires_at=NOON + timedelta(minutes=30),
    )
    return Knob(resource=BUDGET, value=value, default=1500, lease=held if lease else None, **said)


@pytest.mark.parametrize(
    ("fix", "knob", "expected"),
    [
        (ASKED, knob(1700), Seen.UNTOUCHED),  # as a new process has it
        (ASKED, knob(1700, changed_at=BEFORE, changed_by="alice"), Seen.UNTOUCHED),  # as she left it
        (ASKED, knob(1800, changed_at=NOON, changed_by="alice"), Seen.CHANGED),
        (ASKED, knob(1700, lease="i2"), Seen.CHANGED),  # it will be another value when that ends
        (SENT, knob(1700), Seen.UNTOUCHED),  # the order was lost
        (SENT, knob(2200, lease="i1"), Seen.OURS),  # the answer was lost
        (HELD, knob(2200, lease="i1", changed_at=NOON, reason=reason(HELD)), Seen.OURS),
        (HELD, knob(2200, lease="i2"), Seen.CHANGED),  # the same value, for somebody else
        (HELD, knob(2200, changed_at=LATER, changed_by="alice"), Seen.CHANGED),  # for good: it is hers
        (HELD, knob(2500, lease="i1"), Seen.CHANGED),  # not the value of this fix
        (HELD, knob(1700, changed_at=LATER, changed_by="alice"), Seen.CHANGED),  # she set it back herself
        (HELD, knob(1700, changed_at=LATER, changed_by="responder", reason=OURS), Seen.SET_BACK),
        (HELD, knob(1700, changed_at=LATER, changed_by="hypertool", reason="lease of i1"), Seen.SET_BACK),
        # nobody had recorded that it was applied
        (SENT, knob(1700, changed_at=LATER, changed_by="hypertool", reason="lease of i1"), Seen.SET_BACK),
        # that was the end of another lease for the same incident
        (SENT, knob(1700, changed_at=BEFORE, changed_by="hypertool", reason="lease of i1"), Seen.UNTOUCHED),
        (ASKED, knob(1700, changed_at=BEFORE, changed_by="hypertool", reason="lease of i1"), Seen.UNTOUCHED),
        (HELD, knob(1700, changed_at=LATER, changed_by="alice", reason="because of i1"), Seen.CHANGED),
        (HELD, knob(1700), Seen.RESTARTED),  # nobody has changed it since the process began
        (HELD, knob(1500), Seen.RESTARTED),  # the default, which was not what was before
        (HELD, knob(1500, changed_at=BEFORE, changed_by="alice"), Seen.RESTARTED),  # it remembers her
        (HELD, knob(1600), Seen.CHANGED),  # past the API
        (HELD, knob(1500, changed_at=NOON, changed_by="responder", reason=OURS), Seen.CHANGED),  # likewise
    ],
)
def test_who_has_the_value_that_is_there(fix: Any, knob: Knob, expected: Seen) -> None:
    assert (seen(fix, knob).seen, seen(fix, knob).value) == (expected, knob.value)


def test_who_changed_it_when_and_why_is_told() -> None:
    changed = knob(1800, changed_at=NOON, changed_by="alice", reason="more work today")
    told = seen(HELD, changed).text
    assert told == "it is 1800 set by alice at 2 Mar 12:00 UTC: more work today"
    leased = seen(HELD, knob(1800, lease="i2")).text
    assert leased == "it is 1800 by a lease of incident i2 until 2 Mar 12:30 UTC"


def test_the_reason_names_incident_and_approver_and_fits_into_a_reason() -> None:
    assert reason(HELD) == "Raise the budget by 500 tokens, for incident i1, approved by ada [fix f1]"
    long = a_lease(title="x" * 300, approved_by="y" * 500, id="f" * 40, incident="i" * 40)
    assert len(reason(long)) < 500
    assert mark(long) in reason(long)


def test_that_hypertool_ended_a_lease_by_itself_is_told_shortly() -> None:
    ended = knob(1700, changed_at=LATER, changed_by="hypertool", reason="the lease of incident i1 ran out")
    assert seen(HELD, ended).text == "by Hypertool itself at 2 Mar 12:05 UTC; it is 1700"
