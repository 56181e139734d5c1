"""Tells the page that is open in PagerDuty what is wrong: notes on it, and who has it.

    keys ─▶ page ─▶ acknowledge ─▶ note

A note doesn't open what is closed and wakes nobody, so that this may be late without harm. PagerDuty has no
idempotency key for notes, and they can't be edited: each ends in a mark of ours that is looked for before it
is written again (`sure=False`).
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Final, Protocol

from responder.clients.pagerduty_answers import Page, PageStatus
from responder.domain.clock import Clock, instant
from responder.domain.errors import AdapterError, Reason, Refused
from responder.domain.incident import Incident
from responder.domain.notice import Notice, NotYet, PartlyTold, Receipt
from responder.domain.page import PageKeys
from responder.notify.noted import Matter, Noted
from responder.notify.pagerduty_pages import Account, Pages

NAME: Final = "pagerduty"
WAITS_FOR_PAGE: Final = timedelta(minutes=30)
"""So long a page is waited for; later it is looked for once whenever something matters."""

Keys = Callable[[Incident], Awaitable[PageKeys]]
"""By which keys the page of an incident can be known. Raises `AdapterError`."""


class Writable(Account, Protocol):
    """What is done to a page. Raises `AdapterError`."""

    async def notes(self, page: str) -> Collection[str]: ...

    async def add_note(self, page: str, text: str) -> None: ...

    async def acknowledge(self, page: str) -> None: ...


Write = Callable[[Notice, Collection[str]], str]
"""Makes the text of a note, of what changed since the last one."""


class PageNotes:
    """The notifier where Alertmanager pages: it never opens a page and never resolves one.

    Args:
        account: PagerDuty, with a token.
        keys: by which the page is known.
        write: makes the notes.
        clock: what time it is.
    """

    name = NAME

    def __init__(self, account: Writable, keys: Keys, write: Write, clock: Clock) -> None:
        self._account = account
        self._keys = keys
        self._write = write
        self._clock = clock
        self._pages = Pages(account, clock)

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Have the page say what this notice says.

        Raises:
            NotYet: its page is not there yet.
            PartlyTold: some was said; carries the receipt and the cause.
            AdapterError: nothing was said.
        """
        noted = Noted.read(previous, notice.incident)
        before = noted.receipt()
        try:
            await self.say(notice, noted, sure=sure)
        except AdapterError as error:
            if noted.receipt() != before:
                raise PartlyTold(noted.receipt(), error) from error
            raise
        return noted.receipt()

    async def say(self, notice: Notice, noted: Noted, *, sure: bool) -> None:
        """The same for whoever keeps the receipt; what was done is in `noted` whatever happens."""
        note, take = noted.to_note(notice), noted.to_acknowledge(notice.incident)
        if not note and not take:
            return
        page = await self._page(notice, noted)
        if page is None:
            noted.said = Matter.of(notice)  # it is looked for again when something matters
            return
        if take:
            await self._acknowledge(page, noted, notice.incident)
        if note:
            await self._note(page, noted, notice, sure=sure)

    async def _page(self, notice: Notice, noted: Noted) -> Page | None:
        """The page to tell; None where there is none.

        Raises:
            NotYet: there may be one soon.
        """
        known = await self._known(noted)
        if known is not None and (known.open or not notice.incident.open):
            return known
        keys = await self._keys(notice.incident)
        if not keys.all:
            return known
        found = await self._pages.find(keys.all) or known
        if found is None:
            self._wait(notice, noted)
            return None
        noted.page, noted.url, noted.waits_since = found.id, found.url, ""
        return found

    async def _known(self, noted: Noted) -> Page | None:
        """The page that was told before, or what it was merged into."""
        if not noted.page:
            return None
        try:
            page = await self._pages.followed(await self._account.page(noted.page))
        except Refused as refused:
            if refused.reason is not Reason.NOT_FOUND:
                raise
            return None
        noted.page, noted.url = page.id, page.url
        return page

    def _wait(self, notice: Notice, noted: Noted) -> None:
        """Wait for the page, unless that was for nothing for long.

        Raises:
            NotYet: it is looked for again.
        """
        now = self._clock()
        if not noted.waits_since:
            noted.waits_since = now.isoformat()
        if notice.incident.open and now - instant(noted.waits_since) < WAITS_FOR_PAGE:
            raise NotYet(noted.receipt(), "PagerDuty has no open page of this incident yet")
        noted.waits_since = ""

    async def _acknowledge(self, page: Page, noted: Noted, incident: Incident) -> None:
        """Say there who took it here; a page that ended meanwhile needs nobody."""
        if page.status is PageStatus.TRIGGERED:
            try:
                await self._account.acknowledge(page.id)
            except Refused:
                if (await self._account.page(page.id)).status is PageStatus.TRIGGERED:
                    raise
        noted.acknowledged = incident.taken_by

    async def _note(self, page: Page, noted: Noted, notice: Notice, *, sure: bool) -> None:
        changed = noted.news(notice) if noted.notes else frozenset[str]()
        mark = f"(Hypertool responder, incident {notice.incident.id}, note {noted.notes + 1})"
        if sure or not await self._is_there(page, mark):
            await self._account.add_note(page.id, f"{self._write(notice, changed)}\n{mark}")
        noted.notes += 1
        noted.said = Matter.of(notice)

    async def _is_there(self, page: Page, mark: str) -> bool:
        return any(note.rstrip().endswith(mark) for note in await self._account.notes(page.id))
