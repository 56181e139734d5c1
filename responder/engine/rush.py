"""Taking in goes before working on: in a rush of notifications moves are made a few at a time.

Whoever sends must get an answer before they give up, and one process has one core. So while notifications
come faster than `MANY` in `WINDOW` seconds, only `FEW` moves are made at once and queues are left alone;
nothing ever stands still. When the rush is over all go on together. An alert that comes alone waits for
nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

MANY: Final = 25
WINDOW: Final = 0.25
"""Seconds; a rush is over when so long no window was full."""
FEW: Final = 1
"""Moves made at once in a rush."""
RESTS: Final = 9.0
"""How long nothing follows a move in a rush, by the time it took: a tenth of the time is left to moves."""
LONGEST_REST: Final = 10.0
"""Seconds: a move takes long where a far side or the database is away, and that costs no time of ours."""


class Rush:
    """Whether there is one. Everything here happens on one event loop, except reading `on`."""

    def __init__(self, window: float = WINDOW) -> None:
        self.on = False
        self._window = window
        self._began = 0.0
        self._came = 0
        self._full = 0.0
        self._making = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._then: list[Callable[[], None]] = []

    def when_over(self, call: Callable[[], None]) -> None:
        """Have this called at the end of every rush."""
        self._then.append(call)

    def one_came(self) -> None:
        """A notification arrived."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._began > self._window:
            self._began, self._came = now, 0
        self._came += 1
        if self._came >= MANY:
            self._full = now
            if not self.on:
                self.on = True
                loop.call_later(self._window, self._look)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Make a move when its turn has come: at once, unless there is a rush."""
        while self.on and self._making >= FEW:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._making += 1
        begun = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self._rest(asyncio.get_running_loop().time() - begun)

    def _rest(self, took: float) -> None:
        """After a move in a rush its turn stays taken for a while."""
        if self.on:
            asyncio.get_running_loop().call_later(min(RESTS * took, LONGEST_REST), self._pass_on)
        else:
            self._pass_on()

    def _pass_on(self) -> None:
        self._making -= 1
        self._let_go(1)

    def _look(self) -> None:
        """Whether the rush is over."""
        loop = asyncio.get_running_loop()
        if (left := self._full + self._window - loop.time()) > 0:
            loop.call_later(left, self._look)
            return
        self.on = False
        self._let_go(len(self._waiting))
        for call in self._then:
            call()

    def _let_go(self, number: int) -> None:
        while number > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # whoever waited may have been cancelled
                turn.set_result(None)
                number -= 1
