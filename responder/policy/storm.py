"""When there is a storm. The one place that says so: for what is told, and for the breaker."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from responder.domain.alert import Severity

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


def room(backlogs: Sequence[Mapping[Severity, int]], severity: Severity, most: int) -> int:
    """How many of those of a severity that a storm deferred may go on.

    As many as people can be told: what is investigated long before it is told is old news by then. The
    slowest notifier sets the pace. What is less grave is told later and takes no room.

    Args:
        backlogs: of each notifier, how many incidents of each severity it has still to tell.
        severity: of those that would go on.
        most: so many may be on their way to a notifier at once.
    """
    waiting = (
        sum(number for one, number in backlog.items() if one.rank <= severity.rank) for backlog in backlogs
    )
    return max(0, most - max(waiting, default=0))
