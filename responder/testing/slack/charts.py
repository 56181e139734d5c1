"""Draws a chart block for the page: lines over an axis of categories, as Slack does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 560
HEIGHT: Final = 160
EDGE: Final = 8
LABELS: Final = 4
"""So many categories are written below the axis."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the page shows of it; coordinates from the top left."""

    lines: tuple[tuple[str, str], ...]
    """Name and points of each series."""
    bottom: str
    top: str
    categories: tuple[str, ...]
    words: str
    """The same for those who can't see it."""


def drawn(block: Mapping[str, Any]) -> Drawn:
    """A chart that was taken: every series has a value for every category."""
    chart = block["chart"]
    courses = {one["name"]: [point["value"] for point in one["data"]] for one in chart["series"]}
    categories = chart["axis_config"]["categories"]
    low = min(min(values) for values in courses.values())
    high = max(max(values) for values in courses.values())
    step = WIDTH / max(1, len(categories) - 1)

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)

    lines = (
        (name, " ".join(f"{step * place:.1f},{y(value):.1f}" for place, value in enumerate(values)))
        for name, values in courses.items()
    )
    ends = "; ".join(f"{name} {values[0]:g} to {values[-1]:g}" for name, values in courses.items())
    words = f"Line chart, {block['title']}: {ends}"
    return Drawn(tuple(lines), f"{low:g}", f"{high:g}", _some(categories), words)


def _some(categories: list[str]) -> tuple[str, ...]:
    """The first, the last and some between; a marked one always."""
    every = max(1, -(-len(categories) // LABELS))
    kept = {*range(0, len(categories), every), len(categories) - 1}
    kept |= {place for place, one in enumerate(categories) if one.endswith(" fired")}
    return tuple(categories[place] for place in sorted(kept))
