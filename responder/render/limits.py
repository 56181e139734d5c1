"""Makes text from outside fit and harmless: cleaning, cutting, escaping, addresses. Pure."""

import json
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit

ELLIPSIS: Final = "…"
URL_LONGEST: Final = 1_500
"""Characters of a link; a longer one is left out rather than cut."""

_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
_SPACES: Final = re.compile(r"\s+")
_PERSON: Final = re.compile(r"(?:slack:[UW][A-Z0-9]{1,30}|pagerduty:[A-Z0-9]{1,30}) \(([^()]+)\)")
_URL_SAFE: Final = ":/?#[]@!$&'()*+,;=%~-._"


def clean(text: str, most: int = 2_000) -> str:
    """One line of text that shows what it is: no control characters, no tricks with direction, no surrogates.

    Args:
        text: anything from outside.
        most: characters; cut before it is cleaned, so that 100 KB cost nothing.
    """
    shown = "".join(map(_visible, text[: most + 1]))
    return cut(_SPACES.sub(" ", shown).strip(), most)


def clean_lines(text: str, most: int = 2_000) -> str:
    """The same of a text whose lines are wanted, as those of a query, with what they are indented by."""
    lines = text[: most + 1].splitlines()
    return cut("\n".join("".join(map(_visible, line)).rstrip() for line in lines), most)


def cut(text: str, most: int) -> str:
    """At most so many characters, at a word's end where one is near, with "…" for what is left out."""
    if len(text) <= most:
        return text
    if most <= 1:
        return ELLIPSIS[:most]
    kept = text[: most - 1]
    space = kept.rfind(" ")
    if space > most * 3 // 4:
        kept = kept[:space]
    return kept.rstrip(" ,;:") + ELLIPSIS


def escape(text: str) -> str:
    """For Slack's mrkdwn: no mention, channel, link or entity can come out of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_within(text: str, most: int) -> str:
    """Escaped text of at most so many characters; never cut inside an entity such as `&amp;`."""
    whole = escape(text)
    if len(whole) <= most:
        return whole
    room, kept = most - 1, 0
    for letter in text:
        room -= len(escape(letter))
        if room < 0:
            break
        kept += 1
    return escape(text[:kept].rstrip()) + ELLIPSIS[:most]


def people(text: str) -> str:
    """A text with people's names instead of what services call them: "slack:U024BE7LH (ann)" → "ann"."""
    return _PERSON.sub(r"\1", text)


def lower_first(title: str) -> str:
    """A title inside a sentence: "Prompt bloat" → "prompt bloat"; "SDK missing" and "SlowStage" stay."""
    named = any(letter.isupper() for letter in title.partition(" ")[0][1:])
    return title if named else title[:1].lower() + title[1:]


def safe_url(url: str, most: int = URL_LONGEST) -> str:
    """An http(s) address that can stand in any markup, or nothing: encoded, and not too long to be one."""
    cleaned = quote("".join(c for c in url.strip() if _visible(c) == c), safe=_URL_SAFE)
    try:
        scheme = urlsplit(cleaned).scheme
    except ValueError:
        return ""
    return cleaned if scheme in {"http", "https"} and len(cleaned) <= most else ""


def phone_lines(text: str, width: int) -> int:
    """How many lines a text takes on a screen so many characters wide, wrapped as a phone does."""
    return max(1, len(textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False)))


def json_size(value: object) -> int:
    """Characters of a value as JSON in its longest usual form: escaped to ASCII, with spaces."""
    return len(json.dumps(value))


def listed(items: Sequence[str], most: int) -> str:
    """The first of a list, and how many are left out: "a, b, c, +7 more"."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f", +{more} more" if more > 0 else "")


def _visible(letter: str) -> str:
    if letter in _BIDI:
        return ""
    category = unicodedata.category(letter)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category in {"Cs", "Co", "Cn"} else letter
