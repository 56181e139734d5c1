"""The course of a measure as a small picture: SVG coordinates, and a row of signs for a terminal. Pure."""

import math
from dataclasses import dataclass
from typing import Final

from responder.domain.report import Reading
from responder.domain.units import Unit, duration, quantity

WIDTH: Final = 600
HEIGHT: Final = 140
EDGE: Final = 6
BARS: Final = "▁▂▃▄▅▆▇█"
DECIMALS: Final = 1

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What an SVG needs; coordinates in its own units, the origin at the top left."""

    line: str
    """Points of a polyline."""
    area: str
    """Points of the polygon between the line and the threshold."""
    threshold: float
    last: tuple[float, float]
    words: str
    """The same for those who can't see it."""
    top: str
    bottom: str
    limit: str
    since: str


def chart(reading: Reading | None) -> Chart | None:
    """The picture, or None where fewer than two points are known, or where it is only a yes or a no."""
    points = _finite(reading)
    if reading is None or reading.unit is Unit.YES_NO or len(points) < 2:  # noqa: PLR2004 - a line needs two
        return None
    values = [value for _, value in points]
    low, high = min(*values, reading.threshold), max(*values, reading.threshold)
    start, span = points[0][0], points[-1][0] - points[0][0]

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), DECIMALS)

    placed = [(round(WIDTH * (at - start) / span, DECIMALS) if span else 0.0, y(v)) for at, v in points]
    line = " ".join(f"{left},{top}" for left, top in placed)
    limit = y(reading.threshold)
    return Chart(
        line=line,
        area=f"0,{limit} {line} {placed[-1][0]},{limit}",
        threshold=limit,
        last=placed[-1],
        words=_words(reading, points),
        top=quantity(high, reading.unit),
        bottom=quantity(low, reading.unit),
        limit=quantity(reading.threshold, reading.unit),
        since=duration(span),
    )


def sparkline(reading: Reading | None, most: int = 40) -> str:
    """The course as a row of bars, the newest last; nothing where nothing is known."""
    values = [value for _, value in _finite(reading)]
    if not values:
        return ""
    step = max(1, math.ceil(len(values) / most))
    shown = values[::-1][::step][::-1]
    low, high = min(shown), max(shown)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((value - low) * scale)] for value in shown)


def _finite(reading: Reading | None) -> Points:
    points = reading.points if reading else ()
    return tuple((at, value) for at, value in points if math.isfinite(at) and math.isfinite(value))


def _words(reading: Reading, points: Points) -> str:
    first = quantity(points[0][1], reading.unit)
    last = reading.words or quantity(points[-1][1], reading.unit)
    limit = quantity(reading.threshold, reading.unit)
    span = duration(points[-1][0] - points[0][0])
    return f"In {span} the measure went from {first} to {last}; the threshold is {limit}."
