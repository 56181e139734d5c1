"""The one place where time comes from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]
"""Answers the present moment as an aware datetime in UTC. Tests and the demo pass their own."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the one place


FIRST: Final = datetime.min.replace(tzinfo=UTC)
"""No moment can be earlier."""


def earlier(moment: datetime, by: timedelta) -> datetime:
    """So much before a moment; the first one that there is, where this would be earlier.

    An alert may say that it began in the year 1: Go's zero time.
    """
    return moment - by if moment - FIRST > by else FIRST


def instant(text: str) -> datetime:
    """Read an RFC 3339 time as an aware datetime in UTC.

    Alertmanager writes nanoseconds, which are cut to microseconds.

    Raises:
        ValueError: the text is no time or names no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text!r} names no time zone")
    return moment.astimezone(UTC)


def written(moment: datetime) -> str:
    """An aware datetime in UTC as RFC 3339."""
    return moment.isoformat().replace("+00:00", "Z")


def utc(moment: datetime) -> str:
    """A moment in words that every reader understands: "14 Nov 03:04 UTC"."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %H:%M} UTC"
