"""The durable engine, DBOS: keeps orders and hands each out once, or again after a crash.

A workflow here is one move and has no steps: what it writes is guarded by the state of the domain (is
the move due? whose is the lease?), so that running it again is harmless, and a step's checkpoint would
only cost a disk write.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, WorkflowStatus

from responder import metrics
from responder.engine.apart import apart
from responder.engine.claim import Claimer, launch, retry_soon
from responder.engine.orders import (
    ANNOTATIONS,
    ANSWERS,
    CHORES,
    FIXES,
    INVESTIGATIONS,
    Move,
    Order,
    tell_queue,
)
from responder.engine.placing import Placing
from responder.engine.rush import Rush
from responder.storage.database import Database, close, spoken

APPLICATION: Final = "responder"
VERSION: Final = "1"
"""Raised only when orders of before can't be understood any more."""
POLL: Final = 1.0
"""Seconds between two looks into a queue that nobody woke."""
UNUSED: Final = 0.25
"""Seconds between two looks for messages between workflows, which we don't use; asks no database."""
LIMITS: Final = {INVESTIGATIONS: 48, FIXES: 8, ANSWERS: 8, CHORES: 4, ANNOTATIONS: 2}
TELL_LIMIT: Final = 16
"""Orders of one queue that one replica works on at once."""
THREADS: Final = 16
AGAIN_SECONDS: Final = 0.05
"""After a move its queue is looked at again; by then the engine has noted that the move is over."""
LISTED: Final = 1000
"""Orders listed at once."""

Runner = Callable[[Move, str, Sequence[Any]], Awaitable[str]]
"""Makes one move: which, the order's id, its arguments. Answers with an outcome; never raises."""


class _Current:
    """The engine that runs in this process; workflows are functions of the module and find it here."""

    runner: Runner | None = None


async def _pending(executor: str) -> list[WorkflowStatus]:
    """What was handed out to a replica and is not done."""
    return await DBOS.list_workflows_async(
        executor_id=executor, status="PENDING", load_input=False, load_output=False
    )


async def _run(move: Move, arguments: Sequence[Any]) -> str:
    if _Current.runner is None:
        await asyncio.get_running_loop().create_future()  # stopping: it will be recovered at the next start
    assert _Current.runner is not None  # noqa: S101 - for the type checker
    return await _Current.runner(move, str(DBOS.workflow_id), arguments)


@DBOS.workflow(name=Move.INVESTIGATE.value)
async def investigate(incident: str, revision: int, attempt: int) -> str:
    """Find out what is behind an incident."""
    return await _run(Move.INVESTIGATE, (incident, revision, attempt))


@DBOS.workflow(name=Move.TELL.value)
async def tell(incident: str, notifier: str, attempt: int) -> str:
    """Tell one notifier's people the newest about an incident."""
    return await _run(Move.TELL, (incident, notifier, attempt))


@DBOS.workflow(name=Move.TELL_STORM.value)
async def tell_storm(storm: str, notifier: str, attempt: int) -> str:
    """Have one notifier bring a storm's summary up to date."""
    return await _run(Move.TELL_STORM, (storm, notifier, attempt))


@DBOS.workflow(name=Move.TELL_WATCHDOG.value)
async def tell_watchdog(loss: str, notifier: str, attempt: int) -> str:
    """Have one notifier say that the watchdog is lost, or that it came back."""
    return await _run(Move.TELL_WATCHDOG, (loss, notifier, attempt))


@DBOS.workflow(name=Move.TIDY.value)
async def tidy(about: str, notifier: str, attempt: int) -> str:
    """Take away what one notifier may have said twice."""
    return await _run(Move.TIDY, (about, notifier, attempt))


@DBOS.workflow(name=Move.END.value)
async def end(incident: str, attempt: int) -> str:
    """Find out how an incident ended."""
    return await _run(Move.END, (incident, attempt))


@DBOS.workflow(name=Move.PROPOSE.value)
async def propose(incident: str, revision: int, attempt: int) -> str:
    """Say what the quick fixes would set."""
    return await _run(Move.PROPOSE, (incident, revision, attempt))


@DBOS.workflow(name=Move.FIX.value)
async def fix(fix_id: str, revision: int) -> str:
    """Make the move that is due for a quick fix."""
    return await _run(Move.FIX, (fix_id, revision))


@DBOS.workflow(name=Move.ANNOTATE.value)
async def annotate(fix_id: str, revision: int, attempt: int) -> str:
    """Show on a dashboard when a quick fix began and ended."""
    return await _run(Move.ANNOTATE, (fix_id, revision, attempt))


@DBOS.workflow(name=Move.COMPARE.value)
async def compare(incident: str, notice: int, attempt: int) -> str:
    """See all alerts of an incident whose notification left some out."""
    return await _run(Move.COMPARE, (incident, notice, attempt))


@DBOS.workflow(name=Move.SILENCE.value)
async def silence(incident: str, silence_id: str) -> str:
    """Have an incident muted, as somebody asked."""
    return await _run(Move.SILENCE, (incident, silence_id))


@DBOS.workflow(name=Move.ANSWER.value)
async def answer(command: str, attempt: int) -> str:
    """Answer what somebody asked."""
    return await _run(Move.ANSWER, (command, attempt))


