"""What people do to a page in PagerDuty changes the incidents that it is about.

One page can be about several incidents, and a person who takes the page takes all of them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from responder.domain.page import PageEvent, alertmanager_key, happened, own_key
from responder.engine.desk import Desk, Work
from responder.log import Action, get_logger
from responder.storage import incidents, pages

NOTIFIER: Final = "pagerduty"

log = get_logger()


class Heard(StrEnum):
    """What an event did. Values are metric labels: never rename one."""

    CHANGED = "changed"
    NO_CHANGE = "no_change"
    NOT_OURS = "not_ours"
    """No open incident belongs to that page."""
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Paging:
    """Takes in what PagerDuty tells."""

    desk: Desk

    async def hear(self, event: PageEvent) -> Heard:
        """Let it change the incidents that the page is about; once, whichever replicas hear of it.

        Raises:
            Busy: nothing was kept: PagerDuty sends it again.
        """
        heard = await self.desk.aside(lambda: self._hear(event))
        log.info(Action.PAGE_EVENT_HEARD, kind=event.kind, page=event.page, outcome=heard)
        return heard

    def _hear(self, event: PageEvent) -> Heard:
        about = self._about(event)
        with self.desk.work() as work:
            if not pages.hear(work.connection, event.id, self.desk.clock()):
                return Heard.DUPLICATE
            if not about:
                return Heard.NOT_OURS
            changed = [self._change(work, incident, event) for incident in sorted(about)]
        return Heard.CHANGED if any(changed) else Heard.NO_CHANGE

    def _about(self, event: PageEvent) -> frozenset[str]:
        """The open incidents of its page. All are looked through, which must not keep others from writing."""
        with self.desk.database.read() as connection:
            return frozenset(
                one.incident
                for one in pages.of_open(connection, NOTIFIER)
                if event.page in one.pages or event.key in _keys(one)
            )

    def _change(self, work: Work, incident: str, event: PageEvent) -> bool:
        before = incidents.load(work.connection, incident, for_change=True)
        if before is None or not before.open:
            return False
        absorbed = happened(before, event)
        self.desk.keep(work, before, absorbed)
        return absorbed.news


def _keys(one: pages.Paged) -> frozenset[str]:
    """What its page can be called: by Alertmanager, or by ourselves."""
    theirs = {alertmanager_key(one.group_key)} if one.group_key else set()
    return frozenset({*theirs, own_key(one.incident)})
