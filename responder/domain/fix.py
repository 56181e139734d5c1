"""A quick fix from its proposal to its end: the states, the table of allowed moves, and the moves. Pure.

proposed ─▶ approved ─▶ applying ─▶ settling ─▶ in force ─▶ undoing ─▶ ended

A lease goes all the way; a one-shot has nothing to undo and ends when it has settled. Every move raises the
revision: what was ordered for an earlier one is no longer due.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from responder.domain.clock import utc
from responder.domain.report import Scalar


class FixMode(StrEnum):
    """How far quick fixes go: not shown, shown, applied after an approval, those named without one."""

    OFF = "off"
    SUGGEST = "suggest"
    APPROVE = "approve"
    AUTO = "auto"


class FixKind(StrEnum):
    """Whether a fix sets a value for a time, or is done once."""

    LEASE = "lease"
    ONE_SHOT = "one-shot"


class FixState(StrEnum):
    """Where a fix stands. Values are kept in the database and are metric labels: never rename one."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    APPLYING = "applying"
    """The intent is recorded; whether it happened is known by reading only."""
    SETTLING = "settling"
    """It was applied; whether it works is looked at."""
    IN_FORCE = "in_force"
    UNDOING = "undoing"
    ENDED = "ended"


class FixEnd(StrEnum):
    """Why a fix ended. Values are kept in the database and are metric labels: never rename one."""

    VERIFIED = "verified"
    """A one-shot that worked."""
    INEFFECTIVE = "ineffective"
    WORSE = "worse"
    EXPIRED = "expired"
    REVERTED = "reverted"
    REJECTED = "rejected"
    REFUSED = "refused"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    """A human changed the value: it is theirs."""
    TARGET_GONE = "target_gone"
    FAR_SIDE_RESTARTED = "far_side_restarted"


class Happened(StrEnum):
    """What a move did, for the audit log. Values are kept in the database: never rename one."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    REJECTED = "rejected"
    REFUSED = "refused"
    INTENDED = "intended"
    APPLIED = "applied"
    TRIED = "tried"
    VERIFIED = "verified"
    DID_NOT_WORK = "did_not_work"
    MADE_WORSE = "made_worse"
    EXTENDED = "extended"
    ENDS_SOON = "ends_soon"
    RENEWED = "renewed"
    UNDO_WAITS = "undo_waits"
    UNDO_FAILS = "undo_fails"
    UNDO_INTENDED = "undo_intended"
    UNDONE = "undone"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    TARGET_GONE = "target_gone"
    FAR_SIDE_RESTARTED = "far_side_restarted"
    PAUSED = "paused"
    """Of all fixes together, as the next."""
    RESUMED = "resumed"


_S = FixState
ALLOWED: Final[Mapping[FixState, frozenset[FixState]]] = MappingProxyType(
    {
        _S.PROPOSED: frozenset({_S.APPROVED, _S.ENDED}),
        _S.APPROVED: frozenset({_S.APPROVED, _S.APPLYING, _S.ENDED}),
        _S.APPLYING: frozenset({_S.APPLYING, _S.SETTLING, _S.UNDOING, _S.ENDED}),
        _S.SETTLING: frozenset({_S.SETTLING, _S.IN_FORCE, _S.UNDOING, _S.ENDED}),
        _S.IN_FORCE: frozenset({_S.IN_FORCE, _S.UNDOING, _S.ENDED}),
        _S.UNDOING: frozenset({_S.UNDOING, _S.ENDED}),
        _S.ENDED: frozenset(),
    }
)
"""Every move that there is."""

HOLDING: Final = frozenset({_S.APPLYING, _S.SETTLING, _S.IN_FORCE, _S.UNDOING})
"""While it stands there its target is taken: one fix in force a target."""
UNDO_FAILS_AFTER: Final = 3
"""Tries after which people are told that it could not be undone yet."""
BY_RESPONDER: Final = "responder"
"""Who did what nobody ordered."""


class NotAllowed(ValueError):  # noqa: N818 - reads as what it is
    """A move that the table doesn't have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a fix does: the action, on what, and from which value to which.

    A one-shot's `after` is empty; its `before` is what tells later whether it happened (a start of the
    process, a state of the connection).
    """

    action: str
    target: str
    before: Scalar = None
    after: Scalar = None
    unit: str = ""


class Seen(StrEnum):
    """What reading a target says of a fix that was ordered there."""

    UNTOUCHED = "untouched"
    """As it was before, and nothing says that it was ever applied."""
    SET_BACK = "set_back"
    """As it was before, after it had been applied: it was undone, or Hypertool let go of it at its end."""
    OURS = "ours"
    """As the fix set it, and nobody changed it since."""
    CHANGED = "changed"
    """Somebody else changed it: it is theirs."""
    RESTARTED = "restarted"
    """The far side started anew, which ended what was set for a time."""
    GONE = "gone"
    """There is no such target any more."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was read: how it stands, the value, and who changed it when that was somebody else."""

    seen: Seen
    value: Scalar = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One quick fix for one incident."""

    id: str
    incident: str
    alert_name: str
    fix: str
    """Its id in the playbook."""
    title: str
    kind: FixKind
    labels: Mapping[str, str]
    """Of the alert that it is for: what the target and the check were made of."""
    change: Change
    lasts: timedelta
    """How long a lease holds."""
    cause: str
    """The first cause when it was proposed; empty where none was clear."""
    answers: bool
    """Whether it answers that cause; if not it buys time and does not cure."""
    playbook: str
    """The playbook's version."""
    about: str = ""
    """Which of the incident's alerts it is for, where there are several: "backend-engineer"."""
    why: str = ""
    buys: str = ""
    evidence: tuple[str, ...] = ()
    refusal: str = ""
    """Why it would not be applied now; empty: it may be approved."""
    state: FixState = FixState.PROPOSED
    revision: int = 1
    attempt: int = 0
    """Tries of the present move that failed so far."""
    proposed_at: datetime
    due_at: datetime | None
    """When the next move is due: the end of the approval's time, the next look, the next try."""
    approved_by: str = ""
    approved_at: datetime | None = None
    applied_at: datetime | None = None
    expires_at: datetime | None = None
    """When the lease ends."""
    verified_at: datetime | None = None
    measured_before: float | None = None
    measured_after: float | None = None
    extended: int = 0
    """How often people had its lease end later."""
    renew: bool = False
    """Whether the far side has yet to hear of a later end."""
    waits_since: datetime | None = None
    """Since when its undoing waits because it would bring the alert back."""
    warned: bool = False
    """Whether people were told that it ends soon."""
    ends_as: FixEnd | None = None
    """Why it is being undone."""
    end: FixEnd | None = None
    end_text: str = ""
    ended_at: datetime | None = None

    @property
    def named(self) -> str:
        """Its title, with what it is about where that tells it from others."""
        return f"{self.title} ({self.about})" if self.about else self.title

    @property
    def digest(self) -> str:
        """What an approval is bound to: what would be done, and why; no measured value is in it."""
        change, lasts = self.change, self.lasts.total_seconds()
        values = (_plain(change.before), _plain(change.after))
        said = [change.action, change.target, *values, lasts, self.playbook, self.cause]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @property
    def key(self) -> str:
        """The idempotency key of its present order to the far side: the same for every try of it."""
        move = "undo" if self.state is FixState.UNDOING else "apply"
        return f"fix/{self.id}/{move}"


