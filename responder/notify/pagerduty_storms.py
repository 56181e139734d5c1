"""Notes on the pages of a storm's worst incidents that there is one, and when it is over.

Whoever was woken by one of many pages sees there that it is one of many. Notes wake nobody, and a page that
is closed or not there is left alone.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from responder.domain.errors import AdapterError
from responder.domain.incident import Incident
from responder.domain.notice import PartlyTold, Receipt
from responder.domain.page import PageKeys
from responder.domain.storm import StormNotice
from responder.notify.pagerduty_marks import Marked, mark_of
from responder.notify.pagerduty_pages import Pages

PAGES_MOST: Final = 20
"""Of one storm that are told of it: as many as it has incidents that are told one by one."""


@dataclass(slots=True)
class _Noted:
    """Which pages were told: that there is a storm, that it is over; and of which incidents that was."""

    began: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, receipt: Receipt | None) -> Self:
        data = receipt.data if receipt else {}
        return cls(*(str(data.get(name) or "").split() for name in ("began", "over", "incidents")))

    def receipt(self) -> Receipt:
        lists = {"began": self.began, "over": self.over, "incidents": self.incidents}
        return Receipt(data={name: " ".join(told) for name, told in lists.items()})


@dataclass(frozen=True, slots=True)
class StormNotes:
    """Tells them.

    Args:
        pages: finds pages.
        marked: writes notes.
        keys: by which the pages of an incident can be known.
        write: makes the text.
    """

    pages: Pages
    marked: Marked
    keys: Callable[[Incident], Awaitable[PageKeys]]
    write: Callable[[StormNotice], str]

    async def tell(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Each page once when it is on, and once when it is over.

        Raises:
            PartlyTold: some was noted; carries the receipt and the cause.
            AdapterError: nothing was noted.
        """
        noted = _Noted.read(previous)
        before = noted.receipt()
        try:
            await (self._over if notice.storm.over else self._on)(notice, noted, sure=sure)
        except AdapterError as error:
            if noted.receipt() != before:
                raise PartlyTold(noted.receipt(), error) from error
            raise
        return noted.receipt()

    async def _on(self, notice: StormNotice, noted: _Noted, *, sure: bool) -> None:
        for incident in _untold(notice, noted):
            found = await self.pages.find((await self.keys(incident)).all)
            for page in dict.fromkeys(page.id for page in found.values()):
                if page not in noted.began:
                    await self.marked.note(page, self.write(notice), _mark(notice, 1), sure=sure)
                    noted.began.append(page)
            if found:
                noted.incidents.append(incident.id)

    async def _over(self, notice: StormNotice, noted: _Noted, *, sure: bool) -> None:
        for name in noted.began:
            if name not in noted.over:
                page = await self.pages.now(name)
                if page is not None and page.open:
                    await self.marked.note(page.id, self.write(notice), _mark(notice, 2), sure=sure)
                noted.over.append(name)


def _untold(notice: StormNotice, noted: _Noted) -> Iterator[Incident]:
    """The worst incidents whose pages are not told yet; there are only so many that are told."""
    worst: Sequence[Incident] = [one.incident for one in notice.worst]
    left = PAGES_MOST - len(noted.incidents)
    yield from [incident for incident in worst if incident.id not in noted.incidents][: max(0, left)]


def _mark(notice: StormNotice, number: int) -> str:
    return mark_of("storm", notice.storm.id, number)
