"""Writes notes that are found again: PagerDuty has no idempotency key for them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


class Notable(Protocol):
    """Where notes are written. Raises `AdapterError`."""

    async def notes(self, page: str) -> Collection[str]: ...

    async def add_note(self, page: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Marked:
    """Ends each note in a mark of ours."""

    account: Notable

    async def note(self, page: str, text: str, mark: str, *, sure: bool) -> None:
        """Write it; unless it is `sure` that it was not written before, it is looked for first."""
        if sure or not any(note.rstrip().endswith(mark) for note in await self.account.notes(page)):
            await self.account.add_note(page, f"{text}\n{mark}")
