"""The front door: a notification is answered once it, what it changes and the orders for it are committed.

One writer drains what is waiting into one transaction; in a rush it waits a moment for more. Callers wait for
their own commit; nothing is answered that could still be lost.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from responder import metrics
from responder.domain.alert import Notification
from responder.domain.errors import Busy
from responder.domain.ids import new_notification_id
from responder.engine.desk import Desk
from responder.engine.gathering import Gathering
from responder.engine.rush import Rush
from responder.engine.take_in import Taken, names_to_lock, take_in_all
from responder.log import Action, get_logger
from responder.storage import receivers
from responder.storage.database import lock_names
from responder.storage.notifications import Rejection, put_rejected

BATCH: Final = 64
"""Notifications in one transaction, at most."""
DEADLINE: Final = 10.0
"""Seconds until whoever waits is told that the database doesn't answer; Alertmanager waits no longer."""
WAITING: Final = 1024
"""Callers that may wait at once, at most; the next one is asked to come again."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class _Waiting:
    notification: Notification
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Taken]"


class Intake:
    """Takes notifications in."""

    def __init__(
        self,
        desk: Desk,
        rush: Rush | None = None,
        deadline: float = DEADLINE,
        gathering: Gathering | None = None,
    ) -> None:
        self._desk = desk
        self._deadline = deadline
        self._rush = rush or Rush()
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._gathering = gathering or Gathering()
        self._writer: threading.Thread | None = None
        self._receivers: set[str] = set()
        """Those already remembered since the start."""

    def start(self) -> None:
        self._writer = threading.Thread(target=self._write_on, name="intake", daemon=True)
        self._writer.start()

    def stop(self) -> None:
        """Finish what is waiting, then stop."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._waiting.put(None)
            writer.join()
            while not self._waiting.empty():
                if (late := self._waiting.get()) is not None:
                    _fail([late], Busy("stopping"))

    async def accept(self, notification: Notification) -> Taken:
        """Keep a notification; answers once it can't be lost any more.

        Raises:
            Busy: nothing was kept; it must be sent again.
        """
        if self._writer is None or self._waiting.qsize() >= WAITING:
            raise Busy("more notifications wait than can be kept at the moment")
        self._rush.one_came()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(notification, loop, loop.create_future())
        with metrics.timed(metrics.INTAKE_SECONDS):
            self._waiting.put(waiting)
            self._gathering.one_more(self._number())
            expiry = loop.call_later(self._deadline, _give_up, waiting.answer)
            try:
                taken = await waiting.answer
            finally:
                expiry.cancel()
        metrics.ALERTS_TAKEN.inc(len(notification.alerts))
        _count(taken)
        return taken

    async def reject(self, reason: str, message: str, body: bytes) -> None:
        """Keep a body that can't be understood, among the newest; if that isn't possible, not."""
        now = self._desk.clock()
        rejection = Rejection(id=new_notification_id(now), at=now, reason=reason, message=message, body=body)

        def call() -> None:
            with self._desk.database.write() as connection:
                put_rejected(connection, rejection)

        with contextlib.suppress(Busy):
            await self._desk.aside(call)

    async def hear_of(self, receiver: str) -> None:
        """Remember who sent what could not be read: its alerts are found by comparing."""

        def call() -> None:
            with self._desk.database.write() as connection:
                receivers.put(connection, receiver)

        with contextlib.suppress(Busy):
            await self._desk.aside(call)

    def _write_on(self) -> None:
        while self._write_next():
            pass  # what was written is held no longer, however late the next one comes

    def _write_next(self) -> bool:
        """Write what waits, or who comes next; whether there may be more."""
        first = self._waiting.get()
        if first is None:
            return False
        if self._rush.on:
            self._gathering.wait(self._number)
        batch, last = self._drain(first)
        self._gathering.took(len(batch))
        metrics.INTAKE_BATCH.observe(len(batch))
        if wanted := [waiting for waiting in batch if not waiting.answer.done()]:
            self._write(wanted)  # the others were told to send again
        return not last

    def _number(self) -> int:
        """How many wait, with the one that the writer holds."""
        return self._waiting.qsize() + 1

    def _drain(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                waiting = self._waiting.get_nowait()
            except Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _write(self, batch: Sequence[_Waiting]) -> None:
        """Keep all in one transaction; if one spoils it, each gets its own."""
        try:
            taken = self._keep([waiting.notification for waiting in batch])
        except Busy as busy:
            _fail(batch, busy)
        except Exception as error:
            # The border of the writer: whoever waits must hear of it.
            if len(batch) == 1:
                log.exception(Action.NOTIFICATION_REFUSED, exc_info=error)
                _fail(batch, Busy("the notification could not be kept"))
            else:
                for waiting in batch:
                    self._write([waiting])
        else:
            _answer(list(zip(batch, taken, strict=True)))

    def _keep(self, batch: Sequence[Notification]) -> list[Taken]:
        with self._desk.work() as work:
            lock_names(work.connection, names_to_lock(batch))
            for receiver in {notification.receiver for notification in batch} - self._receivers:
                receivers.put(work.connection, receiver)
            taken = take_in_all(
                self._desk, work, [(new_notification_id(one.received_at), one) for one in batch]
            )
        self._receivers.update(notification.receiver for notification in batch)
        return taken


def _give_up(answer: "asyncio.Future[Taken]") -> None:
    if not answer.done():
        answer.set_exception(Busy("the database doesn't answer in time"))


def _answer(answers: Sequence[tuple[_Waiting, Taken | Busy]]) -> None:
    """Hand the answers to the loop that waits for them, if it still does: waking it once costs less."""
    for loop in {waiting.loop for waiting, _ in answers}:
        try:
            loop.call_soon_threadsafe(_settle, [one for one in answers if one[0].loop is loop])
        except RuntimeError:
            log.warning(Action.NOTIFICATION_REFUSED, reason="whoever sent it is gone")


def _settle(answers: Sequence[tuple[_Waiting, Taken | Busy]]) -> None:
    for waiting, answer in answers:
        if waiting.answer.done():
            continue
        if isinstance(answer, Busy):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)


def _fail(batch: Sequence[_Waiting], busy: Busy) -> None:
    _answer([(waiting, busy) for waiting in batch])


def _count(taken: Taken) -> None:
    metrics.NOTIFICATIONS.labels(taken.outcome).inc()
    for change in taken.changes:
        if change.incident.notice == 1 and change.news:
            metrics.INCIDENTS_OPENED.labels(change.incident.severity).inc()
        if change.news:
            log.info(
                Action.INCIDENT_CHANGED,
                incident=change.incident.id,
                alert=change.incident.alert_name[:200],
                events=[event.kind.value for event in change.events][:10],
                notification=taken.notification,
            )
