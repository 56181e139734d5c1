"""What an explanation needs besides the playbook's answers: what was before, what mutes the alerts."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher, SilenceRecord
from responder.domain.alert import AlertStatus
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.incident import Incident
from responder.domain.report import Ranking, SeenBefore, Silence, Verdict
from responder.playbook.codec import report_from_json
from responder.playbook.context import Context
from responder.storage import past, reports
from responder.storage.database import Database

REMEMBERED_DAYS: Final = 30
PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Looks around an incident. `addresses` has where people look; what can't be had is left out.

    `own_runbook` is the address of the runbook that we serve, for sites that have configured no other.
    """

    addresses: Context
    alertmanager: Alertmanager | None
    database: Database | None
    clock: Clock
    own_runbook: Callable[[], str] = str

    async def of(self, incident: Incident) -> Context:
        """The context of an explanation of this incident."""
        seen, muted = await asyncio.gather(self._seen_before(incident), self.silences(incident))
        runbook = self.addresses.runbook_url or self.own_runbook()
        return replace(self.addresses, runbook_url=runbook, seen_before=seen, silences=muted)

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

    async def _seen_before(self, incident: Incident) -> SeenBefore | None:
        if self.database is None:
            return None
        database, since = self.database, self.clock() - timedelta(days=REMEMBERED_DAYS)
        return await asyncio.to_thread(_look_back, database, incident, since)


def _look_back(database: Database, incident: Incident, since: datetime) -> SeenBefore | None:
    with database.read() as connection:
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
