"""Has the engine hear what people ask of an incident, and says what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from responder.domain.errors import Busy
from responder.engine.asking import Asking, Heard, Reply
from responder.render.asks import AGAIN, SILENCE, TAKE, UNSILENCE
from responder.render.limits import clean
from responder.render.view import headline, view
from responder.slackbot import words
from responder.slackbot.approvers import Approvers, Standing
from responder.slackbot.deciding import Outcome
from responder.slackbot.payload import ShortId, User, value_of

WHY_LONGEST: Final = 300
"""Characters of a reason that are kept."""
SILENCE_IT: Final = "silence anything"
"""What only approvers may."""


class OfIncident(BaseModel):
    """A button's value: the incident, and what was shown of it."""

    incident: ShortId
    revision: int | None = None
    silence: ShortId | None = None
    taken_by: Annotated[str, Field(max_length=300)] | None = None


Press = Callable[[Asking, OfIncident, str], Awaitable[Reply]]


async def _again(asking: Asking, about: OfIncident, who: str) -> Reply:
    return await asking.investigate(about.incident, who, about.revision)


async def _take(asking: Asking, about: OfIncident, who: str) -> Reply:
    return await asking.take(about.incident, who, about.taken_by)


async def _unsilence(asking: Asking, about: OfIncident, who: str) -> Reply:
    return await asking.unsilence(about.incident, who, about.silence)


PRESSED: Final[Mapping[str, Press]] = {AGAIN: _again, TAKE: _take, UNSILENCE: _unsilence}
DONE: Final[Mapping[str, str]] = {AGAIN: "It is being investigated anew.", TAKE: "", UNSILENCE: ""}
"""What whoever pressed is told; nothing where the message itself shows it."""
FOR_APPROVERS: Final = frozenset({UNSILENCE})
ENDS: Final = "Its silence is being ended; the message shows when that is done."


@dataclass(frozen=True, slots=True)
class Asks:
    """Hears everybody in the workspace; what changes Alertmanager is for approvers."""

    asking: Asking
    approvers: Approvers

    async def press(self, action: str, value: str, user: User) -> str:
        """Do what a button says; words for whoever pressed."""
        about = value_of(OfIncident, value)
        if about is None:
            return words.UNREADABLE
        if action in FOR_APPROVERS and (refused := await self.refusal(user)):
            return refused
        heard = await self._heard(PRESSED[action](self.asking, about, user.who))
        return DONE[action] if heard.done else heard.words

    async def refusal(self, user: User) -> str:
        """Why this person may not silence anything, in words; empty: they may."""
        standing = await self.approvers.standing(user.id)
        if standing is Standing.MAY:
            return ""
        return words.not_you(standing, user.id, self.approvers.named(), SILENCE_IT)

    async def title(self, incident: str, form: str) -> Outcome:
        """What a form calls the incident it is about, or why it isn't to be opened for that.

        Raises:
            Busy: the database can't be reached.
        """
        notice = await self.asking.notice(incident)
        if notice is None:
            return Outcome(words.NO_INCIDENT)
        if form == SILENCE and not notice.incident.open:
            return Outcome(words.OVER)
        seen = view(notice)
        return Outcome(f"[{seen.word}] {headline(seen.worst)} ({incident})", done=True)

    async def silence(self, incident: str, user: User, lasts: timedelta, why: str) -> Outcome:
        """Have it silenced, if they may."""
        if refused := await self.refusal(user):
            return Outcome(refused)
        asked = self.asking.silence(incident, user.who, lasts, clean(why, WHY_LONGEST))
        return await self._heard(asked, "It is being silenced; the message shows when that is done.")

    async def unsilence(self, incident: str, user: User) -> Outcome:
        """Have its silence ended, if they may."""
        if refused := await self.refusal(user):
            return Outcome(refused)
        return await self._heard(self.asking.unsilence(incident, user.who), ENDS)

    async def false_alarm(self, incident: str, user: User, why: str) -> Outcome:
        """Keep that nothing was wrong."""
        said = self.asking.false_alarm(incident, user.who, clean(why, WHY_LONGEST))
        return await self._heard(said, "Thank you: it is kept, and counted for its playbook.")

    async def _heard(self, asked: Awaitable[Reply], done: str = "") -> Outcome:
        try:
            reply = await asked
        except Busy:
            return Outcome(words.BUSY)
        if reply.heard is Heard.DONE:
            return Outcome(done, done=True)
        start = "Too late" if reply.heard is Heard.TOO_LATE else "Nothing was done"
        return Outcome(f"{start}: {words.with_mentions(reply.words)}.")
