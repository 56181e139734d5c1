"""Whether an alert came back a short time after the end of the quick fix that was in force for it. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from responder.domain.alert import Alert
from responder.domain.fix import Fix, FixEnd, FixKind

RETURNS: Final = timedelta(minutes=30)
"""So long after a fix's end its alert "came back"."""
RAN_OUT: Final = frozenset({FixEnd.EXPIRED, FixEnd.REVERTED})
"""Ends of what had helped, or might have, for as long as it was in force."""


def is_again(fix: Fix, before: Fix) -> bool:
    """Whether this one would do for the same alert what another one just did, and what did not last."""
    same_alert = before.alert_name == fix.alert_name and dict(before.labels) == dict(fix.labels)
    return before.end in RAN_OUT and same_alert and before.fix == fix.fix


def came_back(alerts: Iterable[Alert], ended: Iterable[Fix]) -> tuple[Alert, Fix] | None:
    """The alert that began to fire within 30 minutes of the end of a lease for it, with that lease.

    Args:
        alerts: those that fire.
        ended: fixes that are over and had been applied; of several for one alert the last that ended counts.
    """
    leases = [one for one in ended if one.kind is FixKind.LEASE and one.end in RAN_OUT and one.ended_at]
    found = [(alert, fix) for alert in alerts for fix in leases if _followed(alert, fix)]
    return max(found, key=lambda pair: (pair[1].ended_at, pair[1].id), default=None)


def lease_over_at(fix: Fix) -> datetime | None:
    """When a lease's time was over, or when it was undone before that.

    That it is over may be known later only: by then Hypertool may have let go of it, where we were down.
    """
    return min(filter(None, (fix.ended_at, fix.expires_at)), default=None) if fix.ended_at else None


def _followed(alert: Alert, fix: Fix) -> bool:
    over_at = lease_over_at(fix)
    if fix.ended_at is None or over_at is None or dict(alert.labels) != dict(fix.labels):
        return False
    return over_at <= alert.starts_at <= fix.ended_at + RETURNS