class Durable:
    """Keeps orders in the same database as everything else, and works on them in this process."""

    def __init__(
        self, database: Database, executor: str, notifiers: Sequence[str], rush: Rush | None = None
    ) -> None:
        self._executor = executor
        self._rush = rush or Rush()
        self._limits = LIMITS | {tell_queue(name): TELL_LIMIT for name in notifiers}
        self._engine = database.engine_for_others()
        client = DBOSClient(
            system_database_engine=database.engine,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
        )
        self._placing = Placing(client, VERSION)
        self._claimer: Claimer | None = None
        self._suspected: set[str] = set()
        """Orders of this replica that it was not at work on when it looked last."""

    async def start(self, runner: Runner) -> None:
        """Bring its tables up to date, take up what was left, and begin to work on orders.

        If that fails nothing is left of it, so that it can be tried again.

        Raises:
            Busy: the database is away, or another replica's lock was waited for too long.
            Unusable: the database's user lacks a right.
        """
        _Current.runner = self._then_look_again(runner)
        try:
            with spoken("made ready for orders"):
                await self._start()
        except BaseException:
            await self._destroy()
            raise

    async def _start(self) -> None:
        retry_soon()
        instance = DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._engine,
                "application_version": VERSION,
                "executor_id": self._executor,
                "serializer": DBOSPortableJSONSerializer(),
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": UNUSED,
                "max_executor_threads": THREADS,
                "log_level": "ERROR",
            }
        )
        await launch(instance)
        for queue, limit in self._limits.items():
            await DBOS.register_queue_async(
                queue, worker_concurrency=limit, polling_interval_sec=POLL, on_conflict="always_update"
            )
        self._claimer = Claimer(instance, self._limits)
        self._claimer.start()
        self._rush.when_over(self._claimer.look_on)
        self.wake(self._limits)

    async def stop(self) -> None:
        """Hand out no more orders; moves under way have been waited for by the caller."""
        _Current.runner = None
        if self._claimer is not None:
            await apart(self._claimer.stop)
            self._claimer = None
        await self._destroy()
        close(self._engine)  # a thread of DBOS may outlive it

    async def _destroy(self) -> None:
        await apart(DBOS.destroy)
        # It had made its own threads the loop's, and took them along.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    def place(self, connection: sa.Connection, orders: Sequence[Order]) -> None:
        """Keep orders as a part of the caller's transaction; the same id again changes nothing."""
        self._placing.place(connection, orders)

    def sooner(self, connection: sa.Connection, by: timedelta) -> int:
        """Have the delayed ones begin so much sooner, as a part of the caller's transaction; how many."""
        return self._placing.sooner(connection, by)

    def wake(self, queues: Collection[str]) -> None:
        """Look into these queues now."""
        if self._claimer is not None:
            self._claimer.look(queues, later=self._rush.on)

    async def take_over(self, executor: str) -> int:
        """Put what a dead replica was working on back into its queues; how many orders that were."""
        return await self._put_back(await _pending(executor))

    async def take_up_strays(self) -> int:
        """Put back what was handed out to this replica and got lost on the way to it; how many orders.

        So it happens where the database goes away in the middle of a claim. What nobody here is at work on
        may be about to be begun: it is put back if that is still so at the next call.
        """
        idle = [order for order in await _pending(self._executor) if not self._works_on(order)]
        strays = [order for order in idle if order.workflow_id in self._suspected]
        self._suspected = {order.workflow_id for order in idle}
        self.wake(self._limits)
        return await self._put_back(strays)

    def _works_on(self, order: WorkflowStatus) -> bool:
        return self._claimer is not None and self._claimer.works_on(order.workflow_id)

    async def _put_back(self, left: Sequence[WorkflowStatus]) -> int:
        queued: dict[str, list[str]] = defaultdict(list)
        for order in left:
            queued[order.queue_name or CHORES].append(order.workflow_id)
        for queue, orders in queued.items():
            await DBOS.resume_workflows_async(orders, queue_name=queue)
        self.wake(queued)
        return len(left)

    async def measure(self, now: datetime) -> None:
        """Set the metrics of what waits (up to a thousand orders are counted)."""
        waiting = await DBOS.list_workflows_async(
            status="ENQUEUED", limit=LISTED, load_input=False, load_output=False
        )
        counted: dict[str, int] = dict.fromkeys(self._limits, 0)
        for order in waiting:
            counted[order.queue_name or CHORES] = counted.get(order.queue_name or CHORES, 0) + 1
        for queue, number in counted.items():
            metrics.ORDERS_WAITING.labels(queue).set(number)
        oldest = min((order.created_at or 0 for order in waiting), default=None)
        age = 0 if oldest is None else max(0, now.timestamp() - oldest / 1000)
        metrics.OLDEST_ORDER_SECONDS.set(age)

    async def forget(self, done_before: datetime, limit: int) -> int:
        """Delete orders that were done before then, at most so many; how many that were."""
        done = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=done_before.isoformat(),
            limit=limit,
            load_input=False,
            load_output=False,
        )
        if done:
            await DBOS.delete_workflows_async([order.workflow_id for order in done])
        return len(done)

    def _then_look_again(self, runner: Runner) -> Runner:
        """A queue that is full is not looked at again until its next turn, unless a move says it is done."""

        async def run(move: Move, order: str, arguments: Sequence[Any]) -> str:
            try:
                return await runner(move, order, arguments)
            finally:
                queue = _queue_of(move, arguments)
                if self._claimer is not None and self._claimer.is_well_filled(queue):
                    asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.wake, {queue})

        return run


def _queue_of(move: Move, arguments: Sequence[Any]) -> str:
    match move:
        case Move.INVESTIGATE:
            return INVESTIGATIONS
        case Move.TELL | Move.TELL_STORM | Move.TELL_WATCHDOG | Move.TIDY:
            return tell_queue(str(arguments[1]))
        case Move.PROPOSE | Move.FIX:
            return FIXES
        case Move.ANNOTATE:
            return ANNOTATIONS
        case Move.ANSWER:
            return ANSWERS
        case Move.END | Move.COMPARE | Move.SILENCE:
            return CHORES
