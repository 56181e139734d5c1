"""A storm in plain words: the lock screen's line, and the lines of its one message. Pure."""

from collections.abc import Iterator
from typing import Final

from responder.domain.storm import TOLD_SINGLY, Kind, StormNotice
from responder.domain.units import duration
from responder.render.limits import clean, cut, safe_url
from responder.render.lines import Line, Part, Span, To, fitted, within
from responder.render.phrases import what
from responder.render.view import view

LOCK_SCREEN: Final = 150
KINDS_SHOWN: Final = 6
WORST_SHOWN: Final = 4


def storm_line(notice: StormNotice) -> str:
    """What a phone shows before it is unlocked: at most 150 characters."""
    return cut(f"[{_word(notice)}] {_how_many(notice)}{_first(notice)}", LOCK_SCREEN)


def storm_lines(notice: StormNotice) -> tuple[Line, ...]:
    """The message: at most 30 lines of 45 characters."""
    return fitted([*_top(notice), *_kinds(notice), *_worst(notice), *_bottom(notice)])


def _word(notice: StormNotice) -> str:
    return "storm over" if notice.storm.over else "storm"


def _how_many(notice: StormNotice) -> str:
    critical = f", {notice.critical} of them critical" if notice.critical else ""
    return f"{notice.open + notice.closed} incidents, {notice.open} open{critical}"


def _first(notice: StormNotice) -> str:
    """The worst kind, for the lock screen."""
    if notice.storm.over or not notice.kinds or not notice.kinds[0].open:
        return ""
    worst = notice.kinds[0]
    return f"; worst: {clean(worst.alert_name, 60)} ({worst.open})"


def _top(notice: StormNotice) -> Iterator[Line]:
    storm = notice.storm
    yield within(Line(Part.HEADLINE, (f"[{_word(notice)}] {_how_many(notice)}",)), 3)
    if storm.ended_at is None:
        yield Line(Part.ABOUT, ("More incidents at once than are told one by one, since ", storm.began_at))
    else:
        lasted = duration((storm.ended_at - storm.began_at).total_seconds())
        yield Line(Part.ABOUT, (f"It lasted {lasted}, from ", storm.began_at, " to ", storm.ended_at))


def _kinds(notice: StormNotice) -> Iterator[Line]:
    for kind in notice.kinds[:KINDS_SHOWN]:
        yield within(Line(Part.ALERT, (_counted(kind),), bullet=True), 2)
    rest = notice.kinds[KINDS_SHOWN:]
    if rest:
        more, names = sum(kind.open + kind.closed for kind in rest), len(rest)
        yield Line(Part.ALERT, (f"+{more} more, of {names} other kinds",), bullet=True)


def _counted(kind: Kind) -> str:
    closed = f", {kind.closed} resolved" if kind.closed else ""
    return f"{kind.severity}, {clean(kind.alert_name, 80)}: {kind.open} open{closed}"


def _worst(notice: StormNotice) -> Iterator[Line]:
    for one in notice.worst[:WORST_SHOWN]:
        seen = view(one)
        words, url = f"[{seen.word}] {what(seen)}", safe_url(one.page_url)
        yield within(Line(Part.HOW_BAD, (To(cut(words, 85), url) if url else words,), "Worst"), 3)


def _bottom(notice: StormNotice) -> Iterator[Line]:
    if notice.storm.over:
        yield Line(Part.ENDING, ("; ".join(_outcome(notice)),), "It is over")
    else:
        others = "the others wait until it is over, or until somebody asks for one"
        yield Line(Part.CHECK, (f"the {TOLD_SINGLY} worst; {others}",), "Told one by one")
    if url := safe_url(notice.list_url):
        links: tuple[Span, ...] = (To("All incidents", url),)
        yield Line(Part.LINKS, links)


def _outcome(notice: StormNotice) -> Iterator[str]:
    """What became of them; the worst were told one by one already, and the others waited."""
    if notice.closed:
        yield f"{notice.closed} resolved, told here only where they waited"
    if notice.open:
        yield f"{notice.open} still open, told now where they waited"
