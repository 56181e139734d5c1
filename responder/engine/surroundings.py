"""What an explanation needs besides the playbook's answers: what was before, what mutes the alerts."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher, SilenceRecord
from responder.domain.alert import AlertStatus
from responder.domain.clock import Clock, earlier
from responder.domain.errors import AdapterError
from responder.domain.incident import Incident
from responder.domain.report import CameBack, Ranking, SeenBefore, Silence, Verdict
from responder.playbook.codec import report_from_json
from responder.playbook.context import Context
from responder.policy.returning import RETURNS, came_back, lease_over_at
from responder.storage import fixes, incidents, past, reports
from responder.storage.database import Database

REMEMBERED_DAYS: Final = 30
PATIENCE_SECONDS: Final = 2.0


def _no_page(_: Incident) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Looks around an incident. `addresses` has where people look; what can't be had is left out.

    `own_runbook` is the address of the runbook that we serve, for sites that have configured no other;
    `page_url` that of an incident's page.
    """

    addresses: Context
    alertmanager: Alertmanager | None
    database: Database | None
    clock: Clock
    own_runbook: Callable[[], str] = str
    page_url: Callable[[Incident], str] = _no_page

    async def of(self, incident: Incident) -> Context:
        """The context of an explanation of this incident."""
        known, muted = await asyncio.gather(self._known(incident), self.silences(incident))
        runbook = self.addresses.runbook_url or self.own_runbook()
        return replace(known, runbook_url=runbook, silences=muted)

    async def silences(self, incident: Incident) -> tuple[Silence, ...]:
        """The silences that mute alerts of this incident now."""
        muted = [alert.labels for alert in incident.active if alert.status is AlertStatus.SILENCED]
        if self.alertmanager is None or not muted:
            return ()
        try:
            found = await self.alertmanager.silences(within=PATIENCE_SECONDS)
        except AdapterError:  # That they are silenced is known; by whom can't be had.
            return ()
        return tuple(_shown(one) for one in found if one.state == "active" and mutes(one, muted))

    async def _known(self, incident: Incident) -> Context:
        """What we know ourselves of what was before."""
        if self.database is None:
            return self.addresses
        return await asyncio.to_thread(self._look_back, self.database, incident)

    def _look_back(self, database: Database, incident: Incident) -> Context:
        since = self.clock() - timedelta(days=REMEMBERED_DAYS)
        with database.read() as connection:
            return replace(
                self.addresses,
                seen_before=_seen_before(connection, incident, since),
                came_back=self._came_back(connection, incident),
            )

    def _came_back(self, connection: sa.Connection, incident: Incident) -> CameBack | None:
        """The lease after whose end it fires again, with a link to the incident that this was for."""
        if not incident.active:
            return None
        earliest = min(alert.starts_at for alert in incident.active)
        found = came_back(incident.active, fixes.ended_since(connection, earlier(earliest, RETURNS)))
        if found is None:
            return None
        alert, fix = found
        other = incidents.load(connection, fix.incident) if fix.incident != incident.id else None
        return CameBack(
            title=fix.title,
            incident=fix.incident,
            ended_at=lease_over_at(fix) or alert.starts_at,
            fires_since=alert.starts_at,
            url=self.page_url(other) if other else "",
        )


def _seen_before(connection: sa.Connection, incident: Incident, since: datetime) -> SeenBefore | None:
    before = past.like(connection, incident, since)
    if before is None:
        return None
    stored = reports.newest(connection, before.last)
    return SeenBefore(
        times=before.times,
        within_days=REMEMBERED_DAYS,
        last_incident=before.last,
        last_closed_at=before.last_closed_at,
        last_cause=_cause(stored.body) if stored else "",
        last_ending=before.last_ending or "",
    )


def _cause(body: str) -> str:
    """What the last report said was most likely; empty where it could not tell or can't be read any more."""
    try:
        worst = report_from_json(body).worst
    except ValueError:
        return ""
    ranking = worst.ranking if worst else Ranking(verdict=Verdict.NONE)
    return ranking.causes[0].title if ranking.verdict is Verdict.CLEAR else ""


def mutes(silence: SilenceRecord, labels: Iterable[Mapping[str, str]]) -> bool:
    """Whether a silence's matchers match one of these label sets, a missing label being an empty value."""
    return any(all(_matches(matcher, one) for matcher in silence.matchers) for one in labels)


def _matches(matcher: Matcher, labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher.name, "")
    try:
        hit = bool(re.fullmatch(matcher.value, value)) if matcher.is_regex else value == matcher.value
    except re.error:  # Go's syntax knows a little that Python's does not.
        return False
    return hit is matcher.is_equal


def _shown(record: SilenceRecord) -> Silence:
    return Silence(id=record.id, created_by=record.created_by, comment=record.comment, ends_at=record.ends_at)
