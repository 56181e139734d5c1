"""What happens by the clock and may be missed once: heartbeat, sweep, comparison, refresh, retention."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from responder.domain.errors import ResponderError
from responder.engine.replicas import Replicas
from responder.log import Action, get_logger

log = get_logger()

Chore = Callable[[], Awaitable[object]]

LATE: Final = 60
"""Seconds that a chore may start late."""


@dataclass(frozen=True, slots=True)
class Every:
    """One chore and how often it is done; a `shared` one by the leading replica only."""

    name: str
    period: timedelta
    chore: Chore
    shared: bool = True


@dataclass(slots=True)
class Housekeeping:
    """Runs chores; one that fails is logged and done again the next time."""

    replicas: Replicas
    beat: timedelta
    chores: tuple[Every, ...]
    _scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone="UTC"))

    def start(self) -> None:
        beat = Every("heartbeat", self.beat, self.replicas.look_after, shared=False)
        for every in (beat, *self.chores):
            self._scheduler.add_job(
                self._do,
                IntervalTrigger(seconds=every.period.total_seconds()),
                args=(every,),
                id=every.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=LATE,
            )
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _do(self, every: Every) -> None:
        if every.shared and not self.replicas.leads:
            return
        try:
            await every.chore()
        except ResponderError as error:
            log.warning(Action.CHORE_FAILED, chore=every.name, error=str(error)[:300])
        except Exception:  # The border of the clock: the next turn must come.
            log.exception(Action.CHORE_FAILED, chore=every.name)
