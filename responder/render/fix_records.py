"""Everything that is known of an incident's quick fixes, for the page and the terminal. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from responder.domain.fix import Fix, FixState
from responder.domain.report import Verdict
from responder.domain.units import duration
from responder.render.fix_words import (
    ENDS,
    STATES,
    TEXT_LONGEST,
    change_words,
    history,
    lasts_words,
    refusal_words,
    title_of,
    why_words,
    withdrawn,
)
from responder.render.fixes import HELD, ended, held, ready
from responder.render.limits import clean
from responder.render.view import View

RECORDS_SHOWN: Final = 30
TARGET_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One quick fix in words."""

    id: str
    title: str
    state: str
    does: str
    """What it sets, on what, for how long."""
    gains: tuple[str, ...]
    """What it buys and why it would help; of a proposal that would be refused, why."""
    evidence: tuple[str, ...]
    """What spoke for the cause when it was proposed; only of what was approved."""
    left: str
    """What is left of its time; empty where it has none."""
    until: datetime | None
    orders: tuple[str, ...]
    """What may be ordered of it on the command line."""
    history: tuple[tuple[datetime, str], ...]
    over: bool
    """Nothing more will happen to it."""


def records(seen: View) -> tuple[Record, ...]:
    """What is in force first, then what could be done, then what would be refused, then what is over."""
    waiting = [fix for fix in seen.fixes if fix.state is FixState.PROPOSED and fix.refusal]
    known = (*held(seen.fixes), *ready(seen.fixes), *waiting, *ended(seen.fixes))
    return tuple(_record(fix, seen) for fix in known[:RECORDS_SHOWN])


def never_taken(seen: View) -> tuple[Record, ...]:
    """Proposals that were withdrawn or ran out, the newest first."""
    gone = [fix for fix in seen.fixes if withdrawn(fix)]
    gone.sort(key=lambda fix: fix.ended_at or fix.proposed_at, reverse=True)
    return tuple(_record(fix, seen) for fix in gone[:RECORDS_SHOWN])


def _record(fix: Fix, seen: View) -> Record:
    waits = refusal_words(fix)
    proposal = fix.state is FixState.PROPOSED
    tied = seen.ranking.verdict is Verdict.TIED
    gains = (clean(fix.buys, TEXT_LONGEST), why_words(fix, tied=tied))
    return Record(
        id=fix.id,
        title=title_of(fix),
        state="would be refused now" if proposal and waits else _state(fix),
        does=_does(fix),
        gains=tuple(filter(None, (*gains, waits if proposal else ""))),
        evidence=tuple(clean(text, TEXT_LONGEST) for text in fix.evidence[:5] if fix.approved_at),
        left=_left(fix, seen.at),
        until=fix.expires_at if fix.state in HELD else None,
        orders=_orders(fix),
        history=tuple(history(fix, seen.reading)),
        over=fix.state is FixState.ENDED,
    )


def _state(fix: Fix) -> str:
    if withdrawn(fix) or fix.end is None:
        return STATES[fix.state]
    return ENDS[fix.end]


def _does(fix: Fix) -> str:
    target, lasts = clean(fix.change.target, TARGET_LONGEST), lasts_words(fix)
    sets = change_words(fix)
    return (f"{target}: {sets}" if sets else f"{target}, once") + (f", for {lasts}" if lasts else "")


def _left(fix: Fix, at: datetime | None) -> str:
    if at is None or fix.expires_at is None or fix.state is not FixState.IN_FORCE:
        return ""
    left = fix.expires_at - at
    return f"{duration(left.total_seconds())} left" if left > timedelta(0) else ""


def _orders(fix: Fix) -> tuple[str, ...]:
    match fix.state:
        case FixState.PROPOSED:
            return () if fix.refusal else ("approve", "reject")
        case FixState.IN_FORCE:
            return ("revert", "extend")
        case _:
            return ()
