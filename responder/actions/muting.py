"""Mutes an incident: Alertmanager silences exactly its alerts for a time, and says who wanted it and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from responder.actions.matchers import Matchers, of_all
from responder.actions.tools import WITHIN
from responder.clients.alertmanager import SYSTEM, Alertmanager
from responder.clients.alertmanager_answers import EXPIRED, SilenceOrder, SilenceRecord
from responder.domain.clock import Clock
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.ids import content_digest
from responder.domain.incident import Incident
from responder.domain.marks import AskedSilence

SILENCES_MOST: Final = 20
"""For one incident. Who wants to mute more should say by which labels, in Alertmanager."""
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
        there = _first(silence.id, await self._made(silence.id))
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
        for one in await self._made(silence.id):
            if one.state != EXPIRED:
                await self.alertmanager.expire_silence(one.id, within=WITHIN)

    async def tidy(self, silence: str, made: Collection[str]) -> int:
        """End what came late: of each mark one stays, the one in `made` if it is; without `made` none does.

        Raises:
            AdapterError: some of it may have been ended.
        """
        there = await self._made(silence)
        kept = set(_first(silence, there, made).values()) if made else set()
        late = [one.id for one in there if one.id not in kept and one.state != EXPIRED]
        for one in late:
            await self.alertmanager.expire_silence(one, within=WITHIN)
        return len(late)

    async def _made(self, silence: str) -> tuple[SilenceRecord, ...]:
        """All of it, also what has ended."""
        listed = await self.alertmanager.silences(within=WITHIN)
        return tuple(one for one in listed if _start(silence) in one.comment)

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
    return f"{_start(silence.id)}{content_digest(','.join(map(str, matchers)))}]"


def _start(silence: str) -> str:
    return f"[silence {silence}/"


def _first(silence: str, there: Collection[SilenceRecord], made: Collection[str] = ()) -> dict[str, str]:
    """The ids by their marks: of several with one mark one in `made`, else the first that mutes."""
    start, first = _start(silence), dict[str, str]()

    def order(one: SilenceRecord) -> tuple[bool, bool, datetime, str]:
        return one.id not in made, one.state == EXPIRED, one.starts_at, one.id

    for one in sorted(there, key=order):
        first.setdefault(one.comment[one.comment.rfind(start) :], one.id)
    return first


def _not_these(silences: int) -> Refused:
    if not silences:
        return Refused(SYSTEM, Reason.NOT_FOUND, "no alert of the incident is active", effect=Effect.NONE)
    detail = f"its alerts differ in several labels: that would take {silences} silences, more than "
    detail += f"{SILENCES_MOST}; make one in Alertmanager"
    return Refused(SYSTEM, Reason.TOO_LARGE, detail, effect=Effect.NONE)
