"""An incident with quick fixes in every state of their lives, and with odd ones."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from responder.domain.fix import UNDO_FAILS_AFTER, Change, Fix, FixEnd, FixKind, FixState
from responder.domain.incident import Event, EventKind
from responder.domain.notice import Notice
from responder.policy.gates import Refusal
from responder.testing.samples import lives, seven
from responder.testing.samples.parts import NOW

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
RAISE: Final = Change(
    action="control", target="personas/backend-engineer/budget", before=2000, after=2500, unit="tokens"
)
APPROVED: Final[Mapping[str, Any]] = {
    "state": FixState.APPROVED,
    "approved_by": "slack:U024BE7LH (ann)",
    "approved_at": NOW + 10 * MINUTE,
}
IN_FORCE: Final[Mapping[str, Any]] = {
    **APPROVED,
    "state": FixState.IN_FORCE,
    "applied_at": NOW + 10 * MINUTE,
    "expires_at": NOW + 70 * MINUTE,
    "verified_at": NOW + 12 * MINUTE,
    "measured_before": -250.0,
    "measured_after": 240.0,
}
NOT_APPLIED: Final = {FixEnd.REJECTED, FixEnd.REFUSED}
NOT_MEASURED: Final = {FixEnd.FAILED, FixEnd.SUPERSEDED, FixEnd.TARGET_GONE, FixEnd.FAR_SIDE_RESTARTED}
TEXTS: Final = {
    FixEnd.INEFFECTIVE: "the measure is still bad",
    FixEnd.WORSE: "it made things worse",
    FixEnd.REFUSED: "the alert is silenced or inhibited",
    FixEnd.FAILED: "Hypertool's control API: no answer in 5 s",
    FixEnd.SUPERSEDED: "it is 3000 set by ben at 14 Nov 03:20 UTC: for the release",
    FixEnd.TARGET_GONE: "there is no persona backend-engineer",
    FixEnd.FAR_SIDE_RESTARTED: "it is 2000 and tells of no change since: Hypertool was started anew",
    FixEnd.REJECTED: "not during the release",
}
"""What is known besides of each end; of the others nothing is."""


def raise_budget(**changed: Any) -> Fix:  # noqa: ANN401 - fields of a fix
    """A proposal to raise the budget, which does not answer the cause; with these fields changed."""
    fix = Fix(
        id="fx4n7t2raise",
        incident="k7m2wq9p",
        alert_name="TokenBudgetExceeded",
        fix="raise-budget",
        title="Raise the budget by 500 tokens",
        kind=FixKind.LEASE,
        labels={"alertname": "TokenBudgetExceeded", "persona": "backend-engineer"},
        change=RAISE,
        lasts=HOUR,
        cause="prompt-bloat",
        answers=False,
        playbook="9f2c41d07ab3",
        why="buys time, does not cure",
        buys="+500 tokens last about 12 min at this rate",
        evidence=("tokens per finished stage are up on the day before: 412, then 131",),
        proposed_at=NOW,
        due_at=NOW + HOUR,
    )
    return replace(fix, **changed)


def silence(**changed: Any) -> Fix:  # noqa: ANN401 - likewise
    """A proposal to silence the alert: done once, undone by nobody."""
    change = Change(action="silence", target="TokenBudgetExceeded")
    once: dict[str, Any] = {
        "id": "fx4n7t2silence",
        "fix": "silence",
        "title": "Silence this alert",
        "kind": FixKind.ONE_SHOT,
        "change": change,
        "buys": "",
    }
    return raise_budget(**once | changed)


def with_fixes(*fixes: Fix, minutes: float = 0, of: Callable[[], Notice] | None = None) -> Notice:
    """The incident with these fixes, told so many minutes after it was investigated."""
    return replace((of or seven.token_budget_exceeded)(), fixes=fixes, at=NOW + minutes * MINUTE)


def proposed() -> Notice:
    """Two may be approved; neither answers the cause."""
    return with_fixes(raise_budget(), silence())


def answering() -> Notice:
    """Of three that may be approved the one comes first that answers the cause."""
    change = Change(
        action="control",
        target="workflows/feature-implementation/stages/implement/gate",
        before="strict",
        after="normal",
    )
    relax = raise_budget(
        id="fx4n7t2relax",
        fix="relax-gate",
        title="Relax the gate one step",
        change=change,
        lasts=30 * MINUTE,
        cause="stricter-criteria",
        answers=True,
        why="answers Stricter criteria",
        buys="",
    )
    model = replace(change, target=change.target.replace("gate", "model"), before="balanced", after="best")
    better = replace(
        relax,
        id="fx4n7t2model",
        fix="better-model",
        title="Use a better model",
        change=model,
        answers=False,
        why="buys time, does not cure",
    )
    return with_fixes(better, silence(), relax, of=seven.high_quality_gate_failure_rate)


def refused() -> Notice:
    """One would be refused, and says why; the other may be approved."""
    return with_fixes(raise_budget(refusal=Refusal.CEILING_REACHED), silence())


def held(state: FixState, minutes: float = 11, **changed: Any) -> Notice:  # noqa: ANN401 - fields of a fix
    """One that was approved and is not over; a newer proposal of the same waits for it."""
    times = {
        FixState.APPROVED: APPROVED,
        FixState.APPLYING: {**APPROVED, "expires_at": IN_FORCE["expires_at"], "measured_before": -250.0},
        FixState.SETTLING: {**IN_FORCE, "verified_at": None, "measured_after": None},
    }
    fix = raise_budget(**{**times.get(state, IN_FORCE), "state": state, **changed})
    again = raise_budget(
        id="fx4n8again",
        change=replace(RAISE, before=2500, after=3000),
        refusal=Refusal.TARGET_TAKEN,
        proposed_at=NOW + 20 * MINUTE,
    )
    return with_fixes(fix, again, silence(), minutes=minutes)


def in_force() -> Notice:
    """It works, and has 42 minutes left."""
    return held(FixState.IN_FORCE, minutes=28)


def undo_waits() -> Notice:
    """Its hour is over, but no tokens are left that could be taken back."""
    later = {"expires_at": NOW + 80 * MINUTE, "waits_since": NOW + 70 * MINUTE}
    notice = held(FixState.IN_FORCE, minutes=72, **later)
    return _replied(notice, EventKind.FIX_UNDO_WAITS)


def ends_soon() -> Notice:
    """Ten minutes are left, and the alert still fires."""
    return _replied(held(FixState.IN_FORCE, minutes=60, warned=True), EventKind.FIX_ENDS_SOON)


def not_undone() -> Notice:
    """Its time is over, and Hypertool doesn't answer."""
    notice = held(FixState.UNDOING, minutes=75, ends_as=FixEnd.EXPIRED, attempt=UNDO_FAILS_AFTER)
    return _replied(notice, EventKind.FIX_NOT_UNDONE, ": Hypertool's control API: no connection")


