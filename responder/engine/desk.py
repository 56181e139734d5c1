"""Transactions that end in orders: what changed and what is due next are kept together or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from responder import metrics
from responder.domain.clock import Clock
from responder.domain.errors import Busy
from responder.domain.incident import Absorbed, Incident
from responder.engine.due import due
from responder.engine.orders import Order
from responder.engine.ports import OrderBook
from responder.engine.storms.watch import StormWatch
from responder.engine.together import Change, Together
from responder.log import Action, get_logger
from responder.storage import incidents, storms, timeline
from responder.storage.database import Database

T = TypeVar("T")

THREADS: Final = 4
"""As many wait for the database at once; it has few connections, and on SQLite one writer."""
INSISTS: Final = 300.0
"""Seconds for which it is tried to keep what was done outside, while the database is away."""
INSISTS_EVERY: Final = 1.0
"""Seconds between two tries."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction under way."""

    connection: sa.Connection
    ordered: list[Order] = field(default_factory=list)
    then: list[Callable[[], None]] = field(default_factory=list)
    """What is done once this is committed, and not if it isn't."""

    def order(self, new: Iterable[Order]) -> None:
        """Give orders when this is committed."""
        self.ordered.extend(new)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where changes of incidents are kept."""

    database: Database
    book: OrderBook
    clock: Clock
    notifiers: tuple[str, ...]
    storms: StormWatch = field(default_factory=StormWatch)
    _began: datetime = field(init=False)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
    )
    _together: Together[Work] = field(init=False)
    _insisting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of those that insist one asks at a time: threads are few, and others wait for them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_began", self.clock())
        object.__setattr__(self, "_together", Together(self._make_all))

    @contextmanager
    def work(self) -> Iterator[Work]:
        """A transaction; its orders are committed with it, and the queues woken after it.

        Raises:
            Busy: nothing was kept.
        """
        with self.database.write() as connection:
            work = Work(connection)
            yield work
            self.book.place(connection, work.ordered)
        for call in work.then:
            call()
        self.book.wake({order.queue for order in work.ordered if not order.delay})

    def keep(self, work: Work, before: Incident | None, absorbed: Absorbed) -> None:
        """Keep what a change made of an incident, its timeline, and the orders that follow."""
        if before is None:
            return self.keep_new(work, [absorbed])
        absorbed = self._with_news(work, before, absorbed)
        if absorbed.incident != before:
            incidents.update(work.connection, before, absorbed.incident)
        timeline.append(work.connection, absorbed.incident.id, absorbed.events)
        if (ending := absorbed.incident.ending) is not None and before.ending is None:
            work.then.append(metrics.INCIDENTS_CLOSED.labels(ending).inc)
        return work.order(due(before, absorbed, self.notifiers))

    def _with_news(self, work: Work, before: Incident, absorbed: Absorbed) -> Absorbed:
        """With news, after the storm that deferred it, an incident waits for its turn no longer."""
        after = absorbed.incident
        news = after.open and after.revision > before.revision
        if not (after.deferred and news and self.storms.may_go(after.changed_at)):
            return absorbed
        work.then.append(lambda: self.storms.went(after.changed_at))
        return replace(absorbed, incident=replace(after, deferred=False))

    def keep_new(self, work: Work, new: Sequence[Absorbed]) -> None:
        """Keep incidents that are new, their timelines, and the orders that follow: few in a storm."""
        if not new:
            return
        opened = self.storms.opened(work.connection, new)
        work.then.append(opened.kept)
        incidents.insert(work.connection, *opened.incidents)
        timeline.begin(work.connection, {one.incident.id: one.events for one in new})
        work.order(opened.orders)
        work.order(order for one in opened.incidents for order in due(None, one, self.notifiers))

    def saw(self, at: datetime) -> bool:
        """Whether all that was done since then is kept: so it is since this process began.

        What came before may be missing: the database may be a backup that was restored.
        """
        return at >= self._began

    def hear_of_storm(self) -> None:
        """Know of a storm from the start, before the chore looks."""
        with self.database.read() as connection:
            self.storms.on = storms.current(connection) is not None

    async def aside(self, call: Callable[[], T]) -> T:
        """Run what waits for the database off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def change(self, change: Change[Work, T]) -> T:
        """Make a change in a transaction, off the event loop.

        On SQLite those that wait at the same time share one; PostgreSQL's writers don't wait for each other.
        It may be made twice before it is kept: it must change nothing but what is in the database.

        Raises:
            Busy: nothing was kept.
        """
        if self.database.sqlite:
            return await self._together.make(change)
        return await self.aside(lambda: self._make(change))

    async def insist(self, call: Callable[[], T]) -> T:
        """Run it aside; while the database is away, once more.

        A move begins so, for what it took up without hearing of it nobody else would take up for long; and so
        it ends, for only this process knows what was done outside. It may be kept unheard: once more must do
        no harm.

        Raises:
            Busy: it was away for too long. What the sweep finds undone it has done again, as in doubt.
        """
        return await self._insist(lambda: self.aside(call))

    async def insist_on(self, change: Change[Work, T]) -> T:
        """Make a change; the same else."""
        return await self._insist(lambda: self.change(change))

    async def _insist(self, keeping: Callable[[], Awaitable[T]]) -> T:
        end = monotonic() + INSISTS
        try:
            return await keeping()
        except Busy as busy:
            log.warning(Action.NOT_KEPT, error=str(busy)[:300])
        while True:
            await asyncio.sleep(INSISTS_EVERY)
            async with self._insisting:
                try:
                    return await keeping()
                except Busy:
                    if monotonic() >= end:
                        raise

    def _make(self, change: Change[Work, T]) -> T:
        with self.work() as work:
            return change(work)

    async def _make_all(self, changes: Sequence[Change[Work, Any]]) -> list[Any]:
        return await self.aside(lambda: self._made(changes))

    def _made(self, changes: Sequence[Change[Work, Any]]) -> list[Any]:
        """What each answered, or its exception; if one spoils the transaction, each gets its own."""
        try:
            return self._make(lambda work: [change(work) for change in changes])
        except Busy as busy:
            return [busy] * len(changes)
        except Exception as error:  # noqa: BLE001 - the border of a thread: whoever waits must hear of it
            if len(changes) == 1:
                return [error]
            return [answer for change in changes for answer in self._made([change])]
