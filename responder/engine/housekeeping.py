"""What happens by the clock and may be missed once: heartbeat, sweep, comparison, refresh, retention.

By the loop's clock, which only goes forward: the machine's may be set back by an hour, and the heartbeat must
not wait until that hour has gone by once more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from responder.domain.errors import ResponderError
from responder.engine.replicas import Replicas
from responder.log import Action, get_logger

log = get_logger()

Chore = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Every:
    """One chore and how often it is done; a `shared` one by the leading replica only."""

    name: str
    period: timedelta
    chore: Chore
    shared: bool = True


@dataclass(slots=True)
class Housekeeping:
    """Runs chores side by side, one turn of each at a time; what fails is logged, and done in the next."""

    replicas: Replicas
    beat: timedelta
    chores: tuple[Every, ...]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """From the running loop; every chore's first turn comes after its period."""
        beat = Every("heartbeat", self.beat, self.replicas.look_after, shared=False)
        self._tasks = [asyncio.create_task(self._keep_on(every)) for every in (beat, *self.chores)]

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _keep_on(self, every: Every) -> None:
        loop, period = asyncio.get_running_loop(), every.period.total_seconds()
        turn = loop.time() + period
        while True:
            await asyncio.sleep(turn - loop.time())
            await self._do(every)
            turn = max(turn + period, loop.time())  # turns that were missed are made up for by one

    async def _do(self, every: Every) -> None:
        if every.shared and not self.replicas.leads:
            return
        try:
            await every.chore()
        except ResponderError as error:
            log.warning(Action.CHORE_FAILED, chore=every.name, error=str(error)[:300])
        except Exception:  # The border of the clock: the next turn must come.
            log.exception(Action.CHORE_FAILED, chore=every.name)
