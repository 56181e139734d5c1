"""In a rush the writer waits a moment for company.

A transaction for one notification costs nearly what one for sixteen costs: both wait for the disk once.
Whoever is answered in a rush mostly sends the next one at once, so that without a wait the first of them
would get a transaction of its own and all others the next one.
"""

import threading
from collections.abc import Callable
from typing import Final

LINGER: Final = 0.003
"""Seconds that are waited at most."""


class Gathering:
    """How many are waited for: as many as came together before, one less each time that fewer came."""

    def __init__(self, linger: float = LINGER) -> None:
        self._linger = linger
        self._expected = 1
        self._enough = threading.Event()

    def one_more(self, waiting: int) -> None:
        """Another one waits, so many with them."""
        if waiting >= self._expected:
            self._enough.set()

    def wait(self, waiting: Callable[[], int]) -> None:
        """Return as soon as enough wait; at the latest when the time is over."""
        self._enough.clear()
        if waiting() < self._expected:
            self._enough.wait(self._linger)

    def took(self, number: int) -> None:
        """So many came together."""
        self._expected = max(number, self._expected - 1)
