"""By which keys PagerDuty knows the page of an incident, by the configuration that Alertmanager runs on.

Alertmanager names a page by a digest of its group key, which has the matchers of the whole route in it: only
receivers at the same route share it.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher
from responder.clients.alertmanager_routes import Routing, routing_of
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.incident import Incident
from responder.domain.page import PageKeys, alertmanager_key, distinct
from responder.storage import pages
from responder.storage.database import Database
from responder.storage.pages import Way

WITHIN: Final = 5.0
"""Seconds for one question to Alertmanager."""
FRESH: Final = timedelta(seconds=60)
"""So long a configuration that was read is good for."""
ALERTS_ASKED: Final = 20
"""Alerts of an incident whose routes are followed; they share their name, and mostly their routes."""


@dataclass(slots=True)
class AlertmanagerPages:
    """What Alertmanager says of the pages of incidents."""

    database: Database
    alertmanager: Alertmanager
    clock: Clock
    _routing: Routing | None = None
    _read_at: datetime | None = None
    _one_reads: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keys(self, incident: Incident) -> PageKeys:
        """By which keys its page can be known; where Alertmanager can't be asked, those of its notifications.

        Raises:
            Busy: the database can't be reached.
        """
        ways = await asyncio.to_thread(self._ways, incident.id)
        try:
            routing = await self._current()
        except AdapterError:
            return PageKeys(distinct(alertmanager_key(way.group_key) for way in ways), certain=False)
        same = (alertmanager_key(way.group_key) for way in ways if way.receiver in routing.pagers)
        labels = [alert.labels for alert in list(incident.alerts.values())[:ALERTS_ASKED]]
        apart = (alertmanager_key(group) for one in labels for group in routing.page_groups(one))
        known = distinct(same)
        return PageKeys(known, tuple(key for key in distinct(apart) if key not in known))

    async def still_fires(self, incident: Incident) -> bool:
        """Whether an alert of it fires now that nothing mutes.

        Raises:
            AdapterError: Alertmanager can't be asked.
        """
        named = (Matcher("alertname", incident.alert_name),)
        fires = await self.alertmanager.alerts(named, silenced=False, inhibited=False, within=WITHIN)
        return any(alert.fingerprint in incident.alerts for alert in fires)

    async def _current(self) -> Routing:
        async with self._one_reads:
            now = self.clock()
            if self._routing is None or self._read_at is None or now - self._read_at >= FRESH:
                self._routing = routing_of(await self.alertmanager.configuration(within=WITHIN))
                self._read_at = now
            return self._routing

    def _ways(self, incident: str) -> tuple[Way, ...]:
        with self.database.read() as connection:
            return pages.ways_of(connection, incident)
