"""Has the engine decide what somebody pressed, if they may."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from responder.domain.errors import Busy
from responder.domain.fix import Fix
from responder.engine.fixing.people import Decided, Decision, People
from responder.render.buttons import APPROVE, EXTEND, REJECT, REVERT
from responder.render.limits import clean
from responder.slackbot import words
from responder.slackbot.approvers import Approvers, Standing
from responder.slackbot.payload import OfFix, User, value_of
from responder.storage.breaker import Breaker

LONGER: Final = timedelta(hours=1)
"""What the button says by which a lease is made longer."""
WHY_LONGEST: Final = 300
"""Characters of a reason that are kept."""

Act = Callable[[People, OfFix, str, str], Awaitable[Decision]]


async def _approve(people: People, about: OfFix, who: str, why: str) -> Decision:
    return await people.approve(about.fix, who, about.digest, why)


async def _reject(people: People, about: OfFix, who: str, why: str) -> Decision:
    return await people.reject(about.fix, who, why)


async def _revert(people: People, about: OfFix, who: str, why: str) -> Decision:
    return await people.revert(about.fix, who, why)


async def _extend(people: People, about: OfFix, who: str, _: str) -> Decision:
    return await people.extend(about.fix, who, LONGER, about.extended)


ACTS: Final[Mapping[str, Act]] = {APPROVE: _approve, REJECT: _reject, REVERT: _revert, EXTEND: _extend}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: words for whoever pressed, and whether it was done."""

    words: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Deciding:
    """Decides in the name of people who may."""

    people: People | None
    approvers: Approvers

    async def refusal(self, user: User) -> str:
        """Why this person may not decide anything here, in words; empty: they may."""
        if self.people is None:
            return words.ONLY_DESCRIBED
        standing = await self.approvers.standing(user.id)
        if standing is Standing.MAY:
            return ""
        return words.not_you(standing, user.id, self.approvers.named())

    async def decide(self, act: str, value: str, user: User, why: str = "") -> Outcome:
        """Do what a button says; one transaction, so of two who press the second is told who was first."""
        if refused := await self.refusal(user):
            return Outcome(refused)
        about = value_of(OfFix, value)
        if about is None or self.people is None:
            return Outcome(words.UNREADABLE)
        try:
            decision = await ACTS[act](self.people, about, user.who, clean(why, WHY_LONGEST))
        except Busy:
            return Outcome(words.BUSY)
        return Outcome(words.outcome(decision), done=decision.decided is Decided.DONE)

    async def pause(self, user: User, why: str) -> Outcome:
        """Apply no quick fix until somebody resumes."""
        return await self._of_all(user, lambda people: people.pause(user.who, clean(why, WHY_LONGEST)))

    async def resume(self, user: User) -> Outcome:
        """Apply quick fixes again."""
        return await self._of_all(user, lambda people: people.resume(user.who))

    async def _of_all(self, user: User, decide: Callable[[People], Awaitable[Breaker]]) -> Outcome:
        refused = await self.refusal(user)
        if refused or self.people is None:
            return Outcome(refused)
        try:
            return Outcome(words.paused(await decide(self.people)), done=True)
        except Busy:
            return Outcome(words.ASK_AGAIN)

    async def waiting(self) -> tuple[Fix, ...]:
        """What waits for a decision and could be approved, whatever its incident.

        Raises:
            Busy: the database can't be reached.
        """
        return await self.people.waiting() if self.people else ()

    async def none_waits(self) -> str:
        """Why there is nothing to decide about, in words.

        Raises:
            Busy: the database can't be reached.
        """
        if self.people is None:
            return words.no_fixes((), paused=False)
        stands = await self.people.breaker()
        return words.no_fixes(await self.people.held(), paused=stands.open)

    async def proposals(self, incident: str) -> tuple[Fix, ...]:
        """What waits for a decision about this incident.

        Raises:
            Busy: the database can't be reached.
        """
        return await self.people.of_incident(incident) if self.people else ()
