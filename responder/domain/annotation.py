"""A stretch of time on a panel of a dashboard, with what happened then."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """When a quick fix was in force; without `ends` it still is."""

    tag: str
    """By this one it is found again: nothing else has it."""
    tags: tuple[str, ...]
    """What else people may filter by."""
    text: str
    dashboard: str
    """Its uid."""
    panel: int | None
    begins: datetime
    ends: datetime | None = None
