"""Failures on demand: what the next calls of a method shall suffer."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What can go wrong with a call."""

    HTTP = "http"
    """Answers with a bare HTTP status, as a proxy or an outage does."""
    REFUSE = "refuse"
    """Answers `ok: false` with this error."""
    RATE_LIMIT = "rate_limit"
    """Answers 429 with `Retry-After`."""
    HANG = "hang"
    """Holds the call until released or until its seconds are over, then goes on as usual."""
    LOST_ANSWER = "lost_answer"
    """Does what is asked and then drops the connection."""
    GARBAGE = "garbage"
    """Answers 200 with a page that isn't Slack's."""


ANY: Final = "*"


@dataclass
class Fault:
    """What the next `times` calls of `method` suffer; `*` is any method.

    `seconds` bounds a hang, `retry_after` is in seconds, `status` is an HTTP status.
    """

    kind: FaultKind
    method: str = ANY
    times: int = 1
    status: int = 500
    error: str = "internal_error"
    retry_after: int = 30
    seconds: float = 30.0
    reached: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set once a call hangs: what a test waits for."""
    released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def hold(self) -> None:
        """Wait until released, at most `seconds`."""
        self.reached.set()
        try:
            async with asyncio.timeout(self.seconds):
                await self.released.wait()
        except TimeoutError:
            return


class FaultBoard:
    """The faults still to be played, in the order they were ordered."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self._played: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self.waiting.append(fault)
        return fault

    def take(self, method: str) -> Fault | None:
        """The fault this call suffers, counted down; None when all is well."""
        fault = next((fault for fault in self.waiting if fault.method in {method, ANY}), None)
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.waiting.remove(fault)
            self._played.append(fault)
        return fault

    def release(self) -> None:
        """Let every call that hangs go on."""
        for fault in (*self.waiting, *self._played):
            fault.released.set()
        self._played.clear()

    def clear(self) -> None:
        """Forget the faults not played yet and release those that hang."""
        self.release()
        self.waiting.clear()
