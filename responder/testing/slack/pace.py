"""Slack's rate limits: one message a second and channel with short bursts, tiers for the rest."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from responder.domain.clock import Clock


class Tempo(StrEnum):
    """Whether the stand-in limits the rate of calls."""

    OFF = "off"
    REAL = "real"


@dataclass(frozen=True)
class Limit:
    """So many calls at once, and so many a second in the long run; for each channel or for the whole app."""

    burst: int
    a_second: float
    each_channel: bool = False


TIER_2: Final = Limit(20, 20 / 60)
TIER_3: Final = Limit(50, 50 / 60)
TIER_4: Final = Limit(100, 100 / 60)

LIMITS: Final[Mapping[str, Limit]] = {
    "chat.postMessage": Limit(4, 1.0, each_channel=True),
    "chat.update": TIER_3,
    "chat.delete": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "conversations.info": TIER_3,
    "conversations.list": TIER_2,
}
"""Methods that aren't here have a limit nobody reaches."""


class Pace:
    """Counts calls and says when one came too early."""

    def __init__(self, tempo: Tempo, clock: Clock) -> None:
        self.tempo = tempo
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, datetime]] = {}

    def too_early(self, method: str, channel: str) -> int | None:
        """Whole seconds to wait before this call, or None: it may pass and is counted."""
        limit = LIMITS.get(method)
        if self.tempo is Tempo.OFF or limit is None:
            return None
        key = (method, channel if limit.each_channel else "")
        now = self._clock()
        left, since = self._left.get(key, (float(limit.burst), now))
        left = min(limit.burst, left + (now - since).total_seconds() * limit.a_second)
        if left < 1:
            self._left[key] = (left, now)
            return max(1, math.ceil((1 - left) / limit.a_second))
        self._left[key] = (left - 1, now)
        return None
