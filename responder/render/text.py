"""What is told, in plain words: the lock screen's one line, and the lines of the message at 03:00. Pure."""

from collections.abc import Iterator
from typing import Final

from responder.domain.alert import AlertStatus
from responder.domain.incident import Ending, Incident
from responder.domain.notice import Notice
from responder.domain.report import (
    Lease,
    RankedCause,
    Report,
    Verdict,
)
from responder.domain.units import Unit, duration
from responder.render.fixes import could_do_lines, ended_lines, held, held_lines
from responder.render.limits import clean, cut, listed, lower_first, people, safe_url
from responder.render.lines import PHONE_LINES, Line, Part, Span, To, fitted, within
from responder.render.phrases import (
    answer_words,
    asked_silence_spans,
    came_back_spans,
    ending_words,
    how_bad,
    lease_spans,
    permanent_words,
    silence_spans,
    what,
)
from responder.render.table import reason_words
from responder.render.view import (
    View,
    cause_names,
    headline,
    lasted,
    likely,
    trend_words,
    view,
)

LOCK_SCREEN: Final = 150
TAIL_LONGEST: Final = 80
WORST_SHOWN: Final = 5
CHANGES_SHOWN: Final = 3
KIN_SHOWN: Final = 3
TARGET_GONE: Final = "HypertoolMetricsNotReported"
LINKS_SHOWN: Final = 5
DEFERRED: Final = "not investigated yet: it came in a storm, and waits for its turn or for somebody to ask"
WITHIN_LIMIT: Final = "on the good side of its threshold: no alert would fire now"


def lock_screen(notice: Notice) -> str:
    """What a phone shows before it is unlocked: at most 150 characters, severity first, never an id."""
    seen = view(notice)
    start = f"[{seen.word}] " + (f"{seen.again}: " if seen.again else "")
    tail = cut(_tail(seen), TAIL_LONGEST)
    return start + cut(what(seen), LOCK_SCREEN - len(start) - len(tail)) + tail


def message_lines(notice: Notice, room: int = PHONE_LINES) -> tuple[Line, ...]:
    """The message, the same words in the same order for every renderer: at most 30 lines of 45 characters.

    `room`: so many of them, where something else takes the rest.
    """
    seen = view(notice)
    lines = [*_top(seen), *(_open(seen) if seen.incident.open else _closed(seen)), *_bottom(seen)]
    return fitted(lines, room)


def message_text(notice: Notice) -> str:
    """The message as plain text."""
    return "\n".join(line.text for line in message_lines(notice))


def _tail(seen: View) -> str:
    """Where it is going and why; once it is over, how it ended."""
    if not seen.incident.open:
        ending = ending_words(seen)
        return f", {ending}" if ending else ""
    trend, cause = trend_words(seen.worst), likely(seen)
    more = len(seen.alerts) - 1
    return (
        (f", {trend}" if trend else "")
        + (f"; likely {cause}" if cause else "")
        + (f"; +{more} more" if more else "")
    )


def _top(seen: View) -> Iterator[Line]:
    start = f"[{seen.word}] " + (f"{seen.again}: " if seen.again else "")
    yield within(Line(Part.HEADLINE, (start + what(seen),)), 3)
    since = ", asked " if seen.asked else ", since "
    spans: tuple[Span, ...] = (clean(seen.title, 80), since, seen.incident.opened_at)
    if (over := lasted(seen.incident)) is not None:
        spans = _lasted_spans(seen.incident, duration(over.total_seconds()))
    yield within(Line(Part.ABOUT, spans), 2)
    back = seen.report.came_back if seen.report else None
    if seen.incident.open and back is not None:
        yield within(Line(Part.CAME_BACK, came_back_spans(back, seen.incident.id), "Came back"), 3)


def _lasted_spans(incident: Incident, time: str) -> tuple[Span, ...]:
    """How long it fired; of one that came back it isn't known for how long it was quiet in between."""
    if not incident.returns:
        return (f"Fired for {time}, from ", incident.opened_at)
    return (f"On and off for {time}, from ", incident.opened_at, "; came back last ", incident.returns[-1])


def _open(seen: View) -> Iterator[Line]:
    report = seen.report
    yield from _muted(seen)
    yield from _called_false(seen)
    yield from _alerts(seen)
    if seen.reading is not None and (seen.reading.unit is not Unit.YES_NO or seen.reading.value is None):
        # A measure that is yes or no says nothing beyond the headline.
        yield within(Line(Part.HOW_BAD, how_bad(seen.reading), "How bad"), 3)
    if seen.asked and seen.reading is not None and seen.reading.within_limit:
        yield Line(Part.HOW_BAD, (WITHIN_LIMIT,), "So")
        return  # nothing to explain, to do, or to silence
    yield from _why(seen)
    if report is not None:
        yield from _if_nothing(seen, report)
        yield from _before(report)
        yield from _people(seen, report)
    yield from _kin(seen)
    yield from held_lines(seen)
    yield from could_do_lines(seen)
    yield from ended_lines(seen)
    for one in report.permanent if report else ():
        yield within(Line(Part.FOR_GOOD, (permanent_words(one),), "For good"), 4)
    for check in (report.checks if report else ())[: 1 if seen.ranking.verdict is Verdict.CLEAR else 2]:
        yield within(Line(Part.CHECK, (clean(check, 200),), "Check by hand"), 3)


