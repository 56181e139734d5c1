"""Carries out changes of knobs, and keeps their leases.

A lease is a value that holds for a time. Whoever set it is expected to set it back; if they don't, Hypertool
does so itself, a minute later, unless somebody has changed the value in the meantime. Leases live as long as
the process: so do the values.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from responder.hypertool.knobs import Connection, Knob, Knobs, Lease, SettableKnob, Setting
from responder.hypertool.problem import ITSELF
from responder.hypertool.resources import Value

FALLBACK_AFTER: Final = timedelta(seconds=60)
"""How long after a lease's end Hypertool waits for whoever holds it to set the value back."""
LONGEST: Final = timedelta(days=7)
"""A lease that lasts longer is no lease."""

log = logging.getLogger("hypertool.control")


class ReadOnlyError(LookupError):
    """The resource can't be set."""


class CannotReconnectError(LookupError):
    """The resource can't be connected anew."""


class LeaseTermsError(ValueError):
    """A lease that has ended before it begins, or that lasts too long."""


class Cancellable(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None: ...


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(tz=UTC)  # noqa: TID251 - what a Hypertool mounts has no other clock


def on_the_loop(seconds: float, act: Callable[[], None]) -> Cancellable:
    """Do `act` in so many seconds, in the event loop that serves the control API."""
    return asyncio.get_running_loop().call_later(seconds, act)


@dataclass(frozen=True)
class Terms:
    """On what terms leases are kept.

    Args:
        now: answers an aware datetime.
        fallback_after: from the end of a lease to the fallback.
        timer: calls something in so many seconds.
    """

    now: Callable[[], datetime] = utc_now
    fallback_after: timedelta = FALLBACK_AFTER
    timer: Callable[[float, Callable[[], None]], Cancellable] = on_the_loop


@dataclass(frozen=True)
class Change:
    """What somebody wants to be set, and why; with `expires_at` only for a time, for an incident."""

    value: Value
    reason: str
    incident: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class _Held:
    """A lease, and what the knob said right after it was set: if it says something else, it is over."""

    lease: Lease
    said: Setting


class Desk:
    """The one place where knobs are set. Nothing in it waits, so one change never meets another half done.

    Args:
        knobs: what can be set.
        terms: of leases.
    """

    def __init__(self, knobs: Knobs, terms: Terms) -> None:
        self.knobs = knobs
        self._terms = terms
        self._held: dict[str, _Held] = {}
        self._alarm: Cancellable | None = None

    def read(self, resource: str) -> Setting:
        """What holds now. Raises as `Knobs.find`."""
        self.settle()
        return self._told(self.knobs.find(resource))

    def set(self, resource: str, change: Change, *, by: str) -> Setting:
        """Set it, for a time or for good; for good ends a lease that is in force.

        Raises:
            LookupError: there is no such knob, or it can't be set (`ReadOnlyError`).
            OutOfBoundsError, LeaseTermsError: nothing was changed.
        """
        self.settle()
        knob = self.knobs.find(resource)
        if not isinstance(knob, SettableKnob):
            raise ReadOnlyError(f"{resource} can be read, not set")
        before = knob.read()
        before.bounds.check(change.value)
        lease = self._lease(before, change)
        said = knob.set(change.value, by=by, reason=change.reason)
        self._held.pop(resource, None)
        if lease is not None:
            self._held[resource] = _Held(lease, said)
        self._arm()
        until = "for good" if lease is None else f"until {lease.expires_at.isoformat()}"
        log.info("%s set %s from %r to %r %s: %r", by, resource, before.value, said.value, until, said.reason)
        return self._told(knob)

    async def reconnect(self, resource: str, *, by: str, reason: str) -> Setting:
        """Connect anew and answer how that ended. Raises `CannotReconnectError`, and as `Knobs.find`."""
        knob = self.knobs.find(resource)
        if not isinstance(knob, Connection):
            raise CannotReconnectError(f"this Hypertool cannot connect {resource} anew")
        setting = await knob.reconnect(by=by, reason=reason)
        log.info("%s had %s connected anew: %s, %r", by, resource, setting.value, reason)
        return setting

    def settle(self) -> None:
        """End the leases that are over: those whose value is another one now, and those whose time is up."""
        for resource, held in list(self._held.items()):
            knob = self.knobs.find(resource)
            if knob.read() == held.said:
                if self._terms.now() < held.lease.expires_at + self._terms.fallback_after:
                    continue
                self._fall_back(knob, held.lease)
            del self._held[resource]

    def _fall_back(self, knob: Knob, lease: Lease) -> None:
        reason = f"the lease of incident {lease.incident} ran out"
        log.warning("%s is set back to %r: %s", knob.resource, lease.before, reason)
        if isinstance(knob, SettableKnob):
            knob.set(lease.before, by=ITSELF, reason=reason)

    def _lease(self, before: Setting, change: Change) -> Lease | None:
        """The lease that the change begins or prolongs.

        Prolonged or taken over, it goes back to what held before any lease: nobody would ever undo the
        value of the lease it replaces.
        """
        if change.expires_at is None:
            return None
        now = self._terms.now()
        if not now < change.expires_at <= now + LONGEST:
            raise LeaseTermsError(
                f"expires_at must be after {now.isoformat()} and at most {LONGEST.days} days later"
            )
        held = self._held.get(before.resource)
        prolonged = held is not None and held.lease.incident == change.incident
        return Lease(
            id=held.lease.id if held and prolonged else secrets.token_hex(8),
            before=held.lease.before if held else before.value,
            expires_at=change.expires_at,
            incident=change.incident,
        )

    def _told(self, knob: Knob) -> Setting:
        held = self._held.get(knob.resource)
        return knob.read() if held is None else replace(knob.read(), lease=held.lease)

    def _arm(self) -> None:
        """See to it that the next lease's fallback happens even if nobody asks."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._held:
            first = min(held.lease.expires_at for held in self._held.values())
            left = (first + self._terms.fallback_after - self._terms.now()).total_seconds()
            self._alarm = self._terms.timer(max(0.0, left), self._ring)

    def _ring(self) -> None:
        self.settle()
        self._arm()
