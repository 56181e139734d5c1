"""Writes notes that are found again: PagerDuty has no idempotency key for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from responder.clients.pagerduty_answers import PageNote


class Notable(Protocol):
    """Where notes are written. Raises `AdapterError`."""

    async def notes(self, page: str) -> Sequence[PageNote]:
        """The oldest first."""
        ...

    async def add_note(self, page: str, text: str) -> None: ...

    async def delete_note(self, page: str, note: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Marked:
    """Ends each note in a mark of ours."""

    account: Notable

    async def note(self, page: str, text: str, mark: str, *, sure: bool) -> None:
        """Write it; unless it is `sure` that it was not written before, it is looked for first."""
        if sure or not any(_mark_of(note) == mark for note in await self.account.notes(page)):
            await self.account.add_note(page, f"{text}\n{mark}")

    async def take_away_doubles(self, page: str, start: str) -> int:
        """Delete the notes whose marks begin so and stand there already; how many. The first one stays."""
        seen, doubled = set[str](), list[PageNote]()
        for note in await self.account.notes(page):
            mark = _mark_of(note)
            if mark in seen:
                doubled.append(note)
            elif mark.startswith(start):
                seen.add(mark)
        for note in doubled:
            await self.account.delete_note(page, note.id)
        return len(doubled)


def mark_start(kind: str, name: str) -> str:
    """How the marks of all notes about one thing begin; the note's number follows."""
    return f"(Hypertool responder, {kind} {name}, note "


def mark_of(kind: str, name: str, number: int) -> str:
    """The last line of a note of ours."""
    return f"{mark_start(kind, name)}{number})"


def _mark_of(note: PageNote) -> str:
    """Its last line, which of ours is a mark."""
    return note.content.rstrip().rpartition("\n")[2]
