"""The move `silence`: have an incident muted as somebody asked, or no longer, and show it.

The intent is on the incident before anything is sent; what an earlier try made is found again by its mark.
What a replica sends that was frozen comes late: another one has made it by then, or ended it. So it is looked
for afterwards, by both: an order about a silence that nothing is due about ends what came late.
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
from responder.engine.delivering import milliseconds
from responder.engine.desk import Desk, Work
from responder.engine.ports import Mutes
from responder.log import Action, get_logger
from responder.storage import incidents, leases
from responder.storage.leases import Claim, Lease

DEADLINE: Final = 20.0
"""Seconds for one try: it may take several silences."""
LEASE: Final = timedelta(seconds=40)
LATE: Final = 20.0
"""Seconds after which what was sent without an answer has arrived, or never will."""
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
    TIDIED = "tidied"
    """Some of it had come late, and was ended."""


@dataclass(frozen=True, slots=True)
class _Over:
    """Nothing is due about it: all that there may be of it are these."""

    made: tuple[str, ...]


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
        if isinstance(begun, _Over):
            return await self._tidy(incident, silence_id, begun)
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

    async def _tidy(self, incident: str, silence: str, over: _Over) -> Silenced:
        """End what came late; if that fails it is looked for again while the silence would last."""
        try:
            ended = await self.mutes.tidy(silence, over.made)
        except AdapterError as error:
            log.warning(Action.SILENCE_FAILED, incident=incident, reason=error.reason, error=str(error)[:300])
            await self.desk.insist(lambda: self._tidy_again(incident, silence))
            return Silenced.RETRYING
        if not ended:
            return Silenced.NOT_DUE
        log.warning(Action.TIDIED, notifier="alertmanager", about=incident, removed=ended)
        return Silenced.TIDIED

    def _tidy_again(self, incident_id: str, silence: str) -> None:
        with self.desk.work() as work:
            incident = incidents.load(work.connection, incident_id)
            asked = incident.silence if incident else None
            if asked is not None and self.desk.clock() < asked.until:
                self._look_later(work, incident_id, silence)

    def _look_later(self, work: Work, incident: str, silence: str, wait: float = LATE) -> None:
        """Have it looked for what came late, after so many seconds."""
        at = milliseconds(self.desk.clock() + timedelta(seconds=wait))
        work.order([orders.late_silence(incident, silence, at, delay=wait)])

    def _begin(
        self, claim: Claim, incident_id: str, silence_id: str
    ) -> tuple[Incident, AskedSilence] | _Over | Silenced:
        with self.desk.work() as work:
            incident = incidents.load(work.connection, incident_id)
            if incident is None or incident.silence is None:
                return Silenced.NOT_DUE
            silence = incident.silence
            if not _due(silence, silence_id):
                return _Over(silence.made if _is_made(silence, silence_id) else ())
            lease = claim.take(work.connection, self.desk.clock(), LEASE)
            if lease is Lease.TAKEN:
                return Silenced.UNDER_WAY
            if lease is Lease.LEFT:
                self._look_later(work, incident_id, silence_id, DEADLINE + LATE)
            return incident, silence

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
                return self._overtaken(work, asked.id, silence)
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
                return self._overtaken(work, asked.id, begun)
            self.desk.keep(work, incident, change(incident, after, now))
        return outcome

    def _overtaken(self, work: Work, incident: str, begun: AskedSilence) -> Silenced:
        """Another has done it, or somebody asked for something else: what was sent here may be too much."""
        for wait in (0.0, LATE):
            self._look_later(work, incident, begun.id, wait)
        return Silenced.NOT_DUE


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


def _is_made(asked: AskedSilence, silence: str) -> bool:
    return asked.id == silence and asked.state is SilenceState.MADE


def _as_begun(incident: Incident, begun: AskedSilence) -> bool:
    """Whether nobody asked for something else meanwhile."""
    asked = incident.silence
    return asked is not None and (asked.id, asked.state) == (begun.id, begun.state)


def _key(incident: str) -> str:
    return f"silence/{incident}"
