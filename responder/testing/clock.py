"""A clock that stands still until it is told to move."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class ManualClock:
    """Answers the same moment until it is moved; fits wherever a `Clock` is taken."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        """Move on, for example `forward(minutes=5)`, and answer the new moment."""
        self.now += timedelta(**by)
        return self.now
