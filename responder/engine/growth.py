"""Which incidents grew out of which: found when one is investigated, shown in the messages of both."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import Alert
from responder.domain.incident import Incident, shown
from responder.domain.notice import Kin
from responder.domain.report import Subject
from responder.engine.desk import Desk, Work
from responder.engine.due import told
from responder.playbook.model import Playbook, Playbooks
from responder.storage import deliveries, growth, incidents

WITHIN: Final = timedelta(hours=1)
"""So long after its close another incident may still be what this one grew out of."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Finds what an incident grew out of, by what its playbook says (`grows_from`)."""

    desk: Desk
    playbooks: Callable[[], Playbooks]

    def note(self, work: Work, incident: Incident) -> None:
        """Keep what it grew out of; the messages of those have to say so, too."""
        playbook = self.playbooks().get(incident.alert_name)
        if playbook is None or not playbook.grows_from or not playbook.variables:
            return
        opened = incident.opened_at
        candidates = growth.earlier(work.connection, playbook.grows_from, opened, opened - WITHIN)
        about = _subjects(playbook, incident.active)
        for other in candidates:
            if about & _subjects(playbook, other.alerts.values()) and growth.put(
                work.connection, incident.id, other.id
            ):
                self._show(work, other.id)

    def _show(self, work: Work, incident: str) -> None:
        before = incidents.load(work.connection, incident, for_change=True)
        if before is not None:
            after = shown(before, self.desk.clock())
            incidents.update(work.connection, before, after)
            work.order(told(after, self.desk.notifiers))


def kin_of(
    connection: sa.Connection, incident: str, page_url: Callable[[Incident], str], notifier: str = ""
) -> tuple[Kin, ...]:
    """What an incident grew out of and what grew out of it, as one notifier is told of it."""
    grown = growth.of(connection, incident)
    held = incidents.load_many(connection, [one.other for one in grown]) if grown else {}
    return tuple(
        Kin(
            incident=one.other,
            alert_name=held[one.other].alert_name,
            open=held[one.other].open,
            grew_from=one.grew_from,
            url=page_url(held[one.other]),
            receipt=deliveries.one(connection, one.other, notifier).delivery.receipt,
        )
        for one in grown
        if one.other in held
    )


def _subjects(playbook: Playbook, alerts: Iterable[Alert]) -> set[Subject]:
    """What they are about, by the variables of the playbook; what lacks one of them is about nothing."""
    found = {playbook.subject(alert.labels) for alert in alerts}
    return {subject for subject in found if all(value for _, value in subject)}
