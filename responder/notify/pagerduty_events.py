"""Tells PagerDuty by events alone: details for the page that Alertmanager opened, or pages of our own.

An event that comes after the page was resolved opens a new one and wakes somebody. So Alertmanager's page
gets at most one event, early, and only while Alertmanager says that the alert fires; and a page of ours gets
one trigger an episode.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from responder.clients.pagerduty import Trigger
from responder.domain.alert import Severity
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.incident import REOPENS_WITHIN, Incident
from responder.domain.notice import Notice, NotYet, PartlyTold, Receipt
from responder.domain.page import PageKeys, own_key
from responder.domain.storm import StormNotice
from responder.notify.noted import Noted, began, firing
from responder.notify.pagerduty import NAME, Keys, PageNotes

SETTLES: Final = timedelta(seconds=10)
"""After so long Alertmanager's own event has come first, and the investigation is done."""
AGAIN: Final = 2.0
"""Seconds until an investigation that takes longer is looked at again."""
LONGEST: Final = timedelta(seconds=60)
"""After so long the event says what is known."""
LOOKED_AGAIN: Final = timedelta(minutes=1)
"""So often it is looked whether what flaps has been quiet: news of it waits no longer than that."""
SOURCE: Final = "Hypertool"
COMPONENT: Final = "hypertool"
SEVERITIES: Final[Mapping[Severity, Literal["critical", "warning", "info"]]] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}

StillFires = Callable[[Incident], Awaitable[bool]]
"""Whether an alert of the incident fires now, asked of Alertmanager. Raises `AdapterError`."""


