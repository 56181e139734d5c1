"""Works out what somebody asked; every end is an answer, also what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from responder.domain.answers import Answer, Diagnosed, FarSide, FixList, OneIncident, Paused, Plain, State
from responder.domain.command import Asked, Verb
from responder.domain.errors import AdapterError, BadInput, Busy
from responder.domain.fix import Fix, FixState
from responder.domain.incident import Incident, IncidentState
from responder.domain.notice import Notice
from responder.domain.report import Report
from responder.domain.watchdog import Watch
from responder.engine import doctor
from responder.engine.commands.about import Inquiry
from responder.engine.commands.known import METRICS
from responder.engine.commands.parts import CommandParts
from responder.engine.desk import Desk
from responder.log import Action, get_logger
from responder.playbook.codec import report_from_json
from responder.storage import breaker, fixes, incidents, listing, reports
from responder.storage.breaker import Breaker
from responder.storage.reports import StoredReport

INCIDENTS_SHOWN: Final = 10
INCIDENTS_READ: Final = 200
"""Of more, the newest."""
FIXES_SHOWN: Final = 20
LIVING: Final = tuple(state for state in FixState if state is not FixState.ENDED)

log = get_logger()

PageUrl = Callable[[Incident], str]


@dataclass(frozen=True, slots=True)
class Working:
    """Finds answers. `page_url` is an incident's page for people, `watch` how it stands with the watchdog."""

    desk: Desk
    parts: CommandParts
    page_url: PageUrl
    watch: Callable[[], Watch]

    async def answer(self, asked: Asked) -> Answer:
        """The answer. Raises `Busy` where the database can't be reached."""
        try:
            return await self._ways()[asked.command.verb](asked)
        except (BadInput, AdapterError) as error:
            return Plain(text=_sentence(str(error)))
        except Busy:
            raise
        except Exception as error:  # The border: whoever asked waits for an answer.
            log.exception(Action.MOVE_FAILED, move="answer", exc_info=error)
            return Plain(text="This broke on a mistake of the responder's own; its log says more.")

    def _ways(self) -> Mapping[Verb, Callable[[Asked], Awaitable[Answer]]]:
        return {
            Verb.STATUS: self._state,
            Verb.DIAGNOSE: self._diagnosed,
            Verb.INCIDENT: self._incident,
            Verb.WHY: self._why,
            Verb.FIXES: self._fixes,
        }

    async def _diagnosed(self, asked: Asked) -> Answer:
        notice = await self.parts.diagnose(asked.command.subject, asked.command.labels)
        return Diagnosed(notice=notice)

    async def _incident(self, asked: Asked) -> Answer:
        notice = await self.desk.aside(lambda: self._one(asked.command.subject))
        if notice is None:
            return Plain(text=f'There is no incident "{asked.command.subject}" any more, or there never was.')
        return OneIncident(notice=notice)

    async def _why(self, asked: Asked) -> Answer:
        inquiry = Inquiry(self.parts.clients, self.parts.values, self.desk)
        return await inquiry.about(asked.command.labels or dict.fromkeys(METRICS, asked.command.subject))

    async def _fixes(self, asked: Asked) -> Answer:  # noqa: ARG002 - as all of these
        def call() -> FixList:
            with self.desk.database.read() as connection:
                living = fixes.newest(connection, LIVING, FIXES_SHOWN)
                over = fixes.newest_taken(connection, FIXES_SHOWN - len(living))
                paused = _paused(breaker.read(connection))
            return FixList(at=self.desk.clock(), fixes=(*living, *over), breaker=paused)

        return await self.desk.aside(call)

    async def _state(self, asked: Asked) -> Answer:  # noqa: ARG002 - as all of these
        parts = [part for part in doctor.far_sides(self.parts.clients) if part[2] is not None]
        far_sides = await asyncio.gather(*(_far_side(*part) for part in parts))
        notices, more, holding, paused = await self.desk.aside(self._kept_state)
        watch, now = await self.desk.aside(self.watch), self.desk.clock()
        watchdog = FarSide(name="Watchdog", fine=watch.fine, said=watch.said(now))
        return State(
            at=now,
            incidents=notices,
            more=more,
            fixes=holding,
            breaker=paused,
            far_sides=(*far_sides, watchdog),
        )

    def _kept_state(self) -> tuple[tuple[Notice, ...], int, tuple[Fix, ...], Paused]:
        with self.desk.database.read() as connection:
            newest = listing.page(connection, state=IncidentState.OPEN, limit=INCIDENTS_READ).incidents
            worst = sorted(newest, key=lambda incident: incident.severity.rank)[:INCIDENTS_SHOWN]
            more = sum(incidents.count_open(connection).values()) - len(worst)
            notices = tuple(self._notice(connection, incident) for incident in worst)
            return notices, max(0, more), fixes.holding(connection), _paused(breaker.read(connection))

    def _one(self, incident: str) -> Notice | None:
        with self.desk.database.read() as connection:
            found = incidents.load(connection, incident)
            return None if found is None else self._notice(connection, found)

    def _notice(self, connection: sa.Connection, incident: Incident) -> Notice:
        stored = reports.newest(connection, incident.id)
        return Notice(
            incident=incident,
            report=_report(stored) if stored else None,
            fixes=fixes.of_incident(connection, incident.id),
            at=self.desk.clock(),
            page_url=self.page_url(incident),
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


async def _far_side(name: str, setting: str, examine: doctor.Examine | None) -> FarSide:
    found = await doctor.examined(name, setting, examine)
    return FarSide(name=name, fine=found.verdict is doctor.Verdict.FINE, said=found.said)


def _report(stored: StoredReport) -> Report | None:
    """The report, if this version of ours can still read it."""
    try:
        return report_from_json(stored.body)
    except ValueError:
        return None


def _paused(stands: Breaker) -> Paused:
    since = stands.changed_at if stands.by else None
    return Paused(paused=stands.open, why=stands.why, by=stands.by, since=since)
