"""Remembers for a while what came, to know it when it comes again."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

REMEMBERED: Final = 10_000
"""Names that are kept; within the time that counts Slack sends far fewer."""


class Seen:
    """Names with the moments they came; `lasts` is how long they count."""

    def __init__(self, lasts: timedelta) -> None:
        self._lasts = lasts
        self._names: OrderedDict[str, datetime] = OrderedDict()

    def is_new(self, name: str, now: datetime) -> bool:
        """Whether it comes for the first time; from then on it doesn't, until it is forgotten."""
        while self._names and next(iter(self._names.values())) < now - self._lasts:
            self._names.popitem(last=False)
        if name in self._names:
            return False
        self._names[name] = now
        if len(self._names) > REMEMBERED:
            self._names.popitem(last=False)
        return True

    def forget(self, name: str) -> None:
        """It could not be worked on: it may come again."""
        self._names.pop(name, None)
