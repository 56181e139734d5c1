"""Watches a quick fix from its proposal to its end, pressing the buttons in Slack where nobody else does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from responder.demo.outcome import Outcome, Step
from responder.demo.waiting import NotSeenError, seen
from responder.demo.watch import Watch
from responder.domain.fix import FixEnd, FixKind, FixState
from responder.domain.units import number
from responder.render.buttons import APPROVE, REVERT

PROPOSED_WITHIN: Final = 60.0
PRESSED_WITHIN: Final = 60.0
PERSON_WITHIN: Final = 60.0
"""How long whoever watches has to press the button themselves."""
VERIFIED_WITHIN: Final = 120.0
UNDONE_WITHIN: Final = 90.0
"""After the lease's end, or after it was ordered."""
WAITS: Final = 6
"""By so many times its length a lease lasts longer at most, while undoing it would bring the alert back."""

View = Mapping[str, Any]


class Presses(StrEnum):
    """Who approves the quick fix that answers a scenario's cause."""

    PERSON = "person"
    """Whoever watches, if they like."""
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """Which quick fix there is, who approves it, and how it is to end.

    `fix`: its id in the playbook. `targets`: what it has to be applied to, one after the other.
    `natural_end`: wait for the lease's end; else it is undone by hand, which three times in a row makes the
    responder pause all fixes: before the next one whoever did it resumes them.
    """

    fix: str
    targets: int = 1
    presses: Presses = Presses.DEMO
    natural_end: bool = False


@dataclass(slots=True)
class Mending:
    """One quick fix for the incident of one scenario, on each of its targets."""

    watch: Watch
    cure: Cure
    outcome: Outcome
    reached: Callable[[Step], Awaitable[None]]
    _fixes: list[str] = field(default_factory=list)
    """Ids of those that are approved."""

    async def applied(self) -> bool:
        """Wait until it is approved; false where it was left to a person, and nobody did.

        Raises:
            NotSeenError: it was not proposed, or can't be approved.
        """
        if self.cure.presses is Presses.DEMO:
            await seen("quick fixes that are not paused", self._resumed, PRESSED_WITHIN)
        await seen(f"a proposal of {self.cure.fix}", self._proposed, PROPOSED_WITHIN)
        self.outcome.left_to_people = self.cure.presses is Presses.PERSON
        await self.reached(Step.PROPOSED)
        try:
            approved = [await self._approved() for _ in range(self.cure.targets)]
        except NotSeenError:
            if self.cure.presses is Presses.PERSON:
                return False
            raise
        self.outcome.fix = "; ".join(map(_words, approved))
        await self.reached(Step.APPROVED)
        return True

    async def verified(self) -> None:
        """Wait until it was seen to work.

        Raises:
            NotSeenError: it did not work in time.
        """
        for fix in await seen(f"{self.cure.fix} verified or ended", self._settled, VERIFIED_WITHIN):
            if not fix["verified_at"]:
                raise NotSeenError(f"{self.cure.fix} ended as {fix['outcome']}: {fix['outcome_text']}")
        await self.reached(Step.VERIFIED)

    async def undone(self) -> None:
        """Wait until its lease is over and the knob stands where it stood; a one-shot has nothing to undo.

        Raises:
            NotSeenError: it was not undone in time.
        """
        if any([await self._undone(await self.watch.fix(fix)) for fix in self._fixes]):
            await self.reached(Step.UNDONE)

    async def _undone(self, fix: View) -> bool:
        """Whether there was anything to undo."""
        if fix["kind"] == FixKind.ONE_SHOT:
            return False
        end, within = FixEnd.EXPIRED, UNDONE_WITHIN
        if self.cure.natural_end:
            within += fix["lasts_seconds"] * (1 + WAITS)
        else:
            end = FixEnd.REVERTED
            await seen("the button to undo", lambda: self._pressed(REVERT, fix), PRESSED_WITHIN)
        over = await seen(f"the end of {self.cure.fix}", lambda: self._over(fix["id"]), within)
        value = await self.watch.knob(over["target"])
        if over["outcome"] != end or value != over["from"]:
            raise NotSeenError(f"{self.cure.fix} ended as {over['outcome']}; the knob stands at {value}")
        return True

    async def _resumed(self) -> bool | None:
        """Whether quick fixes go on; where they are paused, resume them."""
        if not await self.watch.paused():
            return True
        await self.watch.command("/hypertool resume")
        return None

    async def _proposed(self) -> View | None:
        """The first that is offered, which is for the worst alert."""
        offered = [one for one in await self._all() if one["state"] == FixState.PROPOSED]
        return next((one for one in reversed(offered) if not one["refusal"]), None)

    async def _approved(self) -> View:
        """The next one that is approved."""
        demo = self.cure.presses is Presses.DEMO
        look, within = (self._approve, PRESSED_WITHIN) if demo else (self._under_way, PERSON_WITHIN)
        fix = await seen(f"{self.cure.fix} approved", look, within)
        self._fixes.append(fix["id"])
        return fix

    async def _approve(self) -> View | None:
        """Press the button, as soon as it is there; a proposal that was made anew has another one."""
        proposal = await self._proposed()
        if proposal is not None and not await self._pressed(APPROVE, proposal) and self._fixes:
            # The second and later ones may have no room in the message.
            await self.watch.choose(self.outcome.incident, proposal)
        return await self._under_way()

    async def _pressed(self, action: str, fix: View) -> bool | None:
        return await self.watch.press(self.outcome.incident, action, fix) or None

    async def _under_way(self) -> View | None:
        new = [one for one in await self._all() if one["approved_at"] and one["id"] not in self._fixes]
        return new[0] if new else None

    async def _settled(self) -> list[View] | None:
        """All of them, once each works or is over."""
        found = [await self.watch.fix(fix) for fix in self._fixes]
        return found if all(fix["verified_at"] or fix["outcome"] for fix in found) else None

    async def _over(self, fix_id: str) -> View | None:
        fix = await self.watch.fix(fix_id)
        return fix if fix["state"] == FixState.ENDED else None

    async def _all(self) -> list[View]:
        """All of this quick fix, the newest first."""
        found = await self.watch.fixes(self.outcome.incident)
        return [one for one in found if one["quick_fix"] == self.cure.fix]


def _words(fix: View) -> str:
    """What it does, as people read it; a one-shot sets nothing."""
    before, after = (number(one) if isinstance(one, float | int) else one for one in (fix["from"], fix["to"]))
    title = f"{fix['title']} ({fix['about']})" if fix["about"] else str(fix["title"])
    return f"{title}: {before} → {after}" if fix["kind"] == FixKind.LEASE else title
