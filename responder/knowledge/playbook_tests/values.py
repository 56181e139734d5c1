"""promtool's notation of a series' values, and two things more for days of history in one line.

1 2.5 _ 3          values, one an interval; _ is a gap, _x10 ten of them
0+3x2880           0, then 2880 more values, each 3 larger (2881 values, as promtool counts)
5x10               5, then ten times more
..-2x30            thirty more values, each 2 less than the one before
@15s               from here on there is a value every 15 s
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from responder.domain.units import DAY
from responder.playbook.diagnostic import seconds

MOST: Final = 200_000
"""Values of one series: nine days of one every 4 s."""

LONGEST: Final = 400 * DAY
"""Seconds from the first value to the last."""

_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN: Final = re.compile(rf"({_NUMBER}|NaN|[+-]?Inf)(?:x(\d+))?")
_STEPS: Final = re.compile(rf"({_NUMBER}|\.\.)([+-])({_NUMBER})x(\d+)")
_GAP: Final = re.compile(r"_(?:x(\d+))?")
_EVERY: Final = re.compile(r"@((?:\d+(?:ms|[smhdw]))+)")


class NotValuesError(ValueError):
    """The text is not in the notation; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, so many seconds after the beginning."""

    after: float
    value: float


@dataclass(slots=True)
class _Pen:
    """Where the next value goes: its time, and the value before it."""

    every: float
    last_at: float | None = None
    last: float = math.nan
    count: int = 0

    def write(self, value: float | None) -> Sample | None:
        """The next value, or a gap."""
        self.count += 1
        if self.count > MOST:
            raise NotValuesError(f"these are more than {MOST} values")
        self.last_at = 0.0 if self.last_at is None else self.last_at + self.every
        if value is None:
            return None
        self.last = value
        return Sample(self.last_at, value)


@lru_cache(maxsize=256)
def samples(text: str, interval: str) -> tuple[Sample, ...]:
    """The samples that a text stands for, with a value every `interval` (a span such as 1m).

    The same text is read once: a file's series are those of each of its cases.

    Raises:
        NotValuesError: it isn't in the notation.
    """
    pen = _Pen(every=_every(interval))
    found = tuple(sample for word in text.split() for sample in _word(word, pen) if sample)
    if found and found[-1].after > LONGEST:
        raise NotValuesError(f"they take more than {LONGEST // DAY} days")
    return found


def _every(span: str) -> float:
    every = seconds(span)
    if every <= 0:
        raise NotValuesError(f"a value every {span} is none")
    return every


def _word(word: str, pen: _Pen) -> Iterator[Sample | None]:
    if found := _EVERY.fullmatch(word):
        pen.every = _every(found[1])
    elif found := _GAP.fullmatch(word):
        yield from (pen.write(None) for _ in range(_count(found[1] or "1")))
    elif found := _PLAIN.fullmatch(word):
        yield from (pen.write(float(found[1])) for _ in range(_count(found[2] or "0") + 1))
    elif found := _STEPS.fullmatch(word):
        yield from _steps(word, found, pen)
    else:
        raise NotValuesError(f'"{word}" is not in the notation{_hint(word)}')


def _steps(word: str, found: re.Match[str], pen: _Pen) -> Iterator[Sample | None]:
    step = float(found[2] + "1") * float(found[3])
    if found[1] != "..":
        yield pen.write(float(found[1]))
    elif math.isnan(pen.last):
        raise NotValuesError(f'"{word}" goes on from a value, and there is none before it')
    first = pen.last
    yield from (pen.write(first + step * number) for number in range(1, _count(found[4]) + 1))


def _count(digits: str) -> int:
    count = int(digits[:9])
    if count > MOST:
        raise NotValuesError(f"these are more than {MOST} values")
    return count


def _hint(word: str) -> str:
    if word == "stale":
        return ": for the end of a series write _, or nothing"
    if word.startswith("{{"):
        return ": native histograms can't be written; use the _bucket, _sum and _count series"
    return ' (for example "1 2 _ 3", "0+3x2880", "5x10", "..+2x30", "@15s")'
