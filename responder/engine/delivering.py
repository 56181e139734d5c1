"""What telling an incident and telling a bulletin have in common: the deadline, and what a failure means."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from responder import metrics
from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable
from responder.domain.notice import Delivery, DeliveryState, NotYet, PartlyTold
from responder.engine import orders
from responder.log import Action, get_logger

DEADLINE: Final = 30.0
"""Seconds that a notifier may take. Waiting for a turn is no part of it: that is a delayed order."""
LEASE: Final = timedelta(seconds=60)
REFUSED_AGAIN: Final = timedelta(minutes=10)
"""After this the sweep tries again what was refused; a change of the incident tries at once."""
AGAIN: Final = 60.0
"""Seconds at most until what failed is tried again, unless the far side asked for more: people wait."""
LATE: Final = timedelta(seconds=15)
"""So long after its time the sweep orders again what then still waits: it must not outrun what is ordered."""

IN_DOUBT: Final = "an attempt that was interrupted may have told it"

T = TypeVar("T")

log = get_logger()


class Told(StrEnum):
    """How an order to tell ended. Values are metric labels."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    REFUSED = "refused"
    PACED = "paced"
    """Its turn has not come: it is ordered again for then."""
    NOTHING_NEW = "nothing_new"
    UNDER_WAY = "under_way"
    """Another one is at it, and orders the next one if there is more to say by then."""
    WAITING = "waiting"
    """The far side asked to be left alone; the retry that is ordered says the newest."""
    NOT_YET = "not_yet"
    """The notifier has nobody to say it to yet; it is asked again later."""
    NO_NOTIFIER = "no_notifier"
    LOST = "lost"
    """Another replica took it over meanwhile, and tells it; what stands there twice is taken away."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What a failure makes of a delivery, and how long until the next attempt."""

    outcome: Told
    delivery: Delivery
    wait: timedelta
    cause: AdapterError

    @property
    def due_after(self) -> timedelta:
        """When the sweep may order it again, in case nobody did."""
        return self.wait if self.outcome is Told.REFUSED else self.wait + LATE

    @property
    def attempt(self) -> int:
        """The number of the next one; never the first, whose time may not have come."""
        return self.delivery.attempts + (2 if self.outcome is Told.PACED else 1)

    def delay(self, *, news: bool) -> float | None:
        """Seconds until the next attempt; None: none is ordered, for there is no news and it would fail."""
        if self.outcome is Told.REFUSED:
            return 0 if news else None
        return self.wait.total_seconds()

    def turn(self, now: datetime) -> int:
        """What names its turn, in milliseconds; 0 where it waits for none."""
        return milliseconds(now + self.wait) if self.outcome is Told.PACED else 0

    def log(self, **about: str) -> None:
        """Waiting for a turn is no failure, and happens too often to be told."""
        if self.outcome is not Told.PACED:
            said = {"reason": self.cause.reason, "error": str(self.cause)[:300]}
            log.warning(Action.TELLING_FAILED, notifier=self.delivery.notifier, **about, **said)


async def within_deadline(notifier: str, about: str, telling: Awaitable[T]) -> T:
    """Have it told, or taken away.

    Raises:
        PartlyTold: some was said.
        NotYet: it can't be said yet.
        AdapterError: also for what the notifier did not foresee, which is no reason to stop trying.
    """
    try:
        with metrics.timed(metrics.DELIVERY_SECONDS.labels(notifier)):
            async with asyncio.timeout(DEADLINE):
                return await telling
    except (AdapterError, NotYet, PartlyTold):
        raise
    except TimeoutError as error:
        raise Unreachable(notifier, Reason.TIMEOUT, f"no answer in {DEADLINE:.0f} s") from error
    except Exception as error:
        log.exception(Action.TELLING_FAILED, notifier=notifier, about=about)
        raise Unreachable(notifier, Reason.BAD_ANSWER, repr(error)[:200]) from error


def failed(delivery: Delivery, error: AdapterError | PartlyTold, *, sure: bool) -> Failed:
    """What became of a delivery. Pure.

    `sure`: nothing can have been sent before that the receipt doesn't know. Where that is in doubt it stays
    so while a turn is waited for.
    """
    if isinstance(error, PartlyTold):
        return failed(replace(delivery, receipt=error.receipt), error.cause, sure=sure)
    if (turn := _turn(error)) is not None:
        waits = (
            replace(delivery, state=DeliveryState.WAITING)
            if sure
            else replace(delivery, state=DeliveryState.RETRYING, error=delivery.error or IN_DOUBT)
        )
        return Failed(Told.PACED, waits, timedelta(seconds=turn), error)
    counted = replace(delivery, attempts=delivery.attempts + 1, error=str(error)[:500])
    if isinstance(error, Refused):
        return Failed(Told.REFUSED, replace(counted, state=DeliveryState.FAILED), REFUSED_AGAIN, error)
    asked = error.retry_after if isinstance(error, Unreachable) else None
    wait = timedelta(seconds=max(min(orders.backoff(counted.attempts), AGAIN), asked or 0))
    return Failed(Told.RETRYING, replace(counted, state=DeliveryState.RETRYING), wait, error)


def milliseconds(at: datetime) -> int:
    """A moment as it names a turn: milliseconds since the epoch."""
    return int(at.timestamp() * 1000)


def _turn(cause: AdapterError) -> float | None:
    """Seconds until its turn, where it was turned away and surely nothing was done; None: it failed."""
    turned_away = cause.reason is Reason.RATE_LIMITED and cause.effect is Effect.NONE
    return cause.retry_after if turned_away and isinstance(cause, Unreachable) else None
