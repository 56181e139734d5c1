"""The action `silence`: Alertmanager mutes exactly this alert for a time, and says who wanted it."""

from collections.abc import Sequence
from typing import ClassVar, Self

from responder.actions.action import OneShot, mark, reason
from responder.actions.matchers import exact
from responder.actions.tools import WITHIN, Tools
from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import EXPIRED, Matcher, SilenceOrder, SilenceRecord
from responder.domain.clock import Clock, utc
from responder.domain.fix import Change, Fix, Look, Seen
from responder.policy.target import How


class Silence(OneShot):
    """Alertmanager knows no idempotency keys: our mark in the comment tells whether it was made."""

    name: ClassVar = "silence"

    def __init__(self, alertmanager: Alertmanager, clock: Clock) -> None:
        self._alertmanager = alertmanager
        self._clock = clock

    @classmethod
    def build(cls, tools: Tools) -> Self | None:
        return cls(tools.alertmanager, tools.clock) if tools.alertmanager else None

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        """Nothing is read: the gates look whether the alert is silenced already."""
        del how, ceiling
        return Change(action=self.name, target=target)

    async def look(self, fix: Fix) -> Look:
        """One that was made and has ended was ended by somebody: it is not made again."""
        ours = await self._ours(fix)
        if not ours:
            return Look(Seen.UNTOUCHED)
        first, until = ours[0], utc(ours[0].ends_at)
        if first.state == EXPIRED:
            return Look(Seen.CHANGED, first.id, f"the silence {first.id} was ended at {until}")
        return Look(Seen.OURS, first.id, f"silence {first.id} until {until}")

    async def apply(self, fix: Fix) -> str:
        """Make it, if it is not there."""
        if ours := await self._ours(fix):
            return f"silence {ours[0].id} is there already"
        now = self._clock()
        order = SilenceOrder(
            matchers=_matchers(fix),
            starts_at=now,
            ends_at=now + fix.lasts,
            created_by=fix.approved_by or "nobody",
            comment=reason(fix),
        )
        made = await self._alertmanager.create_silence(order, within=WITHIN)
        ours = await self._ours(fix)  # another member of the cluster may not have heard of it yet
        await self._end(ours[1:])
        return f"silence {ours[0].id if ours else made}"

    async def undo(self, fix: Fix) -> str:
        """End all of it: it took effect late. People are offered no way back from what is done once."""
        await self._end(await self._ours(fix))
        return ""

    async def _end(self, silences: Sequence[SilenceRecord]) -> None:
        for one in silences:
            if one.state != EXPIRED:
                await self._alertmanager.expire_silence(one.id, within=WITHIN)

    async def _ours(self, fix: Fix) -> Sequence[SilenceRecord]:
        """The first that was made is the one that stands; another one came late."""
        listed = await self._alertmanager.silences([_name(fix)], within=WITHIN)
        ours = [one for one in listed if mark(fix) in one.comment]
        return sorted(ours, key=lambda one: (one.starts_at, one.id))


ACTION = Silence


def _matchers(fix: Fix) -> tuple[Matcher, ...]:
    """All labels of the alert; its name also where they lack it."""
    return exact({"alertname": fix.alert_name, **fix.labels})


def _name(fix: Fix) -> Matcher:
    return Matcher("alertname", fix.labels.get("alertname", fix.alert_name))
