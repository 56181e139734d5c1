"""When the next call may be made, once Slack has said that there were too many.

Slack takes about one message a second in a channel, and so many calls of other methods a minute from the
whole app; short bursts are fine. So nothing is held back until Slack answers 429. From then on each call has
a turn of its own, in that channel and method, and whoever comes before it is told how long to wait, without
a call being made. What is learned is forgotten after some minutes: learning it again costs one call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

POST: Final = "chat.postMessage"
UPDATE: Final = "chat.update"
EACH_CHANNEL: Final = frozenset({POST})
"""Methods whose limit is a channel's own; the others have one for the whole app."""
INTERVALS: Final[Mapping[str, float]] = {POST: 1.0, UPDATE: 1.2}
"""Seconds between two calls; what is read goes on as soon as Slack said that it may."""
BURST: Final = 2.0
"""Intervals that a call may be early, so that nobody has to hit the moment."""
REMEMBERED: Final = 300.0
"""Seconds after the last 429."""
UNSAID: Final = 10.0
"""Seconds to wait where it does not say how long."""
LOST: Final = 15.0
"""Seconds after which a turn that nobody took is nobody's."""


@dataclass(slots=True)
class _Line:
    """Those that wait for one method in one channel. Times are seconds of the clock."""

    interval: float
    next: float = 0.0
    """The first call that may be made."""
    until: float = 0.0
    """So long the line is kept, whether anybody waits or not."""
    turns: dict[str, tuple[float, int]] = field(default_factory=dict)
    """By what waits: when it may go, and its urgency."""

    def turn(self, what: str, urgency: int, now: float) -> float:
        """Seconds until it may go; 0: it goes now."""
        self.turns = {one: turn for one, turn in self.turns.items() if turn[0] > now - LOST}
        at = self.turns[what][0] if what in self.turns else self._end(urgency)
        at = max(at, self.next)
        more_urgent = [theirs for theirs, one in self.turns.values() if one < urgency and theirs <= at]
        if more_urgent:
            at = max(at, max(more_urgent) + self.interval)
        if at <= now:
            self.turns.pop(what, None)
            self.next = max(self.next, now - BURST * self.interval) + self.interval
            return 0.0
        self.turns[what] = (at, urgency)
        return at - now

    def _end(self, urgency: int) -> float:
        """The end of the line for whoever is as urgent: behind all that are as urgent or more."""
        before = [at for at, theirs in self.turns.values() if theirs <= urgency]
        return max(before) + self.interval if before else self.next


class Pace:
    """Whose turn it is. `clock` answers seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lines: dict[tuple[str, str], _Line] = {}

    def turn(self, method: str, channel: str, what: str, urgency: int = 0) -> float:
        """Seconds until this call may be made; 0: now, and then it must be.

        Args:
            method: Slack's name of it.
            channel: where.
            what: names the call among those that wait; the same again keeps its turn.
            urgency: a lower one goes first.
        """
        line, now = self._lines.get(self._key(method, channel)), self._clock()
        if line is None:
            return 0.0
        if now > line.until and not line.turns:
            del self._lines[self._key(method, channel)]
            return 0.0
        return line.turn(what, urgency, now)

    def limited(self, method: str, channel: str, asked: float | None) -> None:
        """Slack said that there were too many: nobody goes before so many seconds are over."""
        key, now, retry_after = self._key(method, channel), self._clock(), asked or UNSAID
        line = self._lines.setdefault(key, _Line(INTERVALS.get(method, 0.0)))
        line.next = max(line.next, now + retry_after)
        line.until = max(line.until, now + retry_after + REMEMBERED)

    def _key(self, method: str, channel: str) -> tuple[str, str]:
        return method, channel if method in EACH_CHANNEL else ""
