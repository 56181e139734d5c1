"""What is said of one quick fix: what it sets, for how long, whether it works, and how it ended. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from responder.domain.fix import BY_RESPONDER, UNDO_FAILS_AFTER, Fix, FixEnd, FixKind, FixState
from responder.domain.report import Direction, Reading
from responder.domain.units import duration, number, quantity
from responder.policy.gates import words_of
from responder.render.limits import clean, people
from responder.render.lines import Span
from responder.render.table import scalar

TITLE_LONGEST: Final = 100
NAME_LONGEST: Final = 60
TEXT_LONGEST: Final = 160
ARROW: Final = " → "

STATES: Final = {
    FixState.PROPOSED: "proposed",
    FixState.APPROVED: "approved",
    FixState.APPLYING: "being applied",
    FixState.SETTLING: "applied, is looked at",
    FixState.IN_FORCE: "in force",
    FixState.UNDOING: "being undone",
    FixState.ENDED: "ended",
}
"""Where it stands, in words."""

ENDS: Final = {
    FixEnd.VERIFIED: "worked",
    FixEnd.INEFFECTIVE: "did not work",
    FixEnd.WORSE: "made things worse",
    FixEnd.EXPIRED: "its time was over, undone",
    FixEnd.REVERTED: "undone by a person",
    FixEnd.REJECTED: "rejected",
    FixEnd.REFUSED: "refused",
    FixEnd.FAILED: "failed",
    FixEnd.SUPERSEDED: "over, somebody else changed the value",
    FixEnd.TARGET_GONE: "over, its target is gone",
    FixEnd.FAR_SIDE_RESTARTED: "over, Hypertool was started anew",
}
"""Why it ended, in words."""

UNDONE_AS: Final = {
    FixEnd.INEFFECTIVE: "it did not work",
    FixEnd.WORSE: "it made things worse",
    FixEnd.EXPIRED: "its time is over",
    FixEnd.REVERTED: "a person wants it",
}
"""Why it is being undone, in words."""

_MEASURED_AT_THE_END: Final = frozenset(
    {FixEnd.VERIFIED, FixEnd.INEFFECTIVE, FixEnd.WORSE, FixEnd.EXPIRED, FixEnd.REVERTED}
)


def title_of(fix: Fix) -> str:
    return clean(fix.named, TITLE_LONGEST) or clean(fix.fix, TITLE_LONGEST) or "quick fix"


def change_words(fix: Fix) -> str:
    """What it sets: "2000 → 2500 tokens"; nothing for what is done once."""
    before, after, unit = fix.change.before, fix.change.after, clean(fix.change.unit, 20)
    if after is None:
        return ""
    return f"{scalar(before)}{ARROW}{scalar(after)}" + (f" {unit}" if unit else "")


def undo_words(fix: Fix) -> str:
    """What undoing it sets: "2500 → 2000 tokens"."""
    before, after, unit = fix.change.before, fix.change.after, clean(fix.change.unit, 20)
    return f"{scalar(after)}{ARROW}{scalar(before)}" + (f" {unit}" if unit else "")


def lasts_words(fix: Fix) -> str:
    """For how long: "1 h"; nothing for what is over as soon as it is done."""
    return duration(fix.lasts.total_seconds()) if fix.lasts > timedelta(0) else ""


def why_words(fix: Fix, *, tied: bool = False) -> str:
    """Why it would help, or that it does not cure; nothing while no cause is known.

    Args:
        fix: the fix.
        tied: several causes lead together, of which it may answer one.
    """
    if not (fix.cause or fix.answers or tied):
        return ""
    by_itself = "answers the cause" if fix.answers else "buys time, does not cure"
    return clean(fix.why, TEXT_LONGEST) or by_itself


def refusal_words(fix: Fix) -> str:
    """Why it would be refused now; nothing if it may be approved."""
    return clean(words_of(fix.refusal), TEXT_LONGEST)


def proposal_spans(fix: Fix, at: datetime, *, tied: bool) -> tuple[Span, ...]:
    """What it would set, for how long and until when at the earliest, what it buys, and why.

    Args:
        fix: a proposal.
        at: when this is told; nobody can approve it earlier.
        tied: as for `why_words`.
    """
    gains = (clean(fix.buys, TEXT_LONGEST), why_words(fix, tied=tied))
    told = "".join(f"; {gain}" for gain in gains if gain)
    sets, lasts = change_words(fix), lasts_words(fix)
    start = title_of(fix) + (f": {sets}" if sets else "")
    if not lasts:
        return (start, told)
    return (f"{start} for {lasts}, until ", at + fix.lasts, " or later", told)


def held_spans(fix: Fix, at: datetime | None, reading: Reading | None) -> tuple[Span, ...]:
    """A fix that was approved and is not over: how far it is, and until when it holds.

    Args:
        fix: the fix.
        at: when this is told; None: nobody knows what is left of its time.
        reading: the measure that says whether it works.
    """
    sets = change_words(fix)
    start = title_of(fix) + (f": {sets}" if sets else "")
    match fix.state:
        case FixState.IN_FORCE:
            return (start, *_until(fix, at), _works(fix, reading))
        case FixState.UNDOING:
            why = UNDONE_AS.get(fix.ends_as or FixEnd.EXPIRED, "its time is over")
            stuck = fix.attempt >= UNDO_FAILS_AFTER
            return (f"{start}; being undone, for {why}" + ("; could not be undone yet" if stuck else ""),)
        case _:
            doing = {FixState.APPROVED: "", FixState.APPLYING: ", being applied"}
            return (f"{start}; ", *_approved(fix), doing.get(fix.state, ", applied, is looked at"))


def end_spans(fix: Fix, reading: Reading | None) -> tuple[Span, ...]:
    """How it ended, and when."""
    when: tuple[Span, ...] = (", ", fix.ended_at) if fix.ended_at else ()
    return (f"{title_of(fix)}: {end_words(fix, reading)}", *when)


def end_words(fix: Fix, reading: Reading | None) -> str:
    """Why it ended, with the measure before and after where it says something."""
    if fix.end is None:
        return ""
    if withdrawn(fix):
        return "withdrawn" + _because(fix)
    undone = fix.kind is FixKind.LEASE and fix.end in {FixEnd.INEFFECTIVE, FixEnd.WORSE}
    measured = measured_words(fix, reading) if fix.end in _MEASURED_AT_THE_END else ""
    return (
        ENDS[fix.end] + (" and was undone" if undone else "") + (f" ({measured})" if measured else "")
    ) + _because(fix)


def measured_words(fix: Fix, reading: Reading | None) -> str:
    """The measure before → after; nothing where one of them isn't known.

    A histogram's quantile is a bucket and no value: of that it says on which side of its threshold it is.
    """
    before, after = fix.measured_before, fix.measured_after
    if before is None or after is None:
        return ""
    was, now = _measure(before, reading), _measure(after, reading)
    was_unit, now_unit = was.partition(" ")[2], now.partition(" ")[2]
    return f"{was.partition(' ')[0] if was_unit == now_unit else was}{ARROW}{now}"


def history(fix: Fix, reading: Reading | None) -> Iterator[tuple[datetime, str]]:
    """What has happened to it so far, oldest first."""
    why = refusal_words(fix)
    yield fix.proposed_at, "proposed" + (f"; refused: {why}" if why else "")
    if fix.approved_at:
        yield fix.approved_at, by_words(fix)
    if fix.applied_at:
        yield fix.applied_at, "applied"
    if fix.verified_at:
        measured = measured_words(fix, reading)
        yield fix.verified_at, "works" + (f": {measured}" if measured else "")
    if fix.waits_since:
        yield fix.waits_since, "undoing waits, for it would bring the alert back"
    if fix.ended_at:
        yield fix.ended_at, end_words(fix, reading)


def by_words(fix: Fix) -> str:
    """Who approved it."""
    if fix.approved_by == BY_RESPONDER:
        return "approved by the configuration"
    return f"approved by {clean(people(fix.approved_by), NAME_LONGEST) or 'somebody'}"


def withdrawn(fix: Fix) -> bool:
    """Whether it was never more than a proposal that nobody took."""
    return fix.end is FixEnd.EXPIRED and not fix.approved_by


def _until(fix: Fix, at: datetime | None) -> tuple[Span, ...]:
    """Its end, and what is left of its time at the moment this is told: that stays true when read later."""
    if fix.expires_at is None:
        return ()
    if fix.waits_since is not None:
        return ("; undoing waits, for it would bring the alert back; until ", fix.expires_at)
    if at is None or at >= fix.expires_at:
        return (" until ", fix.expires_at)
    left = duration((fix.expires_at - at).total_seconds())
    return (" until ", fix.expires_at, f" ({left} left as of ", at, ")")


def _works(fix: Fix, reading: Reading | None) -> str:
    if fix.verified_at is None:
        return ""
    measured = measured_words(fix, reading)
    bad_again = (
        reading is not None
        and reading.value is not None
        and not (reading.within_limit or fix.about)
        and reading.as_of is not None
        and reading.as_of > fix.verified_at
    )
    return ("; worked at first" if bad_again else "; works") + (f": {measured}" if measured else "")


def _approved(fix: Fix) -> tuple[Span, ...]:
    return (by_words(fix), " at ", fix.approved_at) if fix.approved_at else (by_words(fix),)


def _because(fix: Fix) -> str:
    text = clean(fix.end_text, TEXT_LONGEST)
    return f": {text}" if text and fix.end is not FixEnd.WORSE else ""


def _measure(value: float, reading: Reading | None) -> str:
    if reading is None:
        return number(value)
    plain = quantity(value, reading.unit)
    if reading.value is None or not reading.words or reading.words == quantity(reading.value, reading.unit):
        return plain
    limit, over = quantity(reading.threshold, reading.unit), reading.direction is Direction.ABOVE
    bad = value > reading.threshold if over else value < reading.threshold
    return ("" if bad else "not ") + ("over " if over else "under ") + limit