class Words(Protocol):
    """What a page says."""

    @property
    def summary(self) -> str: ...

    @property
    def group(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def details(self) -> Mapping[str, str]: ...

    @property
    def links(self) -> tuple[tuple[str, str], ...]: ...


Say = Callable[[Notice], Words]


class Events(Protocol):
    """PagerDuty's Events API. Raises `AdapterError`."""

    async def trigger(self, key: str, what: Trigger) -> None: ...

    async def acknowledge(self, key: str) -> None: ...

    async def resolve(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PageEvents:
    """The notifier where Alertmanager pages and there is no token: one event under the page's own key."""

    events: Events
    keys: Keys
    still_fires: StillFires
    say: Say
    clock: Clock

    name = NAME

    async def tell(
        self,
        notice: Notice,
        previous: Receipt | None,
        *,
        sure: bool,  # noqa: ARG002 - the port has it; the same event twice does no harm
    ) -> Receipt:
        """Send the event once it is time, and who has it.

        Raises:
            NotYet: it is not time yet.
            PartlyTold: some was said; carries the receipt and the cause.
            AdapterError: nothing was said.
        """
        incident = notice.incident
        noted = Noted.read(previous, incident)
        if not incident.open:
            return noted.receipt()
        before = noted.receipt()
        try:
            if noted.triggered != noted.episode and firing(incident) and not incident.page_resolved_by:
                await self._trigger(notice, noted)
            if noted.to_acknowledge(incident):
                for key in (await self.keys(incident)).same:
                    await self.events.acknowledge(key)
                noted.acknowledged = incident.taken_by
        except AdapterError as error:
            if noted.receipt() != before:
                raise PartlyTold(noted.receipt(), error) from error
            raise
        return noted.receipt()

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:  # noqa: ARG002 - the port's
        """Nothing is said: without a token there are no notes, and no page is for it."""
        return previous or Receipt()

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:  # noqa: ARG002 - the port's
        """Events of one key are one anyway."""
        return 0

    async def _trigger(self, notice: Notice, noted: Noted) -> None:
        self._settled(notice, noted)
        keys: PageKeys = await self.keys(notice.incident)
        if keys.certain and not keys.same:
            noted.triggered = noted.episode  # nobody is paged by the receiver that sends to us
        elif keys.certain and await self.still_fires(notice.incident):
            for key in keys.same:
                await self.events.trigger(key, trigger_of(notice, self.say(notice)))
            noted.triggered = noted.episode
        elif not keys.certain:
            raise NotYet(noted.receipt(), "Alertmanager's configuration doesn't say yet whether it pages")

    def _settled(self, notice: Notice, noted: Noted) -> None:
        """Wait until all is known and Alertmanager's event has surely come first.

        Raises:
            NotYet: it is not time yet.
        """
        age = self.clock() - began(notice.incident)
        if age < SETTLES:
            raise NotYet(noted.receipt(), "Alertmanager's page comes first", (SETTLES - age).total_seconds())
        if age < LONGEST and (notice.report is None or not notice.report.complete):
            raise NotYet(noted.receipt(), "the investigation is not done yet", AGAIN)


@dataclass(frozen=True, slots=True)
class OwnPages:
    """The notifier that pages itself: one page an incident, for all its life, and none below a severity.

    `notes` writes what is found out later, where a token is configured.
    """

    events: Events
    least: Severity
    say: Say
    notes: PageNotes | None = None

    name = NAME

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Open, acknowledge or resolve the page, as the incident is.

        Raises:
            NotYet: what was found out can't be noted yet, or the page of one that flaps not be resolved.
            PartlyTold: some was said; carries the receipt and the cause.
            AdapterError: nothing was said.
        """
        noted = Noted.read(previous, notice.incident)
        if notice.incident.severity.rank > self.least.rank:
            return noted.receipt()
        before = noted.receipt()
        try:
            await self._live(notice, noted)
            if self.notes is not None and noted.triggered and not (noted.notes and _unquiet(notice)):
                await self.notes.say(notice, noted, sure=sure)
        except AdapterError as error:
            if noted.receipt() != before:
                raise PartlyTold(noted.receipt(), error) from error
            raise
        if not notice.incident.open and noted.stands:
            wait = min(LOOKED_AGAIN, _unquiet(notice)).total_seconds()
            raise NotYet(noted.receipt(), "it flaps: its page stays open until it was quiet", wait)
        return noted.receipt()

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Note it on pages that are open; without a token for notes nothing is said: no page is for it."""
        if self.notes is None:
            return previous or Receipt()
        return await self.notes.tell_storm(notice, previous, sure=sure)

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:
        """Take away what was noted twice; events of one key are one anyway."""
        return 0 if self.notes is None else await self.notes.tidy(about, since, receipt)

    async def _live(self, notice: Notice, noted: Noted) -> None:
        """The page's life: a trigger an episode, whoever has it, and the end."""
        incident, key = notice.incident, own_key(notice.incident.id)
        if not incident.open:
            if noted.stands and not _unquiet(notice):  # another page would wake somebody each time
                await self.events.resolve(key)
                noted.resolved = noted.triggered
            return
        if noted.triggered != noted.episode and firing(incident):
            await self.events.trigger(key, trigger_of(notice, self.say(notice)))
            noted.triggered = noted.episode
        if noted.triggered == noted.episode and noted.to_acknowledge(incident):
            await self.events.acknowledge(key)
            noted.acknowledged = incident.taken_by


def _unquiet(notice: Notice) -> timedelta:
    """How long until what flaps has been quiet for half an hour; nothing where it doesn't flap, or has."""
    incident = notice.incident
    if incident.flapping_since is None or notice.at is None:
        return timedelta(0)
    return max(timedelta(0), began(incident) + REOPENS_WITHIN - notice.at)


async def own_keys(incident: Incident) -> PageKeys:
    """The only key that a page of ours can have."""
    return PageKeys(same=(own_key(incident.id),))


def trigger_of(notice: Notice, words: Words) -> Trigger:
    """The event, with the severity that the incident has."""
    return Trigger(
        summary=words.summary,
        source=SOURCE,
        severity=SEVERITIES[notice.incident.severity],
        component=COMPONENT,
        group=words.group,
        kind=words.kind,
        details=dict(words.details),
        links=words.links,
        url=notice.page_url,
    )
