"""A notice for whoever was woken: notes short enough for a phone, and the words of a page. Pure.

PagerDuty shows notes as plain text. They can't be edited, so each says only what is new.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from responder.domain.notice import Notice
from responder.domain.report import Finding, FindingState
from responder.domain.storm import StormNotice
from responder.render.limits import clean, cut, safe_url
from responder.render.lines import Line, Part
from responder.render.phrases import what
from responder.render.storm import storm_lines
from responder.render.table import table
from responder.render.text import links_of, lock_screen, message_lines
from responder.render.view import View, headline, view

NOTE_LONGEST: Final = 1_500
"""Characters without the links: about as much as two screens of a phone."""
SUMMARY_LONGEST: Final = 1_024
"""Characters; PagerDuty's limit."""
LINE_LONGEST: Final = 160
FINDINGS_SHOWN: Final = 3
LINKS_SHOWN: Final = 4
ADDRESS_LONGEST: Final = 200
"""Characters: a note shows addresses as they are, and one that holds a query fills a phone."""

FIRST: Final = (
    Part.MUTED,
    Part.ALERT,
    Part.HOW_BAD,
    Part.WHY,
    Part.EVIDENCE,
    Part.IF_NOTHING,
    Part.CHANGED,
    Part.IN_FORCE,
    Part.HELD,
    Part.FIX,
    Part.NOT_MEASURED,
)
"""What the first note says below the headline."""

OF: Final[Mapping[str, tuple[Part, ...]]] = {
    "severity": (Part.HOW_BAD,),
    "cause": (Part.WHY, Part.EVIDENCE),
    "muted": (Part.MUTED,),
    "ending": (Part.ENDING,),
    "fixes": (Part.HELD, Part.FIX_ENDED),
}
"""What a later note says of each thing that changed."""

OPENINGS: Final[Mapping[str, str]] = {
    "severity": "Severity rose",
    "cause": "Another first cause",
    "muted": "Silenced",
    "ending": "It ended",
    "fixes": "A quick fix",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What a page says: a summary, details by their names, and links as (address, title)."""

    summary: str
    group: str
    kind: str
    details: Mapping[str, str]
    links: tuple[tuple[str, str], ...]


def note(notice: Notice, changed: Collection[str] = ()) -> str:
    """A note of plain text.

    Args:
        notice: the incident as it is now.
        changed: what changed since the last note, by the names of `OF`; nothing: this is the first.
    """
    seen, lines = view(notice), message_lines(notice)
    told = [*_changed(seen, lines, changed)] if changed else [*_first(seen, lines)]
    most = 1 if changed else LINKS_SHOWN
    short = [to for to in links_of(seen) if len(to.url) <= ADDRESS_LONGEST]
    links = [f"{to.title}: {to.url}" for to in short[:most]]
    return "\n".join([cut("\n".join(told), NOTE_LONGEST), *links])


def storm_note(notice: StormNotice) -> str:
    """A note on the page of one of a storm's incidents: how many there are, and where they are listed."""
    lines = [line.text for line in storm_lines(notice) if line.part not in {Part.LINKS, Part.HOW_BAD}]
    url = safe_url(notice.list_url)
    return "\n".join([cut("\n".join(lines), NOTE_LONGEST), *([f"All incidents: {url}"] if url else [])])


def page(notice: Notice) -> PageWords:
    """The words of a page that we open, or that we add to the one that is open."""
    seen, lines = view(notice), message_lines(notice)
    details: dict[str, str] = {}
    for line in lines:
        if line.part in FIRST and line.text:
            name = line.label or line.part.replace("_", " ").capitalize()
            text = Line(line.part, line.spans).text
            details[name] = f"{details[name]}\n{text}" if name in details else text
    details |= dict(_findings(seen))
    return PageWords(
        summary=cut(lock_screen(notice), SUMMARY_LONGEST),
        group=clean(seen.report.category, 100) if seen.report else "",
        kind=clean(notice.incident.alert_name, 200),
        details=details,
        links=tuple((to.url, to.title) for to in links_of(seen)),
    )


def _first(seen: View, lines: Collection[Line]) -> Iterator[str]:
    yield f"[{seen.word}] {headline(seen.worst)}"
    for part in FIRST:
        yield from _of(lines, (part,))
        if part is Part.IF_NOTHING:
            yield from (f"{name}: {said}" for name, said in _findings(seen))


def _changed(seen: View, lines: Collection[Line], changed: Collection[str]) -> Iterator[str]:
    """What changed, in the order of `OF`."""
    names = [name for name in OF if name in changed]
    openings = {**OPENINGS, **({} if seen.muted else {"muted": "No longer silenced"})}
    yield f"{' · '.join(openings[name] for name in names)}: [{seen.word}] {what(seen)}"
    for name in names:
        yield from _of(lines, OF[name])


def _of(lines: Collection[Line], parts: Collection[Part]) -> Iterator[str]:
    return (cut(line.text, 2 * LINE_LONGEST) for line in lines if line.part in parts)


def _findings(seen: View) -> Iterator[tuple[str, str]]:
    """The first answers with their titles, as far as they fit on a line."""
    measured = [f for f in (seen.report.findings if seen.report else ()) if f.state is FindingState.MEASURED]
    said = [(clean(finding.title, 60), _answer(finding)) for finding in measured]
    yield from [(title, answer) for title, answer in said if title and answer][:FINDINGS_SHOWN]


def _answer(finding: Finding) -> str:
    """The answer on one line: its value, or its first rows."""
    if not finding.rows:
        return ""
    rows = table(finding, 2)
    if rows.tall:
        return cut(", ".join(f"{name} {value}" for name, value in rows.pairs[:4]), LINE_LONGEST)
    told = "; ".join(" ".join(row) for row in rows.rows)
    return cut(told + (f"; +{rows.left_out} more" if rows.left_out else ""), LINE_LONGEST)
