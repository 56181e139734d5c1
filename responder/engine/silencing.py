"""The move `silence`: have an incident muted as somebody asked, and show it.

The intent is on the incident before anything is sent; what an earlier try made is found again by its mark.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from responder.domain.asked import silence_failed, silence_made
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.domain.incident import Incident
from responder.domain.marks import AskedSilence, SilenceState
from responder.engine import orders
from responder.engine.desk import Desk
from responder.engine.ports import Mutes
from responder.log import Action, get_logger
from responder.storage import incidents, leases
from responder.storage.leases import Lease

DEADLINE: Final = 20.0
"""Seconds for one try: it may take several silences."""
LEASE: Final = timedelta(seconds=40)
GIVES_UP_AFTER: Final = timedelta(minutes=15)
"""Whoever asked for it has long noticed by then that it is not muted."""

log = get_logger()


class Silenced(StrEnum):
    """How an order to mute an incident ended."""

    MADE = "made"
    RETRYING = "retrying"
    FAILED = "failed"
    NOT_DUE = "not_due"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Silencing:
    """Makes the move."""

    desk: Desk
    mutes: Mutes

    async def __call__(self, order: str, incident: str, silence_id: str) -> Silenced:
        begun = await self.desk.aside(lambda: self._begin(order, incident, silence_id))
        if isinstance(begun, Silenced):
            return begun
        asked, silence = begun
        try:
            async with asyncio.timeout(DEADLINE):
                made = await self.mutes.mute(asked, silence)
        except TimeoutError:
            late = Unreachable("Alertmanager", Reason.TIMEOUT, f"no answer in {DEADLINE:.0f} s")
            return await self.desk.aside(lambda: self._put_off(order, asked, silence, late))
        except AdapterError as error:
            failure = error
            return await self.desk.aside(lambda: self._put_off(order, asked, silence, failure))
        done = replace(silence, state=SilenceState.MADE, made=made, due_at=None)
        log.info(Action.SILENCED, incident=incident, by=silence.by, until=silence.until.isoformat())
        return await self.desk.aside(lambda: self._settle(order, asked, done))

    def _begin(
        self, order: str, incident_id: str, silence_id: str
    ) -> tuple[Incident, AskedSilence] | Silenced:
        with self.desk.work() as work:
            incident = incidents.load(work.connection, incident_id)
            if incident is None or not _due(incident, silence_id):
                return Silenced.NOT_DUE
            assert incident.silence is not None  # noqa: S101 - for the type checker
            now = self.desk.clock()
            if leases.acquire(work.connection, _key(incident_id), order, now, now + LEASE) is Lease.TAKEN:
                return Silenced.UNDER_WAY
            return incident, incident.silence

    def _put_off(self, order: str, asked: Incident, silence: AskedSilence, error: AdapterError) -> Silenced:
        """Another try, or none where that is of no use."""
        now = self.desk.clock()
        log.warning(Action.SILENCE_FAILED, incident=asked.id, reason=error.reason, error=str(error)[:300])
        if isinstance(error, Refused) or now - silence.at >= GIVES_UP_AFTER:
            failed = replace(silence, state=SilenceState.FAILED, failure=str(error)[:300], due_at=None)
            return self._settle(order, asked, failed)
        attempts = silence.attempts + 1
        wait = orders.backoff(attempts)
        again = replace(silence, attempts=attempts, due_at=now + timedelta(seconds=wait))
        with self.desk.work() as work:
            leases.release(work.connection, _key(asked.id), order)
            incident = incidents.load(work.connection, asked.id, for_change=True)
            if incident is None or not _due(incident, silence.id):
                return Silenced.NOT_DUE
            incidents.update(work.connection, incident, replace(incident, silence=again))
            work.order([orders.silence(asked.id, silence.id, delay=wait, again=attempts + 1)])
        return Silenced.RETRYING

    def _settle(self, order: str, asked: Incident, silence: AskedSilence) -> Silenced:
        now = self.desk.clock()
        made = silence.state is SilenceState.MADE
        with self.desk.work() as work:
            leases.release(work.connection, _key(asked.id), order)
            incident = incidents.load(work.connection, asked.id, for_change=True)
            if incident is None or not _due(incident, silence.id):
                return Silenced.NOT_DUE
            settled = silence_made if made else silence_failed
            self.desk.keep(work, incident, settled(incident, silence, now))
        return Silenced.MADE if made else Silenced.FAILED


def _due(incident: Incident, silence: str) -> bool:
    """Whether this is the silence that was asked for last, and it is neither made nor given up."""
    asked = incident.silence
    return asked is not None and asked.id == silence and asked.state is SilenceState.ORDERED


def _key(incident: str) -> str:
    return f"silence/{incident}"
