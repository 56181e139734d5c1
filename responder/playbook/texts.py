"""Placeholders in a playbook's sentences: {persona}, {budget}, {budget:n}, {langfuse.reason}.

They are filled by a scanner of our own, once, never by `str.format`: what is filled in is untrusted and must
not be read again.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from responder.domain.report import Scalar
from responder.domain.units import Unit, number, quantity

LONGEST_VALUE: Final = 60
"""Characters of a label's value in a sentence; names of people's things are shorter."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_-]*)(?:\.([a-z][a-z0-9_]*))?(:n)?\}")
_UNSEEN: Final = re.compile(
    r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
"""Line breaks, control characters and those that turn the direction of writing."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder: a label or a diagnostic, perhaps one field of it, perhaps without its unit."""

    name: str
    field: str | None
    bare: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What stands for a placeholder."""

    value: Scalar
    unit: Unit | None = None


Lookup = Callable[[Placeholder], Measured | None]


def placeholders(text: str) -> Iterator[Placeholder]:
    """The placeholders of a sentence, from left to right."""
    return (_placeholder(found) for found in _PLACEHOLDER.finditer(text))


def stray_braces(text: str) -> bool:
    """Whether a brace stands outside every placeholder: most likely one that is written wrongly."""
    return bool(set(_PLACEHOLDER.sub("", text)) & set("{}"))


def filled(text: str, lookup: Lookup) -> str | None:
    """The sentence with its placeholders filled in; None if one of them isn't measured."""
    parts: list[str] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        words = _words(_placeholder(found), lookup)
        if words is None:
            return None
        parts += [text[end : found.start()], words]
        end = found.end()
    return "".join([*parts, text[end:]])


def first_filled(texts: tuple[str, ...], lookup: Lookup) -> str:
    """The first sentence that can be filled in; empty if there is none."""
    return next((done for text in texts if (done := filled(text, lookup)) is not None), "")


def short(value: str, longest: int = LONGEST_VALUE) -> str:
    """A label's value as a sentence may show it: one line, its middle left out where it is long."""
    line = _UNSEEN.sub(" ", value).strip()
    if len(line) <= longest:
        return line
    tail = longest // 3
    return f"{line[: longest - tail - 1]}…{line[-tail:]}"


def clock(seconds: float) -> str:
    """Seconds since the epoch as the time of day in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M} UTC"


def _placeholder(found: re.Match[str]) -> Placeholder:
    return Placeholder(found[1], found[2], bare=found[3] is not None)


def _words(placeholder: Placeholder, lookup: Lookup) -> str | None:
    measured = lookup(placeholder)
    if measured is None or measured.value in (None, ""):
        return None
    if isinstance(measured.value, str):
        return short(measured.value)
    if isinstance(measured.value, bool):
        return "yes" if measured.value else "no"
    return _number(placeholder, float(measured.value or 0), measured.unit)


def _number(placeholder: Placeholder, value: float, unit: Unit | None) -> str | None:
    if not math.isfinite(value):
        return None
    if (placeholder.field or "").endswith("_at"):
        return clock(value)
    return number(value) if placeholder.bare or unit is None else quantity(value, unit)
