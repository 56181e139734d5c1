"""Asks Prometheus every question of one investigation once, and not too many at a time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from responder.clients.prometheus_answers import Course, Samples, Target
from responder.diagnose.clients import Metrics

IN_FLIGHT: Final = 8
"""Questions that wait for their answer at one time."""

T = TypeVar("T")


@dataclass(slots=True)
class Once:
    """A Prometheus for one investigation: who asks the same again gets the same answer. To be closed."""

    metrics: Metrics
    _asked: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))

    async def query(self, query: str, *, at: datetime | None = None, within: float) -> Samples:
        return await self._once((query, at), lambda: self.metrics.query(query, at=at, within=within))

    async def query_range(
        self, query: str, *, start: datetime, end: datetime, step: float, within: float
    ) -> Course:
        return await self._once(
            (query, start, end, step),
            lambda: self.metrics.query_range(query, start=start, end=end, step=step, within=within),
        )

    async def targets(self, job: str, *, within: float) -> tuple[Target, ...]:
        return await self._once(("targets", job), lambda: self.metrics.targets(job, within=within))

    def graph_url(self, query: str, span: str = "1h") -> str:
        return self.metrics.graph_url(query, span)

    async def aclose(self) -> None:
        """Ask no more, and wait for no answer."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _once(self, question: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if question not in self._asked:
            self._asked[question] = asyncio.create_task(self._in_turn(ask))
        # Whoever gives up waiting doesn't take the answer away from the others.
        return await asyncio.shield(self._asked[question])

    async def _in_turn(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with self._turns:
            return await ask()
