"""What people ask for: investigate again, this is mine, silence it or no longer, it is a false alarm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from responder import metrics
from responder.domain import asked
from responder.domain.asked import LONGEST_SILENCE, SHORTEST_SILENCE, TooLate, UnderWay
from responder.domain.ids import new_silence_id
from responder.domain.incident import Absorbed, EventKind, Incident
from responder.domain.marks import AskedSilence
from responder.domain.notice import Notice
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.engine.reports import report_of
from responder.storage import incidents, reports, timeline

Change = Callable[[Incident, datetime], Absorbed]


class Heard(StrEnum):
    """What came of it. Values are shown to people."""

    DONE = "done"
    NO_SUCH_INCIDENT = "no_such_incident"
    TOO_LATE = "too_late"
    """Somebody was first, or it is over; the words say who and how."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of it, the incident as it is then, and words for whoever asked where nothing was done."""

    heard: Heard
    incident: Incident | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """Changes an incident because a person wants it. Who may is for the caller to know.

    `mutes`: whether there is an Alertmanager that can be told to silence something.
    """

    desk: Desk
    mutes: bool = False

    async def notice(self, incident: str) -> Notice | None:
        """What is known of it now; None: there is no such incident.

        Raises:
            Busy: the database can't be reached.
        """

        def call() -> Notice | None:
            with self.desk.database.read() as connection:
                found = incidents.load(connection, incident)
                report = report_of(reports.newest(connection, incident))
            return Notice(incident=found, report=report, at=self.desk.clock()) if found else None

        return await self.desk.aside(call)

    async def investigate(self, incident: str, who: str, seen: int | None = None) -> Reply:
        """Run the playbook again; with `seen` only if that is still the newest revision."""
        return await self._change(incident, lambda found, now: asked.asked_again(found, now, who, seen))

    async def take(self, incident: str, who: str, seen: str | None = None) -> Reply:
        """Show everybody who has it; with `seen` only if that is whoever has it until now."""
        return await self._change(incident, lambda found, now: asked.taken(found, now, who, seen))

    async def silence(self, incident: str, who: str, lasts: timedelta, why: str = "") -> Reply:
        """Have Alertmanager mute exactly its alerts for a time; that is done as soon as it can be."""
        if not self.mutes:
            return Reply(heard=Heard.REFUSED, words="no Alertmanager is configured that could silence it")
        if not SHORTEST_SILENCE <= lasts <= LONGEST_SILENCE:
            longest = f"a silence lasts from 1 minute to {LONGEST_SILENCE.days} days"
            return Reply(heard=Heard.REFUSED, words=longest)

        def change(found: Incident, now: datetime) -> Absorbed:
            silence = AskedSilence(
                id=new_silence_id(now), by=who, at=now, until=now + lasts, why=why, due_at=now
            )
            return asked.silence_asked(found, silence)

        return await self._change(incident, change, _order_silence)

    async def unsilence(self, incident: str, who: str, seen: str | None = None) -> Reply:
        """End the silence that was asked for here before its time; with `seen` only if it is that one."""
        if not self.mutes:
            return Reply(heard=Heard.REFUSED, words="no Alertmanager is configured that could be told")
        return await self._change(
            incident, lambda found, now: asked.silence_end_asked(found, now, who, seen), _order_silence
        )

    async def false_alarm(self, incident: str, who: str, why: str) -> Reply:
        """Nothing was wrong: counted for the playbook, so that somebody mends rule or threshold."""
        reply = await self._change(incident, lambda found, now: asked.false_alarm(found, now, who, why))
        if reply.heard is Heard.DONE and reply.incident is not None:
            metrics.FALSE_ALARMS.labels(reply.incident.alert_name).inc()
        return reply

    async def _change(
        self, incident: str, change: Change, then: Callable[[Work, Incident], None] | None = None
    ) -> Reply:
        """One transaction: of two who ask at once the second is told who was first."""

        def call() -> Reply:
            with self.desk.work() as work:
                before = incidents.load(work.connection, incident, for_change=True)
                if before is None:
                    return Reply(heard=Heard.NO_SUCH_INCIDENT, words="there is no such incident")
                try:
                    absorbed = change(before, self.desk.clock())
                except TooLate as late:
                    who = _who_asked(work, before) if isinstance(late, UnderWay) else ""
                    return Reply(heard=Heard.TOO_LATE, incident=before, words=f"{late}{who}")
                self.desk.keep(work, before, absorbed)
                if then is not None:
                    then(work, absorbed.incident)
                return Reply(heard=Heard.DONE, incident=absorbed.incident)

        return await self.desk.aside(call)


def _who_asked(work: Work, incident: Incident) -> str:
    """Whoever asked last for an investigation; nobody where it was news that began it."""
    asked_for = timeline.of(work.connection, incident.id, {EventKind.INVESTIGATION_ASKED})
    return f", asked for by {asked_for[-1].text}" if asked_for else ""


def _order_silence(work: Work, incident: Incident) -> None:
    if incident.silence is not None:
        work.order([orders.silence(incident.id, incident.silence)])
