"""Opens a page of our own when the watchdog stops coming.

Also where Alertmanager pages and we only add to its pages: what is lost then is the very way by which it
would page, so there is no page to add to, and nobody else who would wake somebody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from responder.clients.pagerduty import Trigger
from responder.domain.notice import Notice, Receipt
from responder.domain.page import loss_key
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice
from responder.notify.pagerduty import NAME
from responder.notify.pagerduty_events import COMPONENT, Events, Words

SOURCE: Final = "Hypertool responder"

SayLoss = Callable[[LossNotice], Words]


class Tells(Protocol):
    """The notifier that tells PagerDuty about incidents and storms."""

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt: ...

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt: ...

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int: ...


@dataclass(frozen=True, slots=True)
class WatchingPager:
    """Leaves all else to `incidents`, and pages by `events` when the watchdog is lost; one page a loss."""

    incidents: Tells
    events: Events
    say: SayLoss

    name = NAME

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """As the notifier of incidents does."""
        return await self.incidents.tell(notice, previous, sure=sure)

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Likewise."""
        return await self.incidents.tell_storm(notice, previous, sure=sure)

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:
        """Likewise; a page of a lost watchdog is one anyway."""
        return await self.incidents.tidy(about, since, receipt)

    async def tell_loss(self, notice: LossNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Open the page, or resolve it.

        Raises:
            AdapterError: nothing was said.
        """
        key = loss_key(notice.id)
        triggered = previous is not None and bool(previous.data.get("triggered"))
        if not notice.loss.over:
            if not triggered:
                await self.events.trigger(key, self._trigger(notice))
            return Receipt(data={"triggered": True})
        if triggered or not sure:  # a trigger whose answer was lost may have opened it all the same
            await self.events.resolve(key)
        return Receipt(data={"triggered": False})

    def _trigger(self, notice: LossNotice) -> Trigger:
        words = self.say(notice)
        return Trigger(
            summary=words.summary,
            source=SOURCE,
            severity="critical",
            component=COMPONENT,
            group=words.group,
            kind=words.kind,
            details=dict(words.details),
            links=words.links,
            url=notice.list_url,
        )