def _if_nothing(seen: View, report: Report) -> Iterator[Line]:
    if report.if_nothing and seen.about_worst:
        sentences = " ".join(clean(s, 200) for s in report.if_nothing)
        yield within(Line(Part.IF_NOTHING, (sentences,), "If you do nothing"), 3)


def _closed(seen: View) -> Iterator[Line]:
    ending = ending_words(seen) or "being measured"
    yield within(Line(Part.ENDING, (ending,), "Ended"), 4)
    if seen.incident.ending is Ending.GONE and seen.incident.alert_name != TARGET_GONE:
        told = f"the series ended; see whether {TARGET_GONE} fires"
        yield within(Line(Part.ENDING, (told,), "Look"), 2)
    if cause := likely(seen):
        yield within(Line(Part.WHY, (cause,), "It was most likely"), 2)
    yield from _kin(seen)
    if seen.incident.taken_by:
        yield _taken(seen)
    yield from _called_false(seen)
    yield from held_lines(seen)
    yield from ended_lines(seen)


def _bottom(seen: View) -> Iterator[Line]:
    links = links_of(seen)
    if links:
        spans: list[Span] = []
        for link in links:
            spans += [" · ", link] if spans else [link]
        yield Line(Part.LINKS, tuple(spans))
    if seen.report and seen.report.complete and seen.incident.open and seen.report.not_measured:
        missing = [f"{clean(f.title, 40)} ({reason_words(f)})" for f in seen.report.not_measured]
        yield within(Line(Part.NOT_MEASURED, (listed(missing, 4),), "Not measured"), 3)


def links_of(seen: View) -> tuple[To, ...]:
    """The incident's page first, then the report's links; only addresses that can be opened."""
    page = [To("Incident page", seen.page_url)]
    others = [
        To(clean(link.title, 24) or "link", link.url) for link in (seen.report.links if seen.report else ())
    ]
    safe = [To(to.title, safe_url(to.url)) for to in (*page, *others)]
    return tuple(to for to in safe if to.url)[:LINKS_SHOWN]


def _muted(seen: View) -> Iterator[Line]:
    quiet = [a for a in seen.alerts if a.status is not AlertStatus.FIRING]
    silenced = any(
        a.status is AlertStatus.SILENCED for a in quiet
    )  # the report may be older than a silence's end
    ours = seen.incident.silence
    said = asked_silence_spans(ours, seen.at) if ours else ()
    if said:
        yield within(Line(Part.MUTED, said, "Muted"), 3)
    known = ours.made if ours else ()
    others = [
        one for one in (seen.report.silences if seen.report and silenced else ()) if one.id not in known
    ]
    for silence in others[:2]:
        yield within(Line(Part.MUTED, silence_spans(silence), "Muted"), 3)
    if quiet and not said and not others and len(quiet) == len(seen.alerts):
        by = "a silence" if quiet[0].status is AlertStatus.SILENCED else "another alert (inhibited)"
        yield Line(Part.MUTED, (f"by {by}",), "Muted")


def _called_false(seen: View) -> Iterator[Line]:
    if (said := seen.incident.false_alarm) is not None:
        words = f"says {clean(people(said.by), 40)}: {clean(said.why, 160)}"
        yield within(Line(Part.FALSE_ALARM, (words,), "False alarm"), 3)


def _alerts(seen: View) -> Iterator[Line]:
    if len(seen.alerts) == 1:
        return
    yield Line(Part.ALERT, (f"{len(seen.alerts)} alerts; the worst:",))
    for alert in seen.alerts[:WORST_SHOWN]:
        status = "" if alert.status is AlertStatus.FIRING else f" ({alert.status})"
        yield within(Line(Part.ALERT, (headline(alert) + status,), bullet=True), 2)
    if (more := len(seen.alerts) - WORST_SHOWN) > 0:
        url = safe_url(seen.page_url)
        yield Line(Part.ALERT, (To(f"+{more} more", url) if url else f"+{more} more",))


def _why(seen: View) -> Iterator[Line]:
    match seen.ranking.verdict:
        case Verdict.CLEAR:
            yield within(Line(Part.WHY, (cause_names(seen.ranking),), "Most likely"), 2)
            yield from _evidence(seen.ranking.leaders[:1], 2)
        case Verdict.TIED:
            told = f"{cause_names(seen.ranking)}: can't tell them apart"
            yield within(Line(Part.WHY, (told,), "Likely"), 3)
            yield from _evidence(seen.ranking.leaders[:2], 1)
        case Verdict.UNTESTED if seen.ranking.causes:
            often = lower_first(clean(seen.ranking.causes[0].title, 80))
            said = "nothing measured speaks for a known cause" if seen.ranking.measured else "not measured"
            yield within(Line(Part.WHY, (f"{said}; most often {often}",), "Why"), 2)
        case _:
            yield from _unexplained(seen)
    if seen.report is not None and not seen.report.complete:
        yield Line(Part.WHY, ("still investigating",), "So far")


