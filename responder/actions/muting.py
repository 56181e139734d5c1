"""Mutes an incident: Alertmanager silences exactly its alerts for a time, and says who wanted it and why."""

from dataclasses import dataclass
from typing import Final

from responder.actions.matchers import Matchers, of_all
from responder.actions.tools import WITHIN
from responder.clients.alertmanager import SYSTEM, Alertmanager
from responder.clients.alertmanager_answers import SilenceOrder, SilenceRecord
from responder.domain.clock import Clock
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.ids import content_digest
from responder.domain.incident import Incident
from responder.domain.marks import AskedSilence

SILENCES_MOST: Final = 20
"""For one incident. Who wants to mute more should say by which labels, in Alertmanager."""
EXPIRED: Final = "expired"
NAME: Final = 80
"""Characters of a person's name that Alertmanager is told."""


@dataclass(frozen=True, slots=True)
class Muting:
    """Alertmanager knows no idempotency keys: our mark in the comment tells what was made before."""

    alertmanager: Alertmanager
    clock: Clock

    async def mute(self, incident: Incident, silence: AskedSilence) -> tuple[str, ...]:
        """Make what is not there yet; Alertmanager's ids of all of it.

        Raises:
            Refused: also where it would take too many.
            Unreachable: some of it may have been made.
        """
        wanted = of_all([alert.labels for alert in incident.active])
        if not wanted or len(wanted) > SILENCES_MOST:
            raise _not_these(len(wanted))
        there = await self._there(silence)
        made = []
        for matchers in wanted:
            mark = _mark(silence, matchers)
            made.append(there.get(mark) or await self._make(incident, silence, matchers, mark))
        return tuple(made)

    async def unmute(self, silence: AskedSilence) -> None:
        """End what mutes by it, found by our marks: also what nobody knows to have been made.

        Raises:
            AdapterError: some of it may have been ended.
        """
        for one in await self._made(silence):
            if one.state != EXPIRED:
                await self.alertmanager.expire_silence(one.id, within=WITHIN)

    async def _there(self, silence: AskedSilence) -> dict[str, str]:
        """The ids of those that were made by an earlier try, by their marks."""
        start = _start(silence)
        return {one.comment[one.comment.rfind(start) :]: one.id for one in await self._made(silence)}

    async def _made(self, silence: AskedSilence) -> tuple[SilenceRecord, ...]:
        start = _start(silence)
        listed = await self.alertmanager.silences(within=WITHIN)
        return tuple(one for one in listed if start in one.comment)

    async def _make(self, incident: Incident, silence: AskedSilence, matchers: Matchers, mark: str) -> str:
        why = silence.why or "no reason given"
        order = SilenceOrder(
            matchers=matchers,
            starts_at=self.clock(),
            ends_at=silence.until,
            created_by=silence.by[:NAME],
            comment=f"{why}, for incident {incident.id} {mark}",
        )
        return await self.alertmanager.create_silence(order, within=WITHIN)


def _mark(silence: AskedSilence, matchers: Matchers) -> str:
    """By this it is known to be of this silence, and for these alerts of its incident."""
    return f"{_start(silence)}{content_digest(','.join(map(str, matchers)))}]"


def _start(silence: AskedSilence) -> str:
    return f"[silence {silence.id}/"


def _not_these(silences: int) -> Refused:
    if not silences:
        return Refused(SYSTEM, Reason.NOT_FOUND, "no alert of the incident is active", effect=Effect.NONE)
    detail = f"its alerts differ in several labels: that would take {silences} silences, more than "
    detail += f"{SILENCES_MOST}; make one in Alertmanager"
    return Refused(SYSTEM, Reason.TOO_LARGE, detail, effect=Effect.NONE)
