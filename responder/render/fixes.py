"""Which quick fixes of an incident are shown, in which order, and as which lines of the message. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from responder.domain.alert import AlertStatus
from responder.domain.fix import Fix, FixState
from responder.domain.report import FixSuggestion, Verdict
from responder.policy.gates import Refusal
from responder.render.fix_words import (
    end_spans,
    held_spans,
    proposal_spans,
    refusal_words,
    title_of,
    withdrawn,
)
from responder.render.lines import Line, Part, within
from responder.render.phrases import suggestion_words
from responder.render.view import View

SHOWN: Final = 3
"""Fixes that could be done, in one message."""
WITH_BUTTONS: Final = 2
"""Proposals with buttons, in one message."""
HELD_SHOWN: Final = 3
ENDED_SHOWN: Final = 3

HELD: Final = frozenset(
    {FixState.APPROVED, FixState.APPLYING, FixState.SETTLING, FixState.IN_FORCE, FixState.UNDOING}
)


def held(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Those that were approved and are not over."""
    return tuple(fix for fix in fixes if fix.state in HELD)


def ready(fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """Proposals that may be approved; first those that answer the cause."""
    may = (fix for fix in fixes if fix.state is FixState.PROPOSED and not fix.refusal)
    return tuple(sorted(may, key=lambda fix: not fix.answers))


def refused(fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """Proposals that would be refused, without those that only wait for themselves."""
    under_way = {(fix.fix, fix.change.target) for fix in held(fixes)}
    return tuple(
        fix
        for fix in fixes
        if fix.state is FixState.PROPOSED
        and fix.refusal
        and not (fix.refusal == Refusal.TARGET_TAKEN and (fix.fix, fix.change.target) in under_way)
    )


def ended(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Those that are over, the newest end first; not those that nobody ever took."""
    over = [fix for fix in fixes if fix.state is FixState.ENDED and not withdrawn(fix)]
    return tuple(sorted(over, key=lambda fix: fix.ended_at or fix.proposed_at, reverse=True))


def suggested(seen: View) -> tuple[FixSuggestion, ...]:
    """What the playbook has and nobody proposed: all of it where fixes are described only."""
    known = {fix.fix for fix in seen.fixes if not withdrawn(fix)}
    return tuple(one for one in (seen.report.fixes if seen.report else ()) if one.fix not in known)


def hidden(seen: View, shown: Sequence[str]) -> tuple[Fix, ...]:
    """What could be approved and isn't among those shown; nothing where no fix is offered."""
    if not seen.incident.open or _muted(seen):
        return ()
    return tuple(fix for fix in ready(seen.fixes) if fix.id not in shown)


def held_lines(seen: View) -> Iterator[Line]:
    """What is under way or in force."""
    for fix in held(seen.fixes)[:HELD_SHOWN]:
        in_force = fix.state is FixState.IN_FORCE
        spans = held_spans(fix, seen.at, seen.reading)
        label = "In force" if in_force else "Under way"
        yield within(Line(Part.HELD, spans, label, buttons_of=fix.id if in_force else ""), 4)


def could_do_lines(seen: View) -> Iterator[Line]:
    """What could be done: proposals first, then what is only described, then what would be refused and why.

    The second and later ones give way when there is no room; while a fix is under way so does the first,
    unless it answers the cause, which then is there at another target too. All are to be had by a button.
    """
    if _muted(seen):
        return
    needed = not held(seen.fixes) or any(fix.answers for fix in ready(seen.fixes))
    first = Part.FIX if needed else Part.OTHER_FIX
    lines = [*_ready_lines(seen), *_suggested_lines(seen)]
    lines += [
        Line(Part.FIX, (f"{title_of(fix)}: {refusal_words(fix)}",), "Can't do") for fix in refused(seen.fixes)
    ]
    for place, line in enumerate(lines[:SHOWN]):
        part = first if place == 0 else Part.OTHER_FIX
        yield within(Line(part, line.spans, line.label, buttons_of=line.buttons_of), 5)


def ended_lines(seen: View) -> Iterator[Line]:
    """How those ended that are over: the last while the incident is open; then what was done last."""
    over = ended(seen.fixes)
    if not seen.incident.open:
        over = tuple(fix for fix in over if fix.applied_at is not None)[:1]
    for place, fix in enumerate(over[:ENDED_SHOWN]):
        part, lines = (Part.FIX_ENDED, 4) if place == 0 else (Part.OTHER_FIX, 3)
        yield within(Line(part, end_spans(fix, seen.reading), "Fix ended"), lines)


def _ready_lines(seen: View) -> Iterator[Line]:
    tied = seen.ranking.verdict is Verdict.TIED
    for fix in ready(seen.fixes)[:WITH_BUTTONS]:
        spans = proposal_spans(fix, seen.at or fix.proposed_at, tied=tied)
        yield Line(Part.FIX, spans, "Could do", buttons_of=fix.id)


def _suggested_lines(seen: View) -> Iterator[Line]:
    for one in suggested(seen):
        yield Line(Part.FIX, (suggestion_words(one, seen.ranking.verdict),), "Could do")


def _muted(seen: View) -> bool:
    """Somebody muted it on purpose, or what is behind it is another alert's business: then it gets none."""
    return bool(seen.alerts) and all(alert.status is not AlertStatus.FIRING for alert in seen.alerts)
