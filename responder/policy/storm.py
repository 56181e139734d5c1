"""When there is a storm. The one place that says so: for what is told, and for the breaker."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from responder.domain.alert import Severity
from responder.domain.storm import Backlog

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


def room(backlogs: Sequence[Backlog], severity: Severity, most: int) -> int:
    """How many of those of a severity that a storm deferred may go on.

    As many as people can be told: what is investigated long before it is told is old news by then. What is
    less grave is told later and takes no room. A notifier that can't be reached does not hold up the others;
    where none can be, nothing goes on.

    Args:
        backlogs: one a notifier.
        severity: of those that would go on.
        most: so many may be on their way to a notifier at once.
    """
    counted = [(_counted(one.coming, severity), _counted(one.failing, severity)) for one in backlogs]
    reached = [coming + failing for coming, failing in counted if failing < most]
    if backlogs and not reached:
        return 0
    return max(0, most - max(reached, default=0))


def _counted(number: Mapping[Severity, int], severity: Severity) -> int:
    """How many are at least as grave."""
    return sum(counted for one, counted in number.items() if one.rank <= severity.rank)
