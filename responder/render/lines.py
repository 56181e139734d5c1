"""The shape of what is told: lines of words, moments and links, which every renderer dresses its own way."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from responder.domain.clock import utc
from responder.render.limits import cut, phone_lines

PHONE_WIDTH: Final = 45
PHONE_LINES: Final = 30


class Part(StrEnum):
    """What a line is about; in the order of the message."""

    HEADLINE = "headline"
    ABOUT = "about"
    CAME_BACK = "came_back"
    ENDING = "ending"
    MUTED = "muted"
    FALSE_ALARM = "false_alarm"
    ALERT = "alert"
    HOW_BAD = "how_bad"
    WHY = "why"
    EVIDENCE = "evidence"
    IF_NOTHING = "if_nothing"
    CHANGED = "changed"
    SEEN = "seen"
    KIN = "kin"
    """Another incident that it grew out of, or that grew out of it."""
    RELATED = "related"
    TAKEN = "taken"
    IN_FORCE = "in_force"
    HELD = "held"
    """A quick fix that is under way or in force."""
    FIX = "fix"
    """A quick fix that could be done; of several the first."""
    OTHER_FIX = "other_fix"
    """A further quick fix that could be done, or that ended before the last."""
    FIX_ENDED = "fix_ended"
    FOR_GOOD = "for_good"
    """What a value should be that was raised again and again."""
    CHECK = "check"
    LINKS = "links"
    NOT_MEASURED = "not_measured"


BUTTONS_ROOM: Final = 2
"""Lines of a phone that a row of buttons takes."""

DROPPED_FIRST: Final = (
    Part.OTHER_FIX,
    Part.RELATED,
    Part.CHANGED,
    Part.SEEN,
    Part.CHECK,
    Part.EVIDENCE,
    Part.IN_FORCE,
    Part.FIX_ENDED,
    Part.MUTED,
    Part.FALSE_ALARM,
    Part.FIX,
    Part.FOR_GOOD,
    Part.ALERT,
    Part.IF_NOTHING,
    Part.NOT_MEASURED,
    Part.TAKEN,
)
"""What gives way when everything doesn't fit; parts that aren't here always stay."""


@dataclass(frozen=True, slots=True)
class To:
    """A link."""

    title: str
    url: str


Span = str | datetime | To


@dataclass(frozen=True, slots=True)
class Line:
    """One line: cleaned words with moments and links between them."""

    part: Part
    spans: tuple[Span, ...]
    label: str = ""
    bullet: bool = False
    buttons_of: str = ""
    """The quick fix that has its buttons below this line, where there are buttons."""

    @property
    def text(self) -> str:
        """As plain text; moments in UTC."""
        start = "• " if self.bullet else ""
        return start + (f"{self.label}: " if self.label else "") + "".join(map(words, self.spans))

    @property
    def room(self) -> int:
        """How many lines of a phone it takes, with its buttons."""
        return self.written + (BUTTONS_ROOM if self.buttons_of else 0)

    @property
    def written(self) -> int:
        """How many lines of a phone its words take."""
        return phone_lines(self.text, PHONE_WIDTH)


def words(span: Span) -> str:
    match span:
        case datetime():
            return utc(span)
        case To():
            return span.title
        case _:
            return span


def within(line: Line, most: int) -> Line:
    """The line cut to so many lines of a phone: the longest words give way."""
    while line.written > most:
        texts = [len(span) if isinstance(span, str) else 0 for span in line.spans]
        longest = texts.index(max(texts))
        span = line.spans[longest]
        if not isinstance(span, str) or len(span) <= 1:
            break
        most_letters = min(len(span) - 6, most * PHONE_WIDTH)
        spans = (*line.spans[:longest], cut(span, max(1, most_letters)), *line.spans[longest + 1 :])
        line = replace(line, spans=spans)
    return line


def fitted(lines: list[Line], room: int = PHONE_LINES) -> tuple[Line, ...]:
    """As many lines as fit into so many of a phone: of the parts that give way first, the last goes first."""
    kept = list(lines)
    for part in DROPPED_FIRST:
        while (over := sum(line.room for line in kept) > room) and any(x.part is part for x in kept):
            kept.pop(max(i for i, line in enumerate(kept) if line.part is part))
        if not over:
            break
    return tuple(kept)