def _unexplained(seen: View) -> Iterator[Line]:
    """Nobody knows why: an alert without a playbook shows what it came with."""
    report = seen.report
    if report is None:
        yield within(Line(Part.WHY, (DEFERRED if seen.incident.deferred else "investigating",), "Why"), 3)
        return
    if report.playbook:
        return
    yield Line(Part.WHY, ("there is no playbook for this alert",), "Why")
    for name in _told_annotations(report, headline(seen.worst)):
        yield within(
            Line(Part.EVIDENCE, (clean(report.annotations[name], 300),), clean(name, 24).capitalize()), 4
        )
    pairs = sorted((n, v) for n, v in report.labels.items() if n not in {"alertname", "severity"})
    labels = ", ".join(f"{clean(name, 60)}={clean(value, 60)}" for name, value in pairs)
    yield within(Line(Part.EVIDENCE, (clean(labels, 400),), "Labels"), 4)


def _told_annotations(report: Report, said: str) -> list[str]:
    """Names of the annotations worth reading: those that say more than the headline and are no address."""
    first = {name: place for place, name in enumerate(("summary", "description", "action"))}
    texts = {name: clean(text, 300) for name, text in report.annotations.items()}
    worth = [
        n for n, text in texts.items() if text and text != said and not text.startswith(("http:", "https:"))
    ]
    return sorted(worth, key=lambda name: (first.get(name, len(first)), name))[:3]


def _evidence(causes: tuple[RankedCause, ...], each: int) -> Iterator[Line]:
    told: set[str] = set()
    for cause in causes:
        found = (*cause.said(supports=True)[:each], *cause.said(supports=False)[:1])
        for evidence in found:
            if evidence.statement not in told:
                told.add(evidence.statement)
                spans = (f"{answer_words(evidence)}: {clean(evidence.statement, 200)}",)
                yield within(Line(Part.EVIDENCE, spans, bullet=True), 3)


def _before(report: Report) -> Iterator[Line]:
    """What changed, and what was seen before."""
    for change in report.changes[:CHANGES_SHOWN]:
        at: tuple[Span, ...] = (change.at, " ") if change.at else ()
        yield within(Line(Part.CHANGED, (*at, clean(change.text, 160)), "Changed"), 3)
    if (more := len(report.changes) - CHANGES_SHOWN) > 0:
        yield Line(Part.CHANGED, (f"+{more} more changes",))
    before = report.seen_before
    if before is not None and before.times:
        last: tuple[Span, ...] = (", last ", before.last_closed_at) if before.last_closed_at else ()
        how = [lower_first(clean(w, 60)) for w in (before.last_cause, before.last_ending) if w]
        times = "once" if before.times == 1 else f"{before.times} times"
        spans = (f"{times} in {before.within_days} days", *last, (": " + ", ".join(how)) if how else "")
        yield within(Line(Part.SEEN, spans, "Seen before"), 3)
    if report.related:
        names = listed([clean(name, 60) for name in report.related], 2)
        yield within(Line(Part.RELATED, (names,), "Also active"), 2)


def _kin(seen: View) -> Iterator[Line]:
    """What it grew out of, and what grew out of it."""
    for kin in seen.kin[:KIN_SHOWN]:
        name, url = clean(kin.alert_name, 60), safe_url(kin.url)
        spans: tuple[Span, ...] = (To(name, url) if url else name, "" if kin.open else ", resolved")
        yield within(Line(Part.KIN, spans, "Grew from" if kin.grew_from else "Grew into"), 2)


def _people(seen: View, report: Report) -> Iterator[Line]:
    if seen.incident.taken_by:
        yield _taken(seen)
    if by := clean(people(seen.incident.page_resolved_by), 60):
        yield within(Line(Part.TAKEN, (f"{by} resolved its page in PagerDuty; it is still open here",)), 2)
    others = [one for one in report.leases if _holds_still(one, seen, report)]
    for lease in others[:2]:
        yield within(Line(Part.IN_FORCE, lease_spans(lease), "In force"), 3)


def _holds_still(lease: Lease, seen: View, report: Report) -> bool:
    """Whether it is none of our own fixes, which tell of themselves, and was not over since it was read."""
    ended = (fix for fix in seen.fixes if fix.ended_at is not None and fix.ended_at >= report.made_at)
    ours = {fix.change.target for fix in (*held(seen.fixes), *ended)}
    over = seen.at is not None and lease.expires_at is not None and lease.expires_at <= seen.at
    return lease.resource not in ours and not over


def _taken(seen: View) -> Line:
    return within(Line(Part.TAKEN, (f"{clean(people(seen.incident.taken_by), 60)} has it",)), 2)
