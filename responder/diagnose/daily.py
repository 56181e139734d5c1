"""Asks what was used on each of the last days that are over."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from responder.diagnose.clients import Metrics
from responder.diagnose.rows import about
from responder.domain.report import Subject
from responder.playbook.promql import substitute, variables

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


async def used_daily(  # noqa: PLR0913 - what is asked, and of when
    prometheus: Metrics,
    query: str,
    subject: Subject,
    *,
    day: timedelta,
    days: int,
    now: datetime,
    within: float,
) -> tuple[float, ...]:
    """What one subject used on each of so many days, the oldest first; a day without data is left out.

    Days begin at midnight UTC, as the periods of budgets do; the one that is not over yet is not asked for.

    Raises:
        AdapterError: it can't be asked.
    """
    midnight = _EPOCH + (now - _EPOCH) // day * day
    names = [name for name, _ in subject if name in variables(query)]
    course = await prometheus.query_range(
        substitute(query, {name: [value] for name, value in subject if name in names}),
        start=midnight - (days - 1) * day,
        end=midnight,
        step=day.total_seconds(),
        within=within,
    )
    series = [one.points for one in course.series if _is_about(one.labels, names, subject)]
    return tuple(value for _, value in series[0] if math.isfinite(value)) if len(series) == 1 else ()


def _is_about(labels: Mapping[str, str], names: list[str], subject: Subject) -> bool:
    part = tuple(pair for pair in subject if pair[0] in names)
    return about(labels, names, [part]) is not None
