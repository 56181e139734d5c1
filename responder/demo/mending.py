"""Watches a quick fix from its proposal to its end, pressing the buttons in Slack where nobody else does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from responder.demo.outcome import Outcome, Step
from responder.demo.waiting import NotSeenError, seen
from responder.demo.watch import Watch
from responder.domain.fix import FixEnd, FixKind, FixState
from responder.domain.units import number
from responder.render.buttons import APPROVE, REVERT

PROPOSED_WITHIN: Final = 20.0
PRESSED_WITHIN: Final = 20.0
PERSON_WITHIN: Final = 60.0
"""How long whoever watches has to press the button themselves."""
VERIFIED_WITHIN: Final = 60.0
UNDONE_WITHIN: Final = 30.0
"""After the lease's end, or after it was ordered."""

View = Mapping[str, Any]


class Presses(StrEnum):
    """Who approves the quick fix that answers a scenario's cause."""

    PERSON = "person"
    """Whoever watches, if they like."""
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """Which quick fix there is, who approves it, and how it is to end.

    `fix`: its id in the playbook. `natural_end`: wait for the lease's end; else it is undone by hand, which
    three times in a row makes the responder pause all fixes.
    """

    fix: str
    presses: Presses = Presses.DEMO
    natural_end: bool = False


@dataclass(slots=True)
class Mending:
    """One quick fix for the incident of one scenario."""

    watch: Watch
    cure: Cure
    outcome: Outcome
    reached: Callable[[Step], Awaitable[None]]
    _fix: str = ""
    """Its id, once it is approved."""

    async def applied(self) -> bool:
        """Wait until it is approved; false where it was left to a person, and nobody did.

        Raises:
            NotSeenError: it was not proposed, or can't be approved.
        """
        await seen(f"a proposal of {self.cure.fix}", self._proposed, PROPOSED_WITHIN)
        self.outcome.left_to_people = self.cure.presses is Presses.PERSON
        await self.reached(Step.PROPOSED)
        try:
            fix = await self._approved()
        except NotSeenError:
            if self.cure.presses is Presses.PERSON:
                return False
            raise
        self._fix, self.outcome.fix = fix["id"], _words(fix)
        await self.reached(Step.APPROVED)
        return True

    async def verified(self) -> None:
        """Wait until it was seen to work.

        Raises:
            NotSeenError: it did not work in time.
        """
        fix = await seen(f"{self.cure.fix} verified or ended", self._settled, VERIFIED_WITHIN)
        if not fix["verified_at"]:
            raise NotSeenError(f"{self.cure.fix} ended as {fix['outcome']}: {fix['outcome_text']}")
        await self.reached(Step.VERIFIED)

    async def undone(self) -> None:
        """Wait until its lease is over and the knob stands where it stood; a one-shot has nothing to undo.

        Raises:
            NotSeenError: it was not undone in time.
        """
        fix = await self.watch.fix(self._fix)
        if fix["kind"] == FixKind.ONE_SHOT:
            return
        end, within = FixEnd.EXPIRED, UNDONE_WITHIN
        if self.cure.natural_end:
            within += fix["lasts_seconds"]
        else:
            end = FixEnd.REVERTED
            await seen("the button to undo", lambda: self._pressed(REVERT, fix), PRESSED_WITHIN)
        over = await seen(f"the end of {self.cure.fix}", self._over, within)
        value = await self.watch.knob(over["target"])
        if over["outcome"] != end or value != over["from"]:
            raise NotSeenError(f"{self.cure.fix} ended as {over['outcome']}; the knob stands at {value}")
        await self.reached(Step.UNDONE)

    async def _proposed(self) -> View | None:
        newest = await self._newest()
        offered = newest and newest["state"] == FixState.PROPOSED and not newest["refusal"]
        return newest if offered else None

    async def _approved(self) -> View:
        if self.cure.presses is Presses.DEMO:
            return await seen(f"{self.cure.fix} approved", self._approve, PRESSED_WITHIN)
        return await seen(f"{self.cure.fix} approved", self._under_way, PERSON_WITHIN)

    async def _approve(self) -> View | None:
        """Press the button, as soon as it is there; a proposal that was made anew has another one."""
        proposal = await self._proposed()
        if proposal is not None:
            await self._pressed(APPROVE, proposal)
        return await self._under_way()

    async def _pressed(self, action: str, fix: View) -> bool | None:
        return await self.watch.press(self.outcome.incident, action, fix) or None

    async def _under_way(self) -> View | None:
        newest = await self._newest()
        return newest if newest and newest["approved_at"] else None

    async def _settled(self) -> View | None:
        fix = await self.watch.fix(self._fix)
        return fix if fix["verified_at"] or fix["outcome"] else None

    async def _over(self) -> View | None:
        fix = await self.watch.fix(self._fix)
        return fix if fix["state"] == FixState.ENDED else None

    async def _newest(self) -> View | None:
        found = await self.watch.fixes(self.outcome.incident)
        return next((one for one in found if one["quick_fix"] == self.cure.fix), None)


def _words(fix: View) -> str:
    """What it does, as people read it; a one-shot sets nothing."""
    before, after = (number(one) if isinstance(one, float | int) else one for one in (fix["from"], fix["to"]))
    return f"{fix['title']}: {before} → {after}" if fix["kind"] == FixKind.LEASE else str(fix["title"])
