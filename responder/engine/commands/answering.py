"""The move `answer`: work out what somebody asked, and tell them where they asked.

The answer is kept before it is said, so that a crash or a lost answer changes nothing about it. It goes to
the answer address that came with the command, which is good for a while and a few times, else to the channel.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder import metrics
from responder.domain.answers import Plain
from responder.domain.command import Asked, AskedState, Said, Verb, Way
from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable
from responder.engine import orders
from responder.engine.commands.parts import Voice
from responder.engine.commands.working import Working
from responder.engine.desk import Desk, Work
from responder.log import Action, get_logger
from responder.storage import commands, leases
from responder.storage.leases import Claim, Lease

DEADLINE: Final = 15.0
"""Seconds that saying it may take."""
LEASE: Final = timedelta(seconds=90)
TOO_OLD: Final = "That is too old to be shared: ask again."
TRIED_FOR: Final = timedelta(hours=1)
"""After that nobody waits for an answer any more."""

log = get_logger()


class Answered(StrEnum):
    """How an order to answer ended. Values are metric labels: never rename one."""

    ANSWERED = "answered"
    RETRYING = "retrying"
    FAILED = "failed"
    NOT_DUE = "not_due"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Answering:
    """Makes the move."""

    desk: Desk
    working: Working
    voice: Voice

    def __post_init__(self) -> None:
        """Count from zero."""
        for verb in Verb:
            metrics.COMMANDS.labels(verb, Answered.ANSWERED)

    async def __call__(self, order: str, command: str, attempt: int) -> Answered:  # noqa: ARG002 - of every order
        claim = Claim(_key(command), order)
        asked = await self.desk.insist(lambda: self._begin(claim, command))
        if isinstance(asked, Answered):
            return asked
        said = asked.said or await self._worded(asked)
        ways = asked.ways(self.desk.clock())
        # Counted before it is used: after a crash nobody knows whether it was.
        saying = replace(asked, said=said, uses=asked.uses + (Way.URL in ways))
        if not await self.desk.insist(lambda: self._keep(claim, saying)):
            return Answered.NOT_DUE
        failure = await self._say(saying, said, ways)
        outcome = await self.desk.insist(lambda: self._finish(order, saying, failure, claim.until))
        metrics.COMMANDS.labels(asked.command.verb, outcome).inc()
        return outcome

    def _begin(self, claim: Claim, command: str) -> Asked | Answered:
        with self.desk.work() as work:
            if self._due(work, command) is None:
                return Answered.NOT_DUE
            now = self.desk.clock()
            lease = claim.take(work.connection, now, LEASE)
            if lease is Lease.TAKEN:
                return Answered.UNDER_WAY
            asked = self._due(work, command)
            if asked is None:  # answered by whoever had the lease until now
                claim.give_back(work.connection, lease, now)
                return Answered.NOT_DUE
        return replace(asked, attempts=asked.attempts + 1)

    def _due(self, work: Work, command: str) -> Asked | None:
        asked = commands.load(work.connection, command)
        return asked if asked is not None and asked.state is AskedState.ASKED else None

    async def _worded(self, asked: Asked) -> Said:
        if asked.command.verb is not Verb.SHARE:
            return self.voice.worded(await self.working.answer(asked), asked)
        shown = await self.desk.aside(lambda: self._shown(asked))
        if shown is None or shown.said is None:
            return self.voice.worded(Plain(text=TOO_OLD), asked)
        return self.voice.shared(shown.said, shown)

    def _shown(self, asked: Asked) -> Asked | None:
        """What this person was shown and wants everybody to see."""
        with self.desk.database.read() as connection:
            found = commands.load(connection, asked.command.subject)
        return found if found and found.user == asked.user else None

    def _keep(self, claim: Claim, asked: Asked) -> bool:
        """Whether it is still ours: while the database was away another one may have answered."""
        with self.desk.work() as work:
            if not claim.holds(work.connection, self.desk.clock()):
                return False
            commands.update(work.connection, asked)
        return True

    async def _say(self, asked: Asked, said: Said, ways: Sequence[Way]) -> AdapterError | None:
        """Say it; why it could not be said. What surely was not said one way goes the other."""
        failure: AdapterError | None = None
        for way in ways:
            try:
                async with asyncio.timeout(DEADLINE):
                    await self.voice.say(asked, said, way)
            except TimeoutError:
                return Unreachable("Slack", Reason.TIMEOUT, f"no answer in {DEADLINE:.0f} s")
            except AdapterError as error:
                if error.effect is not Effect.NONE and not isinstance(error, Refused):
                    return error  # it may have been said
                failure = error
            else:
                return None
        return failure

    def _finish(self, order: str, begun: Asked, failure: AdapterError | None, until: datetime) -> Answered:
        now = self.desk.clock()
        with self.desk.work() as work:
            if not leases.release(work.connection, _key(begun.id), order, until):
                return Answered.NOT_DUE  # it is kept already, or another one is at it meanwhile
            outcome = _outcome(failure, now - begun.at)
            if outcome is Answered.RETRYING:
                wait = _wait(begun, failure)
                work.order([orders.answer(begun.id, begun.attempts + 1, wait)])
                after = replace(begun, due_at=now + timedelta(seconds=wait))
            else:
                state = AskedState.ANSWERED if outcome is Answered.ANSWERED else AskedState.FAILED
                after = replace(begun, state=state, due_at=None, answer_url="")
            commands.update(work.connection, after)
        if failure is not None:
            log.warning(Action.SLACK_ANSWER_FAILED, command=begun.command.verb, error=str(failure)[:300])
        return outcome


def _outcome(failure: AdapterError | None, age: timedelta) -> Answered:
    if failure is None:
        return Answered.ANSWERED
    lasting = isinstance(failure, Refused) or age >= TRIED_FOR
    return Answered.FAILED if lasting else Answered.RETRYING


def _wait(asked: Asked, failure: AdapterError | None) -> float:
    told = failure.retry_after if isinstance(failure, Unreachable) else None
    return max(orders.backoff(asked.attempts), told or 0)


def _key(command: str) -> str:
    return f"{commands.LEASE}{command}"
