"""The action `silence`: Alertmanager mutes exactly this alert for a time, and says who wanted it."""

from typing import ClassVar, Self

from responder.actions.action import OneShot, mark, reason
from responder.actions.matchers import exact
from responder.actions.tools import WITHIN, Tools
from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher, SilenceOrder, SilenceRecord
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
        if ours is None:
            return Look(Seen.UNTOUCHED)
        until = utc(ours.ends_at)
        if ours.state == "expired":
            return Look(Seen.CHANGED, ours.id, f"the silence {ours.id} was ended at {until}")
        return Look(Seen.OURS, ours.id, f"silence {ours.id} until {until}")

    async def apply(self, fix: Fix) -> str:
        """Make it, if it is not there."""
        ours = await self._ours(fix)
        if ours is not None:
            return f"silence {ours.id} is there already"
        now = self._clock()
        order = SilenceOrder(
            matchers=_matchers(fix),
            starts_at=now,
            ends_at=now + fix.lasts,
            created_by=fix.approved_by or "nobody",
            comment=reason(fix),
        )
        return f"silence {await self._alertmanager.create_silence(order, within=WITHIN)}"

    async def _ours(self, fix: Fix) -> SilenceRecord | None:
        listed = await self._alertmanager.silences([_name(fix)], within=WITHIN)
        return next((one for one in listed if mark(fix) in one.comment), None)


ACTION = Silence


def _matchers(fix: Fix) -> tuple[Matcher, ...]:
    """All labels of the alert; its name also where they lack it."""
    return exact({"alertname": fix.alert_name, **fix.labels})


def _name(fix: Fix) -> Matcher:
    return Matcher("alertname", fix.labels.get("alertname", fix.alert_name))