def _plain(value: Scalar) -> Scalar:
    """The same for 2000 and 2000.0, which is what comes back of the first from where it is kept."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class Moved:
    """A fix after a move, and what is written down of it."""

    fix: Fix
    happened: Happened
    by: str = BY_RESPONDER
    text: str = ""


def proposed(fix: Fix) -> Moved:
    """The first line of its record."""
    return Moved(fix, Happened.PROPOSED, text=fix.why)


def approved(fix: Fix, by: str, now: datetime, text: str = "") -> Moved:
    """Somebody who may approved it: it is due at once."""
    after = _to(fix, FixState.APPROVED, due_at=now, approved_by=by, approved_at=now)
    return Moved(after, Happened.APPROVED, by, text)


def intended(fix: Fix, now: datetime, measured: float | None, patience: timedelta) -> Moved:
    """The intent, recorded before anything is sent: whatever happens next is settled by reading."""
    expires_at = now + fix.lasts if fix.kind is FixKind.LEASE else None
    after = _to(
        fix, FixState.APPLYING, due_at=now + patience, expires_at=expires_at, measured_before=measured
    )
    return Moved(after, Happened.INTENDED)


def applied(fix: Fix, now: datetime, settle: timedelta, text: str = "") -> Moved:
    """It happened; it is looked at after the time it needs to settle."""
    after = _to(fix, FixState.SETTLING, due_at=now + settle, applied_at=now)
    return Moved(after, Happened.APPLIED, text=text)


def tried(fix: Fix, now: datetime, again_in: timedelta, text: str) -> Moved:
    """A try of the present move came to nothing, or nobody knows: again later.

    That it can't be undone is told of once.
    """
    after = _to(fix, fix.state, due_at=now + again_in, attempt=fix.attempt + 1)
    stuck = fix.state is FixState.UNDOING and after.attempt == UNDO_FAILS_AFTER
    return Moved(after, Happened.UNDO_FAILS if stuck else Happened.TRIED, text=text)


def verified(fix: Fix, now: datetime, measured: float | None, look_again: timedelta) -> Moved:
    """It works: a lease is in force from now on, a one-shot is done."""
    done = replace(fix, verified_at=now, measured_after=measured)
    if fix.kind is FixKind.ONE_SHOT:
        return Moved(_ended(done, FixEnd.VERIFIED, now, ""), Happened.VERIFIED)
    return Moved(_to(done, FixState.IN_FORCE, due_at=_look_at(done, now, look_again)), Happened.VERIFIED)


def looked(fix: Fix, now: datetime, look_again: timedelta) -> Fix:
    """Nothing happened: it is looked at again later, or at its end. Nothing is written down of that."""
    return _to(replace(fix, renew=False), fix.state, due_at=_look_at(fix, now, look_again))


def undoing(  # noqa: PLR0913 - why, by whom and with which words
    fix: Fix,
    ends_as: FixEnd,
    now: datetime,
    *,
    by: str = BY_RESPONDER,
    text: str = "",
    measured: float | None = None,
) -> Moved:
    """It is to be undone, for this reason; the intent is recorded first."""
    known = fix.measured_after if measured is None else measured
    after = _to(fix, FixState.UNDOING, due_at=now, ends_as=ends_as, end_text=text, measured_after=known)
    happened = {FixEnd.INEFFECTIVE: Happened.DID_NOT_WORK, FixEnd.WORSE: Happened.MADE_WORSE}
    return Moved(after, happened.get(ends_as, Happened.UNDO_INTENDED), by, text)


def extended(fix: Fix, until: datetime, by: str, now: datetime) -> Moved:
    """A person has its lease end later; the far side is to hear of it at once."""
    times = fix.extended + 1
    longer = replace(fix, expires_at=until, extended=times, warned=False, waits_since=None, renew=True)
    text = f"until {utc(until)}"
    return Moved(_to(longer, FixState.IN_FORCE, due_at=now), Happened.EXTENDED, by, text)


def waits(fix: Fix, until: datetime, now: datetime, look_again: timedelta) -> Moved:
    """Undoing it would bring the alert back: the far side keeps it until then."""
    longer = replace(fix, expires_at=until, waits_since=fix.waits_since or now, renew=False)
    first = fix.waits_since is None
    after = _to(longer, FixState.IN_FORCE, due_at=_look_at(longer, now, look_again))
    return Moved(after, Happened.UNDO_WAITS if first else Happened.RENEWED)


def warned(fix: Fix, now: datetime, look_again: timedelta) -> Moved:
    """People were told that it ends soon."""
    told = replace(fix, warned=True)
    return Moved(_to(told, fix.state, due_at=_look_at(told, now, look_again)), Happened.ENDS_SOON)


def ended(fix: Fix, end: FixEnd, now: datetime, *, by: str = BY_RESPONDER, text: str = "") -> Moved:
    """It is over."""
    undone = fix.state is FixState.UNDOING and end is fix.ends_as
    happened = Happened.UNDONE if undone else _HOW_IT_ENDED.get(end, Happened.UNDONE)
    return Moved(_ended(fix, end, now, text), happened, by, text)


def withdrawn(fix: Fix, now: datetime, text: str) -> Moved:
    """A proposal that nobody took in time, or that no longer fits."""
    return Moved(_ended(fix, FixEnd.EXPIRED, now, text), Happened.WITHDRAWN, text=text)


def undone_late(fix: Fix) -> Moved:
    """It took effect after it was given up, and was undone; it stays as it ended."""
    return Moved(fix, Happened.UNDONE, text="it had taken effect late")


_TIMES: Final = (
    "proposed_at",
    "due_at",
    "approved_at",
    "applied_at",
    "expires_at",
    "verified_at",
    "waits_since",
    "ended_at",
)
_HOW_IT_ENDED: Final = {
    FixEnd.INEFFECTIVE: Happened.DID_NOT_WORK,
    FixEnd.REJECTED: Happened.REJECTED,
    FixEnd.REFUSED: Happened.REFUSED,
    FixEnd.FAILED: Happened.FAILED,
    FixEnd.SUPERSEDED: Happened.SUPERSEDED,
    FixEnd.TARGET_GONE: Happened.TARGET_GONE,
    FixEnd.FAR_SIDE_RESTARTED: Happened.FAR_SIDE_RESTARTED,
}


def earlier(fix: Fix, by: timedelta) -> Fix:
    """The same by a clock that was set back by so much; what is being done with it settles by reading."""
    times = {name: at - by for name in _TIMES if (at := getattr(fix, name)) is not None}
    return replace(fix, revision=fix.revision + 1, **times)


def _ended(fix: Fix, end: FixEnd, now: datetime, text: str) -> Fix:
    return _to(fix, FixState.ENDED, due_at=None, end=end, end_text=text or fix.end_text, ended_at=now)


def _look_at(fix: Fix, now: datetime, look_again: timedelta) -> datetime:
    """The next look, or the lease's end if that comes first."""
    again = now + look_again
    return min(again, fix.expires_at) if fix.expires_at and fix.expires_at > now else again


def _to(fix: Fix, state: FixState, *, due_at: datetime | None, **changed: object) -> Fix:
    """The fix in its next state.

    Raises:
        NotAllowed: the table has no such move.
    """
    if state not in ALLOWED[fix.state]:
        raise NotAllowed(f"a fix that is {fix.state} can't become {state}")
    attempt = 0 if state is not fix.state else fix.attempt
    made = {"attempt": attempt, **changed}
    return replace(fix, state=state, due_at=due_at, revision=fix.revision + 1, **made)  # type: ignore[arg-type]  # fields of Fix
