"""When there is a storm. The one place that says so: for what is told, and for the breaker."""

from datetime import timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=5)


def begins(opened_lately: int, limit: int) -> bool:
    """Whether this is a storm.

    Args:
        opened_lately: incidents opened within the last five minutes.
        limit: more than so many are a storm.
    """
    return opened_lately > limit


def is_over(opened_lately: int, limit: int) -> bool:
    """Whether a storm has ended: well below the limit, so that it does not end and begin all the time."""
    return opened_lately <= limit // 2
