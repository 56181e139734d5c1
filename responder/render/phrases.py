"""The phrases that messages are made of: one place for each thing that is said. Pure."""

from datetime import datetime
from typing import Final

from responder.domain.incident import Ending
from responder.domain.marks import AskedSilence, SilenceState
from responder.domain.report import (
    CameBack,
    Evidence,
    FixSuggestion,
    Lease,
    Permanent,
    Reading,
    Silence,
    Verdict,
)
from responder.domain.units import duration, number, quantity
from responder.render.limits import clean, lower_first, people, safe_url
from responder.render.lines import Span, To
from responder.render.table import scalar
from responder.render.view import View, headline, subject_of

ENDINGS: Final = {
    Ending.RECOVERED: "recovered",
    Ending.GONE: "gone, not because it got better",
    Ending.UNKNOWN: "how it ended could not be measured",
}
NOT_MEASURED: Final = "its end was not measured"


def answer_words(evidence: Evidence) -> str:
    """What the answer to a test means: "for", "against", "not so", "not measured"."""
    if evidence.counts:
        return "for" if evidence.supports else "against"
    return "not so" if evidence.answer.value == "no" else "not measured"


def how_bad(reading: Reading) -> tuple[Span, ...]:
    """The value against its threshold, where it is going, and as of when."""
    if reading.value is None:
        return (f"not measured ({clean(reading.reason, 120) or 'no data'})",)
    value = clean(reading.words, 80) or quantity(reading.value, reading.unit)
    limit = f", threshold {quantity(reading.threshold, reading.unit)}"
    trend = "" if reading.trend.value == "unknown" else f", {reading.trend}"
    worse = " (getting worse)" if reading.worsening else ""
    as_of: tuple[Span, ...] = (", as of ", reading.as_of) if reading.as_of else ()
    return (f"{value}{limit}{trend}{worse}", *as_of)


def suggestion_words(fix: FixSuggestion, verdict: Verdict) -> str:
    """A quick fix that is only described, and that it answers no leading cause, if one is known."""
    label = (
        " (buys time, does not cure)" if not fix.answers and verdict in {Verdict.CLEAR, Verdict.TIED} else ""
    )
    buys = f": {clean(fix.buys, 200)}" if fix.buys else ""
    return clean(fix.title, 120) + label + buys


def silence_spans(silence: Silence) -> tuple[Span, ...]:
    comment = f": {clean(silence.comment, 120)}" if silence.comment else ""
    by = clean(silence.created_by, 40) or "somebody"
    return ("silenced by ", by, " until ", silence.ends_at, comment)


def permanent_words(one: Permanent) -> str:
    """What a value should be that was raised again and again, with the numbers behind it."""
    knob = clean(one.target.rpartition("/")[2], 40)
    raised = f"{clean(one.about, 80)} {knob} raised {one.times} times in {one.days} days".strip()
    if one.value is None or one.percentile is None:
        return f"{raised}; what is used a day is not measured"
    unit = f" {clean(one.unit, 20)}" if one.unit else ""
    days = "1 day" if len(one.daily) == 1 else f"{len(one.daily)} days"
    why = f"95th percentile of {days} {number(one.percentile)} + 20 %"
    if isinstance(one.present, int | float) and one.value <= one.present:
        return (
            f"{raised}, but {why} is not above the present {number(one.present)}{unit}: look at what uses it"
        )
    return f"{raised}: propose {number(one.value)}{unit} permanently ({why})"


def daily_words(one: Permanent) -> str:
    """The numbers behind it: what was used on each day."""
    return ", ".join(map(number, one.daily)) + (f" {clean(one.unit, 20)}" if one.unit else "")


def came_back_spans(back: CameBack, incident: str) -> tuple[Span, ...]:
    """How long after the end of which lease it fires again, and where another incident of that time is."""
    after = duration((back.fires_since - back.ended_at).total_seconds())
    told = f"{after} after the lease's end ({clean(back.title, 100)})"
    if back.incident == incident:
        return (told,)
    title, url = f"incident {back.incident}", safe_url(back.url)
    return (f"{told}: see ", To(title, url) if url else title)


def asked_silence_spans(silence: AskedSilence, at: datetime | None) -> tuple[Span, ...]:
    """How far the silence is that somebody asked for here; nothing once it is over."""
    by, why = clean(people(silence.by), 40), f": {clean(silence.why, 120)}" if silence.why else ""
    if at is not None and at >= silence.until:
        return ()
    match silence.state:
        case SilenceState.ORDERED:
            return (f"being silenced, by {by}, until ", silence.until, why)
        case SilenceState.MADE:
            stuck = f"; could not be ended: {clean(silence.failure, 120)}" if silence.failure else ""
            return (f"silenced by {by} until ", silence.until, why, stuck)
        case SilenceState.ENDING:
            return (f"silenced by {by}; {clean(people(silence.ended_by), 40)} has that ended",)
        case SilenceState.ENDED:
            return ()
        case SilenceState.FAILED:
            return (f"not, though {by} wanted it silenced: {clean(silence.failure, 200)}",)


def lease_spans(lease: Lease) -> tuple[Span, ...]:
    value = f"{clean(lease.resource, 80)} is {scalar(lease.value)}, was {scalar(lease.before)}"
    return (value, ", until ", lease.expires_at) if lease.expires_at else (value,)


def ending_words(seen: View) -> str:
    """How it ended: "recovered: -250 → 1400 tokens"; nothing while that is being found out."""
    if seen.incident.ending is None:
        return ""
    said = clean(seen.incident.ending_text, 200)
    ended = NOT_MEASURED if seen.incident.deferred else ENDINGS[seen.incident.ending]
    return ended + (f": {said}" if said else "")


def what(seen: View) -> str:
    """What it is about; once it is over never the value it had while it fired."""
    if seen.incident.open:
        return headline(seen.worst)
    subject, title = subject_of(seen), clean(seen.title, 80)
    return f"{subject}: {lower_first(title)}" if subject else title
