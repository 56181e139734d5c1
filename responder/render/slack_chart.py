"""The course of a measure as Slack's own chart: the measure, its threshold, the moment of firing. Pure.

Slack draws it, so that it is right in the light and in the dark, and reads it to those who can't see it.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from responder.domain.report import Reading
from responder.domain.units import Unit, quantity
from responder.render.blocks import Block
from responder.render.limits import clean, cut

POINTS_MOST: Final = 20
TITLE_LONGEST: Final = 50
NAME_LONGEST: Final = 20
AXIS_LONGEST: Final = 50
PERCENT: Final = 100
DIGITS: Final = 6
DAY: Final = 86_400
MINUTE: Final = 60

Point = tuple[float, float]


def chart_block(title: str, reading: Reading | None, fired_at: datetime) -> Block | None:
    """The chart, or None where fewer than two points are known, or where it is only a yes or a no.

    Args:
        title: what is measured.
        reading: with its points.
        fired_at: the point next to it is marked.
    """
    known = [(at, value) for at, value in reading.points if math.isfinite(value)] if reading else []
    if reading is None or reading.unit is Unit.YES_NO or len(known) < 2:  # noqa: PLR2004 - a line needs two
        return None
    fired = _nearest(known, fired_at.timestamp())
    labelled = dict(_labelled(_some(known, fired), fired))
    factor = PERCENT if reading.unit is Unit.RATIO else 1
    limit = cut(f"limit {quantity(reading.threshold, reading.unit)}", NAME_LONGEST)
    return {
        "type": "data_visualization",
        "title": cut(clean(title, TITLE_LONGEST), TITLE_LONGEST) or "The measure",
        "chart": {
            "type": "line",
            "series": [
                {"name": "measured", "data": _data(labelled, factor)},
                {"name": limit, "data": _data(dict.fromkeys(labelled, reading.threshold), factor)},
            ],
            "axis_config": {
                "categories": list(labelled),
                "x_label": _fired_words(fired_at, known),
                "y_label": cut(_unit_words(reading.unit), AXIS_LONGEST),
            },
        },
    }


def _some(known: Sequence[Point], fired: Point | None) -> list[Point]:
    """As many as Slack takes, evenly, the last and the one at the firing among them."""
    step = math.ceil(len(known) / POINTS_MOST)
    kept = set(known[::-1][::step])
    if fired is not None and fired not in kept:
        kept.discard(min(kept - {known[-1]}, key=lambda point: abs(point[0] - fired[0])))
        kept.add(fired)
    return sorted(kept)


def _nearest(known: Sequence[Point], at: float) -> Point | None:
    """The point next to this moment; None where that was before the first."""
    return min(known, key=lambda point: abs(point[0] - at)) if at >= known[0][0] else None


def _labelled(points: Sequence[Point], fired: Point | None) -> Iterator[tuple[str, float]]:
    """Labels tell the points apart: with seconds or with the day where it takes that."""
    span = points[-1][0] - points[0][0]
    close = span / (len(points) - 1) < MINUTE
    written = "%H:%M:%S" if close else "%H:%M" if span < DAY else "%d %b %H:%M"
    for at, value in points:
        mark = " fired" if (at, value) == fired else ""
        yield f"{datetime.fromtimestamp(at, UTC):{written}}{mark}", value


def _data(labelled: dict[str, float], factor: float) -> list[dict[str, object]]:
    return [
        {"label": label, "value": float(f"{value * factor:.{DIGITS}g}")} for label, value in labelled.items()
    ]


def _fired_words(fired_at: datetime, known: Sequence[Point]) -> str:
    recent = abs(known[-1][0] - fired_at.timestamp()) < DAY
    return f"UTC; fired at {fired_at:%H:%M}" if recent else f"UTC; fired at {fired_at:%d %b %H:%M}"


def _unit_words(unit: Unit) -> str:
    """The unit alone, as people write it."""
    if unit is Unit.SECONDS:
        return "seconds"
    return quantity(0, unit).removeprefix("0").strip() or "number"
