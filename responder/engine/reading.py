"""What others want to know of incidents: for the API, pages and commands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from responder import metrics
from responder.domain.alert import Severity
from responder.domain.errors import Busy
from responder.domain.fix import Fix
from responder.domain.incident import Event, Incident, IncidentState
from responder.domain.marks import Tally
from responder.domain.notice import Delivery, Kin
from responder.domain.watchdog import Watch
from responder.engine.desk import Desk
from responder.engine.growth import kin_of
from responder.storage import (
    deliveries,
    fixes,
    incidents,
    listing,
    notifications,
    reports,
    tallies,
    timeline,
)
from responder.storage.listing import Page
from responder.storage.notifications import RoundTrip
from responder.storage.reports import StoredReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Everything about one incident."""

    incident: Incident
    report: StoredReport | None
    deliveries: tuple[Delivery, ...]
    fixes: tuple[Fix, ...]
    timeline: tuple[Event, ...]
    kin: tuple[Kin, ...] = ()


def _no_page(_: Incident) -> str:
    return ""


def _unwatched() -> Watch:
    return Watch(expected=False, heard_at=None, lost_at=None)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads; changes nothing. Raises `Busy` where the database can't be reached."""

    desk: Desk
    page_url: Callable[[Incident], str] = _no_page
    watch: Callable[[], Watch] = _unwatched

    async def page(
        self,
        *,
        state: IncidentState | None = None,
        alert_name: str | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> Page:
        """A part of the list of incidents, the newest first."""

        def call() -> Page:
            with self.desk.database.read() as connection:
                return listing.page(connection, state=state, alert_name=alert_name, after=after, limit=limit)

        return await self.desk.aside(call)

    async def one(self, incident: str) -> Details | None:
        """One incident with all that belongs to it."""

        def call() -> Details | None:
            with self.desk.database.read() as connection:
                found = incidents.load(connection, incident)
                if found is None:
                    return None
                return Details(
                    incident=found,
                    report=reports.newest(connection, incident),
                    deliveries=deliveries.of(connection, incident),
                    fixes=fixes.of_incident(connection, incident),
                    timeline=timeline.of(connection, incident),
                    kin=kin_of(connection, incident, self.page_url),
                )

        return await self.desk.aside(call)

    async def tallies(self) -> Mapping[str, Tally]:
        """How often each alert was a false alarm; none where the database is away."""

        def call() -> Mapping[str, Tally]:
            with self.desk.database.read() as connection:
                return tallies.all_of(connection)

        try:
            return await self.desk.aside(call)
        except Busy:
            return {}

    async def tally(self, alert_name: str) -> Tally:
        """The same of one alert."""

        def call() -> Tally:
            with self.desk.database.read() as connection:
                return tallies.of(connection, alert_name)

        try:
            return await self.desk.aside(call)
        except Busy:
            return Tally()

    async def round_trip(self, nonce: str) -> RoundTrip | None:
        """Whether the doctor's test alert has arrived."""

        def call() -> RoundTrip | None:
            with self.desk.database.read() as connection:
                return notifications.round_trip(connection, nonce)

        return await self.desk.aside(call)

    async def watchdog(self) -> Watch:
        """How it stands with the watchdog."""
        return await self.desk.aside(self.watch)

    async def show_open(self) -> None:
        """Set the metric of open incidents; as it was, if the database is away."""

        def call() -> dict[Severity, int]:
            with self.desk.database.read() as connection:
                return incidents.count_open(connection)

        try:
            counted = await self.desk.aside(call)
        except Busy:
            return
        for severity in Severity:
            metrics.INCIDENTS_OPEN.labels(severity).set(counted.get(severity, 0))
