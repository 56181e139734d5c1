"""Tells the pages that are open in PagerDuty what is wrong: notes on them, and who has it.

    keys ─▶ pages ─▶ acknowledge ─▶ note

A note doesn't open what is closed and wakes nobody, so that this may be late without harm. PagerDuty has no
idempotency key for notes, and they can't be edited: each ends in a mark of ours that is looked for before it
is written again (`sure=False`).
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from responder.clients.pagerduty_answers import Page, PageStatus
from responder.domain.clock import Clock, instant
from responder.domain.errors import AdapterError, Refused
from responder.domain.incident import Incident
from responder.domain.notice import Notice, NotYet, PartlyTold, Receipt
from responder.domain.page import PageKeys, distinct
from responder.domain.storm import StormNotice
from responder.notify.noted import Matter, Noted
from responder.notify.pagerduty_marks import Marked, Notable, mark_of, mark_start
from responder.notify.pagerduty_pages import Account, Pages
from responder.notify.pagerduty_storms import StormNotes

NAME: Final = "pagerduty"
WAITS_FOR_PAGE: Final = timedelta(minutes=30)
"""So long a page is waited for; later it is looked for once whenever something matters."""

INCIDENT: Final = "incident"

Keys = Callable[[Incident], Awaitable[PageKeys]]
"""By which keys the pages of an incident can be known. Raises `AdapterError`."""


class Writable(Account, Notable, Protocol):
    """What is done to a page. Raises `AdapterError`."""

    async def acknowledge(self, page: str) -> None: ...


class Words(Protocol):
    """Makes the text of notes."""

    def note(self, notice: Notice, changed: Collection[str] = ()) -> str:
        """Of what changed since the last one; of everything where nothing is given."""
        ...

    def storm_note(self, notice: StormNotice) -> str: ...


class PageNotes:
    """The notifier where Alertmanager pages: it never opens a page and never resolves one.

    Args:
        account: PagerDuty, with a token.
        keys: by which pages are known.
        words: makes the notes.
        clock: what time it is.
    """

    name = NAME

    def __init__(self, account: Writable, keys: Keys, words: Words, clock: Clock) -> None:
        self._account = account
        self._keys = keys
        self._words = words
        self._clock = clock
        self._pages = Pages(account, clock)
        self._marked = Marked(account)
        self._storms = StormNotes(self._pages, self._marked, keys, words.storm_note)

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Have its pages say what this notice says.

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

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Note on the pages of its worst incidents that they are part of it, and when it is over.

        Raises:
            PartlyTold: some was noted; carries the receipt and the cause.
            AdapterError: nothing was noted.
        """
        return await self._storms.tell(notice, previous, sure=sure)

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:  # noqa: ARG002 - the port's
        """Take away the notes that were written twice; how many. The first one stays.

        Raises:
            AdapterError: a page could not be looked at, or not all be taken away.
        """
        topic, _, name = about.rpartition("/")
        pages = " ".join(str(receipt.data.get(one) or "") for one in ("pages", "began")).split()
        start = mark_start(topic or INCIDENT, name)
        return sum([await self._marked.take_away_doubles(page, start) for page in pages])

    async def say(self, notice: Notice, noted: Noted, *, sure: bool) -> None:
        """The same for whoever keeps the receipt; what was done is in `noted` whatever happens."""
        note, take = noted.to_note(notice), noted.to_acknowledge(notice.incident)
        if not note and not take and not noted.notes:
            return
        told = await self._told(noted) if note or take else ()
        new = await self._new(notice, noted, told, wanted=note or take)
        if take and (told or new):
            for page in (*told, *new):
                await self._acknowledge(page)
            noted.acknowledged = notice.incident.taken_by
        if note or (new and noted.notes):
            await self._note(noted, notice, told if note else (), new, sure=sure)
        noted.pages = distinct((*noted.pages, *(page.id for page in new)))

    async def _told(self, noted: Noted) -> Sequence[Page]:
        """The pages that were told before, or what they were merged into."""
        found = {page.id: page for name in noted.pages if (page := await self._pages.now(name)) is not None}
        noted.pages = tuple(found)
        return tuple(found.values())

    async def _new(
        self, notice: Notice, noted: Noted, told: Sequence[Page], *, wanted: bool
    ) -> Sequence[Page]:
        """Open pages that were not told yet. One whose page does not come is given up after a while.

        Args:
            notice: of the incident.
            noted: how far its pages are told.
            told: these, where they were looked at.
            wanted: something is to be told: where no page of before is open, all are looked for anew.

        Raises:
            NotYet: nothing is there to be told, and there may be something soon.
        """
        if not notice.incident.open:
            return ()
        anew = wanted and not any(page.open for page in told)
        keys = (await self._keys(notice.incident)).all
        lacking = [key for key in keys if anew or key not in noted.keys]
        found = await self._pages.find(lacking) if lacking else {}
        noted.keys = distinct((*noted.keys, *found))
        if len(found) == len(lacking):
            noted.waits_since = ""
        elif not self._waits(noted):
            noted.keys, noted.waits_since = distinct((*noted.keys, *lacking)), ""
        elif wanted and not found and not told:
            raise NotYet(noted.receipt(), "PagerDuty has no open page of this incident yet")
        return tuple({page.id: page for page in found.values() if page.id not in noted.pages}.values())

    def _waits(self, noted: Noted) -> bool:
        """Whether a page may still come."""
        now = self._clock()
        noted.waits_since = noted.waits_since or now.isoformat()
        return now - instant(noted.waits_since) < WAITS_FOR_PAGE

    async def _acknowledge(self, page: Page) -> None:
        """Say there that somebody took it here; a page that ended meanwhile needs nobody."""
        if page.status is PageStatus.TRIGGERED:
            try:
                await self._account.acknowledge(page.id)
            except Refused:
                if (await self._account.page(page.id)).status is PageStatus.TRIGGERED:
                    raise

    async def _note(
        self, noted: Noted, notice: Notice, told: Sequence[Page], new: Sequence[Page], *, sure: bool
    ) -> None:
        """What changed where something was noted before, and everything where nothing was."""
        changed = noted.news(notice) if noted.notes else frozenset[str]()
        mark = mark_of(INCIDENT, notice.incident.id, noted.notes + 1)
        for page in told:
            await self._marked.note(page.id, self._words.note(notice, changed), mark, sure=sure)
        for page in new:
            await self._marked.note(page.id, self._words.note(notice), mark, sure=sure)
        noted.notes += bool(told or new)
        noted.said = Matter.of(notice)  # also where nobody could be told: it is tried when something matters
