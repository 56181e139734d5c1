"""Claiming orders right after a commit, instead of at the durable engine's next look.

DBOS has no public way to wake a queue, and polling fast enough for a message within 100 ms would cost a
fifth of a core for nothing. So the claim that its poller makes is made here too, by the very same
functions: it is one atomic update in the database, so an order is handed out once, whoever asks first.
A wake that gets lost costs a second, no more. Only this file uses what is private to DBOS, such as how long
it pauses while the database is away; a test fails when an upgrade moves it.
"""

import threading
from collections.abc import Collection, Mapping
from types import CellType, FunctionType
from typing import Final
from uuid import uuid4

from dbos import DBOS, Queue
from dbos._core import execute_dequeued_workflow
from dbos._error import DBOSException
from dbos._sys_db import SystemDatabase, WorkflowStatusInternal, db_retry
from dbos._utils import GlobalParams

from responder.engine.apart import apart
from responder.log import Action, get_logger

STOP_SECONDS: Final = 5
RETRY_SECONDS: Final = 2.0
"""Between two tries of what DBOS asks the database while that is away; by chance half of it more or less."""
_PAUSE: Final = "max_backoff"

log = get_logger()


def retry_soon() -> None:
    """Have what DBOS asks the database be tried again soon while that is away.

    By itself it pauses up to 90 s between two tries. Its pollers and our claimer would begin no order for so
    long after the database is back, and the threads that make moves would sleep as well.
    """
    for pause in _pauses():
        pause.cell_contents = RETRY_SECONDS
    first, _ = db_retry.__defaults__ or (None, None)
    db_retry.__defaults__ = (first, RETRY_SECONDS)


def _pauses() -> list[CellType]:
    """Where each operation that was decorated already keeps its longest pause."""
    return [
        cell
        for one in vars(SystemDatabase).values()
        if isinstance(one, FunctionType)
        for name, cell in zip(one.__code__.co_freevars, one.__closure__ or (), strict=True)
        if name == _PAUSE
    ]


async def launch(instance: DBOS) -> None:
    """Have it begin; what it hands out runs on the loop of the caller.

    It begins in a thread, for it asks the database, and waits where that hangs: the server answers meanwhile.
    """
    instance._background_event_loop.set_main_loop()  # noqa: SLF001 - see above
    await apart(DBOS.launch)


class Claimer:
    """A thread that claims what waits in a queue as soon as it is told to look.

    Args:
        instance: launched, with these queues registered.
        limits: orders of each queue worked on at once; where several wait, the first is looked into first.
    """

    def __init__(self, instance: DBOS, limits: Mapping[str, int]) -> None:
        self._dbos = instance
        self._limits = limits
        self._turn = list(limits)
        self._known: dict[str, Queue] = {}
        self._to_look: set[str] = set()
        self._lock = threading.Lock()
        self._told = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="claimer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._told.set()
        self._thread.join(timeout=STOP_SECONDS)

    def look(self, queues: Collection[str], *, later: bool = False) -> None:
        """Something may wait in these queues; `later`: go there with the next look. From any thread."""
        if queues:
            with self._lock:
                self._to_look.update(queues)
            if not later:
                self._told.set()

    def is_well_filled(self, name: str) -> bool:
        """Whether so much of this queue is worked on that more may wait for one of them to be done."""
        return 2 * self._running(name) >= self._limits.get(name, 1)

    def works_on(self, order: str) -> bool:
        """Whether this process is at work on an order."""
        return order in self._dbos._active_workflows_set.activeList()  # noqa: SLF001 - see above

    def look_on(self) -> None:
        """Go where something was to be looked at later."""
        self._told.set()

    def _run(self) -> None:
        while self._told.wait() and not self._stopping:
            self._told.clear()
            with self._lock:
                queues, self._to_look = self._to_look, set()
            for queue in sorted(queues & self._limits.keys(), key=self._turn.index):
                self._claim(queue)

    def _claim(self, name: str) -> None:
        try:
            self._hand_out(name)
        except Exception as error:  # noqa: BLE001 - the border of a mere hint: the poller will find the order
            if not self._stopping:
                log.warning(Action.CHORE_FAILED, chore="claim", queue=name, error=str(error)[:200])

    def _hand_out(self, name: str) -> None:
        store = self._dbos._sys_db  # noqa: SLF001 - see above
        queue = self._known.get(name) or store.get_queue(name)
        if queue is None:
            return
        self._known[name] = queue  # it stays as it was registered: looking it up is a fifth of a claim
        owner = str(uuid4())
        claimed, _ = store.start_queued_workflows(
            queue,
            GlobalParams.executor_id,
            GlobalParams.app_version,
            None,
            self._running(name),
            owner_xid=owner,
        )
        statuses = {s["workflow_uuid"]: s for s in store.get_workflow_statuses(claimed)} if claimed else {}
        for order in claimed:
            self._begin(statuses[order], owner)

    def _begin(self, order: WorkflowStatusInternal, owner: str) -> None:
        """Have it worked on; one that can't be, as one that only a newer version knows, stops no other."""
        try:
            execute_dequeued_workflow(self._dbos, order, owner)
        except DBOSException as error:
            name = order["workflow_uuid"]
            log.warning(Action.CHORE_FAILED, chore="claim", order=name, error=str(error)[:200])

    def _running(self, name: str) -> int:
        return self._dbos._active_workflows_set.count_for_queue(name)  # noqa: SLF001 - see above
