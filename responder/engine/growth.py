"""Which incidents grew out of which: found when one is investigated, shown in the messages of both."""

from collections.abc import Callable, Iterable, Mapping
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
from responder.storage.database import lock_names

WITHIN: Final = timedelta(hours=1)
"""So long after its close another incident may still be what this one grew out of."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Finds what an incident grew out of, by what its playbook says (`grows_from`)."""

    desk: Desk
    playbooks: Callable[[], Playbooks]

    def with_kin(self, work: Work, asked: Incident) -> Mapping[str, Incident]:
        """The incident and those it may have grown out of, locked in the order in which intake locks them."""
        others = self._new_kin(work, asked)
        if others:
            lock_names(work.connection, {asked.alert_name, *(other.alert_name for other in others)})
        ids = [asked.id, *(other.id for other in others)]
        return incidents.load_many(work.connection, ids, for_change=True)

    def note(self, work: Work, incident: Incident, held: Mapping[str, Incident]) -> None:
        """Keep which of those held it grew out of; the messages of those have to say so, too."""
        for other in self._alike(incident, held.values()):
            if growth.put(work.connection, incident.id, other.id):
                after = shown(other, self.desk.clock())
                incidents.update(work.connection, other, after)
                work.order(told(after, self.desk.notifiers))

    def _new_kin(self, work: Work, incident: Incident) -> list[Incident]:
        playbook = self.playbooks().get(incident.alert_name)
        if playbook is None or not playbook.grows_from or not playbook.variables:
            return []
        opened = incident.opened_at
        earlier = growth.earlier(work.connection, playbook.grows_from, opened, opened - WITHIN)
        if not (alike := self._alike(incident, earlier)):
            return []
        known = {one.other for one in growth.of(work.connection, incident.id)}
        return [other for other in alike if other.id not in known]

    def _alike(self, incident: Incident, others: Iterable[Incident]) -> list[Incident]:
        """Those of the others that are about what this one is about, by the variables of its playbook."""
        playbook = self.playbooks().get(incident.alert_name)
        if playbook is None:
            return []
        about = _subjects(playbook, incident.active)
        return [
            other
            for other in others
            if other.id != incident.id and about & _subjects(playbook, other.alerts.values())
        ]


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
