"""The simulation's order of events: a heap, so that live and history come out the same."""

import heapq
from collections.abc import Callable
from itertools import count

Act = Callable[[], None]


class Timeline:
    """What is due when, in simulated seconds. Events due at once happen in the order they were asked for."""

    def __init__(self, start: float) -> None:
        self.now = start
        self._due: list[tuple[float, int, Act]] = []
        self._order = count()

    def after(self, seconds: float, act: Act) -> None:
        """Do `act` in so many simulated seconds."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), act))

    def advance(self, until: float) -> None:
        """Let everything happen that is due until then. An earlier time than now changes nothing."""
        while self._due and self._due[0][0] <= until:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = max(self.now, until)