def outlives() -> Notice:
    """The incident is over, the fix is not."""
    return replace(lives.resolved(), fixes=in_force().fixes, at=NOW + 28 * MINUTE)


def ended(end: FixEnd) -> Notice:
    """One that ended so."""
    return with_fixes(over(end), minutes=75)


def over(end: FixEnd, minutes: float = 70, **changed: Any) -> Fix:  # noqa: ANN401 - fields of a fix
    """A fix that ended so, so many minutes after the investigation."""
    how: dict[str, Any] = {"state": FixState.ENDED, "end": end, "ended_at": NOW + minutes * MINUTE}
    if end in {FixEnd.INEFFECTIVE, FixEnd.WORSE}:
        how |= {"verified_at": None, "measured_after": -310.0}
    if end in NOT_MEASURED:
        how |= {"verified_at": None, "measured_after": None}
    before = {} if end in NOT_APPLIED else IN_FORCE
    if end is FixEnd.VERIFIED:
        before = {**before, "expires_at": None}
        return silence(**{**before, **how, "measured_before": None, "measured_after": None, **changed})
    return raise_budget(**{**before, "end_text": TEXTS.get(end, ""), **how, **changed})


def many_ended() -> Notice:
    """Four are over, of which the newest three are told; one more was never taken; one may be approved."""
    ends = (FixEnd.FAILED, FixEnd.REFUSED, FixEnd.EXPIRED, FixEnd.REJECTED)
    told = [over(end, minutes=10 + 20 * place, id=f"fx{place}") for place, end in enumerate(ends)]
    gone = over(FixEnd.EXPIRED, id="fxgone", approved_by="", approved_at=None, applied_at=None)
    return with_fixes(*told, gone, raise_budget(id="fxnow"), minutes=90)


def nasty(text: str = lives.NASTY) -> Notice:
    """Every text of every fix is hostile."""
    return replace(lives.nasty(text), fixes=hostile(text), at=NOW + 28 * MINUTE)


def hostile(text: str) -> tuple[Fix, ...]:
    """A fix a state, all of whose words are this text."""
    words: dict[str, Any] = {
        "title": text,
        "why": text,
        "buys": text,
        "change": Change(action="control", target=text, before=text, after=text, unit=text),
        "evidence": (text,),
    }
    by: dict[str, Any] = {**IN_FORCE, **words, "approved_by": text}
    return (
        raise_budget(**words),
        silence(**words, refusal=text),
        raise_budget(**by, id="fxheld", fix="held"),
        raise_budget(**by | {"state": FixState.APPROVED}, id="fxapproved", fix="approved"),
        over(FixEnd.FAILED, **words, approved_by=text, end_text=text, id="fxover"),
    )


def _replied(notice: Notice, kind: EventKind, text: str = "") -> Notice:
    """With the reply that everybody gets, in the words that the timeline has."""
    about = f"Raise the budget by 500 tokens (2000 → 2500){text}"
    return replace(notice, replies=(Event(kind=kind, at=NOW, text=about, seq=9),))


WITH_FIXES: Final[Mapping[str, Callable[[], Notice]]] = {
    "fixes proposed": proposed,
    "fix that answers": answering,
    "fix refused": refused,
    "fix approved": partial(held, FixState.APPROVED),
    "fix applying": partial(held, FixState.APPLYING),
    "fix settling": partial(held, FixState.SETTLING),
    "fix in force": in_force,
    "fix undo waits": undo_waits,
    "fix ends soon": ends_soon,
    "fix undoing": partial(held, FixState.UNDOING, minutes=75, ends_as=FixEnd.EXPIRED),
    "fix not undone": not_undone,
    "fix outlives": outlives,
    **{f"fix ended: {end}": partial(ended, end) for end in FixEnd},
    "fixes ended": many_ended,
    "fixes nasty": nasty,
    "fixes nasty and long": partial(nasty, lives.NASTY + lives.LONG),
}
"""One notice a state of a fix, by a name for a test's table."""
