"""The move `silence`: have an incident muted as somebody asked, or no longer, and show it.

The intent is on the incident before anything is sent; what an earlier try made is found again by its mark.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder.domain.asked import silence_ended, silence_failed, silence_made, silence_not_ended
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.domain.incident import Absorbed, Incident
from responder.domain.marks import DUE, AskedSilence, SilenceState
from responder.engine import orders
from responder.engine.desk import Desk
from responder.engine.ports import Mutes
from responder.log import Action, get_logger
from responder.storage import incidents, leases
from responder.storage.leases import Claim, Lease

DEADLINE: Final = 20.0
"""Seconds for one try: it may take several silences."""
LEASE: Final = timedelta(seconds=40)
GIVES_UP_AFTER: Final = timedelta(minutes=15)
"""Whoever asked for it has long noticed by then that it is not muted."""

Change = Callable[[Incident, AskedSilence, datetime], Absorbed]

log = get_logger()


class Silenced(StrEnum):
    """How an order to mute an incident, or to end that, ended."""

    MADE = "made"
    ENDED = "ended"
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
        claim = Claim(_key(incident), order)
        begun = await self.desk.insist(lambda: self._begin(claim, incident, silence_id))
        if isinstance(begun, Silenced):
            return begun
        asked, silence = begun
        try:
            async with asyncio.timeout(DEADLINE):
                done = await self._do(asked, silence)
        except TimeoutError:
            failure: AdapterError = Unreachable(
                "Alertmanager", Reason.TIMEOUT, f"no answer in {DEADLINE:.0f} s"
            )
        except AdapterError as error:
            failure = error
        else:
            return await self.desk.insist(lambda: self._settle(order, asked, silence, done))
        log.warning(Action.SILENCE_FAILED, incident=asked.id, reason=failure.reason, error=str(failure)[:300])
        return await self.desk.insist(lambda: self._put_off(order, asked, silence, failure))

    async def _do(self, incident: Incident, silence: AskedSilence) -> AskedSilence:
        """Make it or end it; how it is then."""
        if silence.state is SilenceState.ENDING:
            await self.mutes.unmute(silence)
            log.info(Action.UNSILENCED, incident=incident.id, by=silence.ended_by)
            return replace(silence, state=SilenceState.ENDED, due_at=None)
        made = await self.mutes.mute(incident, silence)
        log.info(Action.SILENCED, incident=incident.id, by=silence.by, until=silence.until.isoformat())
        return replace(silence, state=SilenceState.MADE, made=made, due_at=None)

    def _begin(
        self, claim: Claim, incident_id: str, silence_id: str
    ) -> tuple[Incident, AskedSilence] | Silenced:
        with self.desk.work() as work:
            incident = incidents.load(work.connection, incident_id)
            if incident is None or incident.silence is None or not _due(incident.silence, silence_id):
                return Silenced.NOT_DUE
            if claim.take(work.connection, self.desk.clock(), LEASE) is Lease.TAKEN:
                return Silenced.UNDER_WAY
            return incident, incident.silence

    def _put_off(self, order: str, asked: Incident, silence: AskedSilence, error: AdapterError) -> Silenced:
        """Another try, or none where that is of no use."""
        now = self.desk.clock()
        if isinstance(error, Refused) or now - silence.asked_at >= GIVES_UP_AFTER:
            state = SilenceState.MADE if silence.state is SilenceState.ENDING else SilenceState.FAILED
            given_up = replace(silence, state=state, failure=str(error)[:300], due_at=None)
            return self._settle(order, asked, silence, given_up)
        attempts = silence.attempts + 1
        wait = orders.backoff(attempts)
        again = replace(silence, attempts=attempts, due_at=now + timedelta(seconds=wait))
        with self.desk.work() as work:
            leases.release(work.connection, _key(asked.id), order)
            incident = incidents.load(work.connection, asked.id, for_change=True)
            if incident is None or not _as_begun(incident, silence):
                return Silenced.NOT_DUE
            incidents.update(work.connection, incident, replace(incident, silence=again))
            work.order([orders.silence(asked.id, again, delay=wait, again=attempts + 1)])
        return Silenced.RETRYING

    def _settle(self, order: str, asked: Incident, begun: AskedSilence, after: AskedSilence) -> Silenced:
        now = self.desk.clock()
        change, outcome = SETTLED[begun.state, after.state]
        with self.desk.work() as work:
            leases.release(work.connection, _key(asked.id), order)
            incident = incidents.load(work.connection, asked.id, for_change=True)
            if incident is None or not _as_begun(incident, begun):
                return Silenced.NOT_DUE
            self.desk.keep(work, incident, change(incident, after, now))
        return outcome


SETTLED: Final[Mapping[tuple[SilenceState, SilenceState], tuple[Change, Silenced]]] = {
    (SilenceState.ORDERED, SilenceState.MADE): (silence_made, Silenced.MADE),
    (SilenceState.ORDERED, SilenceState.FAILED): (silence_failed, Silenced.FAILED),
    (SilenceState.ENDING, SilenceState.ENDED): (silence_ended, Silenced.ENDED),
    (SilenceState.ENDING, SilenceState.MADE): (silence_not_ended, Silenced.FAILED),
}
"""What became of it, from how it was begun to how it is then."""


def _due(asked: AskedSilence, silence: str) -> bool:
    """Whether this is the silence that was asked for last, and something is to be done about it."""
    return asked.id == silence and asked.state in DUE


def _as_begun(incident: Incident, begun: AskedSilence) -> bool:
    """Whether nobody asked for something else meanwhile."""
    asked = incident.silence
    return asked is not None and (asked.id, asked.state) == (begun.id, begun.state)


def _key(incident: str) -> str:
    return f"silence/{incident}"
