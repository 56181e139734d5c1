"""Slack's blocks, built so that nothing in them is parsed: rich text and plain text only. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from responder.domain.clock import utc
from responder.render.limits import cut, json_size, safe_url
from responder.render.lines import Line, To

Block = Mapping[str, object]
Element = dict[str, object]

JSON_LONGEST: Final = 12_500
"""Characters of all blocks together as JSON. Not documented by Slack; refusals were seen from 13,200."""

TEXT_LONGEST: Final = 8_500
"""Characters of text in all blocks together; refusals were seen from about 9,600."""

BLOCKS_MOST: Final = 50
HEADER_LONGEST: Final = 150
CONTEXT_LONGEST: Final = 600
WHEN: Final = "{date_short_pretty} {time}"


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What Slack is sent: `text` for the lock screen and screen readers, already escaped, and the blocks."""

    text: str
    blocks: tuple[Block, ...]
    simpler: "SlackMessage | None" = None
    """The same without what a workspace may not take; None: there is nothing of that in it."""


def header(text: str) -> Block:
    return {"type": "header", "text": plain(cut(text, HEADER_LONGEST))}


def context(text: str) -> Block:
    return {"type": "context", "elements": [plain(cut(text, CONTEXT_LONGEST))]}


def plain(text: str) -> Element:
    return {"type": "plain_text", "text": text, "emoji": False}


def said(text: str, *, bold: bool = False) -> Element:
    """Text inside rich text: shown as it is, whatever it contains."""
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def moment(at: datetime) -> Element:
    """A moment in the reader's own zone; UTC where that can't be shown."""
    return {"type": "date", "timestamp": int(at.timestamp()), "format": WHEN, "fallback": utc(at)}


def link(title: str, url: str) -> Element:
    """A link, or only its words where the address can't be one."""
    address = safe_url(url)
    return {"type": "link", "url": address, "text": title or address} if address else said(title or "-")


def mentions(who: Iterable[str]) -> Element:
    """Users and user groups, by their ids: they are notified when this is posted, not when it is edited."""
    named: list[Element] = []
    for one in who:
        named.append(said("For " if not named else ", "))
        is_group = one.startswith("S")
        named.append(
            {"type": "usergroup", "usergroup_id": one} if is_group else {"type": "user", "user_id": one}
        )
    return section(*named)


def paragraph(lines: Iterable[Line]) -> Block | None:
    """Lines one below the other; those with a bullet as lists. None where there is nothing to say."""
    parts: list[Element] = []
    for line in lines:
        elements = _elements(line)
        if line.bullet:
            _list(parts).append({"type": "rich_text_section", "elements": elements})
        else:
            _section(parts).extend(elements)
    return {"type": "rich_text", "elements": parts} if parts else None


def preformatted(text: str) -> Element:
    return {"type": "rich_text_preformatted", "elements": [said(text)]}


def section(*elements: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def bullets(*items: Sequence[Element]) -> Element:
    return {"type": "rich_text_list", "style": "bullet", "elements": [section(*item) for item in items]}


def rich(*parts: Element) -> Block:
    return {"type": "rich_text", "elements": list(parts)}


def within_limits(blocks: Sequence[Block], cut_short: Block, *beside: Block) -> tuple[Block, ...]:
    """As many of the first blocks as Slack takes; `cut_short` stands for those that don't fit.

    `beside` is what is added to them, and needs room as well.
    """
    kept: list[Block] = []
    size = 2 + sum(json_size(block) + 2 for block in (cut_short, *beside))
    letters = sum(map(text_length, (cut_short, *beside)))
    for block in blocks:
        size += json_size(block) + 2
        letters += text_length(block)
        if size > JSON_LONGEST or letters > TEXT_LONGEST or len(kept) == BLOCKS_MOST - 1 - len(beside):
            return (*kept, cut_short)
        kept.append(block)
    return tuple(kept)


def text_length(value: object) -> int:
    """Characters of what people read in a block."""
    if isinstance(value, Mapping):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(text_length(v) for v in value.values())
    if isinstance(value, list | tuple):
        return sum(map(text_length, value))
    return 0


def _elements(line: Line) -> list[Element]:
    start = [said(f"{line.label}: ", bold=True)] if line.label else []
    return [*start, *(e for span in line.spans if (e := _element(span)) is not None)]


def _element(span: str | datetime | To) -> Element | None:
    match span:
        case datetime():
            return moment(span)
        case To():
            return link(span.title, span.url)
        case _:
            return said(span) if span else None


def _list(parts: list[Element]) -> list[Element]:
    """The list at the end of the parts, a new one where there is none."""
    if not parts or parts[-1]["type"] != "rich_text_list":
        parts.append({"type": "rich_text_list", "style": "bullet", "elements": []})
    return _inner(parts[-1])


def _section(parts: list[Element]) -> list[Element]:
    """The section at the end of the parts, ready for another line."""
    if parts and parts[-1]["type"] == "rich_text_section":
        _inner(parts[-1]).append(said("\n"))
    else:
        parts.append(section())
    return _inner(parts[-1])


def _inner(part: Element) -> list[Element]:
    elements = part["elements"]
    if not isinstance(elements, list):
        raise TypeError("a part of rich text has a list of elements")
    return elements
