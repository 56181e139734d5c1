"""Orders: what is to be done next, with ids made from facts so that the same order is never given twice."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from responder.domain import ids
from responder.domain.alert import Severity
from responder.domain.marks import AskedSilence, SilenceState

INVESTIGATIONS: Final = "investigations"
CHORES: Final = "chores"
FIXES: Final = "fixes"
ANNOTATIONS: Final = "annotations"
ANSWERS: Final = "answers"
BACKOFF: Final = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds until the next attempt; the last one repeats."""

PROPOSE_PRIORITY: Final = 2
TIDY_PRIORITY: Final = 10


class Move(StrEnum):
    """The kinds of orders. Values are kept in the database: never rename one."""

    INVESTIGATE = "investigate"
    TELL = "tell"
    END = "end"
    COMPARE = "compare"
    SILENCE = "silence"
    PROPOSE = "propose"
    FIX = "fix"
    ANNOTATE = "annotate"
    ANSWER = "answer"
    TELL_STORM = "tell_storm"
    TELL_WATCHDOG = "tell_watchdog"
    TIDY = "tidy"


class Topic(StrEnum):
    """What bulletins are about. Values name orders and leases: never rename one."""

    STORM = "storm"
    WATCHDOG = "watchdog"

    @property
    def move(self) -> Move:
        """The move that tells them."""
        return Move.TELL_STORM if self is Topic.STORM else Move.TELL_WATCHDOG


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One move that is due. `delay` in seconds; a lower `priority` goes first."""

    id: str
    move: Move
    queue: str
    args: tuple[str | int, ...]
    priority: int = 1
    delay: float = 0


def tell_queue(notifier: str) -> str:
    """Each notifier has its own queue: one that hangs delays no other."""
    return f"tell-{notifier}"


def investigate(incident: str, revision: int, severity: Severity, attempt: int = 1) -> Order:
    """Critical before warning before info."""
    return Order(
        id=ids.investigate_id(incident, revision, attempt),
        move=Move.INVESTIGATE,
        queue=INVESTIGATIONS,
        args=(incident, revision, attempt),
        priority=severity.rank + 1,
        delay=backoff(attempt - 1),
    )


def tell(  # noqa: PLR0913 - an order has this many parts
    incident: str,
    notifier: str,
    notice: int,
    severity: Severity,
    *,
    attempt: int = 1,
    delay: float = 0,
    turn: int = 0,
) -> Order:
    """A storm's summary before critical before warning before info: a channel takes one message a second.

    Attempts after the first are retries, whose time has come; the first one respects a wait asked for. One
    that waits for its turn names it: in milliseconds since the epoch.
    """
    return Order(
        id=ids.tell_id(incident, notifier, notice, attempt, turn),
        move=Move.TELL,
        queue=tell_queue(notifier),
        args=(incident, notifier, attempt),
        priority=severity.rank + 2,
        delay=delay,
    )


def tell_bulletin(  # noqa: PLR0913 - an order has this many parts
    topic: Topic,
    about: str,
    notifier: str,
    notice: int,
    *,
    attempt: int = 1,
    delay: float = 0,
    turn: int = 0,
) -> Order:
    """Bring a storm's summary or what is said of a lost watchdog up to date, before anything else is told."""
    return Order(
        id=ids.tell_id(ids.bulletin_id(topic, about), notifier, notice, attempt, turn),
        move=topic.move,
        queue=tell_queue(notifier),
        args=(about, notifier, attempt),
        delay=delay,
    )


def tidy(about: str, notifier: str, at: int, *, delay: float, attempt: int = 1) -> Order:
    """Take away what may have been said twice; after everything that is to be told."""
    return Order(
        id=ids.tidy_id(about, notifier, at, attempt),
        move=Move.TIDY,
        queue=tell_queue(notifier),
        args=(about, notifier, attempt),
        priority=TIDY_PRIORITY,
        delay=delay,
    )


def end(incident: str, revision: int, notice: int, attempt: int = 1) -> Order:
    return Order(
        id=ids.end_id(incident, revision, notice, attempt),
        move=Move.END,
        queue=CHORES,
        args=(incident, attempt),
        delay=backoff(attempt - 1),
    )


def compare(incident: str, notice: int, attempt: int = 1) -> Order:
    return Order(
        id=ids.compare_id(incident, notice, attempt),
        move=Move.COMPARE,
        queue=CHORES,
        args=(incident, notice, attempt),
        delay=backoff(attempt - 1),
    )


def silence(incident: str, asked: AskedSilence, *, delay: float = 0, again: int = 1) -> Order:
    """Have an incident muted or no longer, as somebody asked; `again` makes it another order for the same."""
    ends = asked.state is SilenceState.ENDING
    return Order(
        id=ids.unsilence_order_id(asked.id, asked.asked_at, again)
        if ends
        else ids.silence_order_id(asked.id, again),
        move=Move.SILENCE,
        queue=CHORES,
        args=(incident, asked.id),
        delay=delay,
    )


def late_silence(incident: str, silence: str, at: int, *, delay: float = 0) -> Order:
    """Look for what came late of a silence about which nothing is due; `at` in milliseconds."""
    return Order(
        id=ids.late_silence_id(silence, at),
        move=Move.SILENCE,
        queue=CHORES,
        args=(incident, silence),
        delay=delay,
    )


def propose(incident: str, revision: int, attempt: int = 1, *, delay: float = 0) -> Order:
    """Propose the fixes for what this revision's report says; the attempt raises with every renewal.

    After the moves of fixes: many proposals may wait at once, and the end of a lease must not wait for them.
    """
    return Order(
        id=ids.propose_id(incident, revision, attempt),
        move=Move.PROPOSE,
        queue=FIXES,
        args=(incident, revision, attempt),
        priority=PROPOSE_PRIORITY,
        delay=delay,
    )


def fix(fix_id: str, revision: int, *, delay: float = 0, again: int = 1) -> Order:
    """The move that is due in this revision of a fix; `again` makes it another order for the same."""
    return Order(
        id=ids.fix_order_id(fix_id, revision, again),
        move=Move.FIX,
        queue=FIXES,
        args=(fix_id, revision),
        delay=delay,
    )


def annotate(fix_id: str, revision: int, attempt: int = 1) -> Order:
    """Its queue is its own: a Grafana that hangs delays nothing else."""
    return Order(
        id=ids.annotate_id(fix_id, revision, attempt),
        move=Move.ANNOTATE,
        queue=ANNOTATIONS,
        args=(fix_id, revision, attempt),
        delay=backoff(attempt - 1),
    )


def answer(command: str, attempt: int = 1, delay: float = 0) -> Order:
    """Answer what somebody asked."""
    return Order(
        id=ids.answer_id(command, attempt),
        move=Move.ANSWER,
        queue=ANSWERS,
        args=(command, attempt),
        delay=delay,
    )


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures."""
    return BACKOFF[min(failures, len(BACKOFF)) - 1] if failures > 0 else 0
