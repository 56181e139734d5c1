"""What people decide about fixes: approve, reject, revert, extend, pause all, resume."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from responder import metrics
from responder.domain import fix as moves
from responder.domain.fix import BY_RESPONDER, Fix, FixEnd, FixState, Happened, Moved
from responder.engine.desk import Desk
from responder.engine.fixing import anew
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.log import Action, get_logger
from responder.policy.breaker import Tripped
from responder.policy.gates import WORDS, Refusal, words_of
from responder.storage import audit, breaker, fixes
from responder.storage.breaker import Breaker

LONGEST: Final = timedelta(hours=24)
"""From its application on a lease is extended no further."""

log = get_logger()


class Decided(StrEnum):
    """What came of a decision. Values are shown to people."""

    DONE = "done"
    NO_SUCH_FIX = "no_such_fix"
    TOO_LATE = "too_late"
    """Somebody decided before, or it has moved on; who and how stands in the words."""
    CHANGED = "changed"
    """It is no longer what was shown."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What came of it, the fix as it is then, and words for whoever decided."""

    decided: Decided
    fix: Fix | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Makes decisions. Who may is for the caller to know: here everybody named may."""

    desk: Desk
    parts: FixParts
    ledger: Ledger

    async def approve(self, fix: str, who: str, digest: str | None = None, why: str = "") -> Decision:
        """Approve a proposal; `digest` is of what was shown: if that is no longer so, nothing is approved."""

        def decide(found: Fix) -> Moved | Decision:
            if found.state is not FixState.PROPOSED:
                return _too_late(found)
            if digest is not None and digest != found.digest:
                return Decision(decided=Decided.CHANGED, fix=found, words=WORDS[Refusal.CHANGED])
            if found.due_at is not None and found.due_at <= self.desk.clock():
                return Decision(decided=Decided.TOO_LATE, fix=found, words=WORDS[Refusal.EXPIRED])
            if found.refusal:
                return _refused(found, found.refusal)
            if not self.parts.proposes():
                return _refused(found, Refusal.MODE)
            return moves.approved(found, who, self.desk.clock(), why)

        return await self._decide(fix, decide)

    async def reject(self, fix: str, who: str, why: str = "") -> Decision:
        """Say no to a proposal."""

        def decide(found: Fix) -> Moved | Decision:
            if found.state is not FixState.PROPOSED:
                return _too_late(found)
            return moves.ended(found, FixEnd.REJECTED, self.desk.clock(), by=who, text=why)

        return await self._decide(fix, decide)

    async def revert(self, fix: str, who: str, why: str = "") -> Decision:
        """Undo one that is in force, or is on its way there."""

        def decide(found: Fix) -> Moved | Decision:
            if found.state not in {FixState.APPLYING, FixState.SETTLING, FixState.IN_FORCE}:
                return _too_late(found)
            if found.kind is not moves.FixKind.LEASE:
                return Decision(
                    decided=Decided.REFUSED, fix=found, words="what was done once can't be undone"
                )
            return moves.undoing(found, FixEnd.REVERTED, self.desk.clock(), by=who, text=why)

        return await self._decide(fix, decide)

    async def extend(self, fix: str, who: str, by: timedelta, shown: int | None = None) -> Decision:
        """Have a lease end later; `shown` is how often it had been extended: if it was since, that is all."""

        def decide(found: Fix) -> Moved | Decision:
            now = self.desk.clock()
            if found.state is not FixState.IN_FORCE or found.expires_at is None or found.applied_at is None:
                return _too_late(found)
            if shown is not None and shown != found.extended:
                return _extended_already(found)
            until = max(found.expires_at, now) + by
            if until - found.applied_at > LONGEST:
                longest = f"a fix is in force for {LONGEST.total_seconds() / 3600:.0f} h at most"
                return Decision(decided=Decided.REFUSED, fix=found, words=longest)
            return moves.extended(found, until, who, now)

        return await self._decide(fix, decide)

    async def pause(self, who: str, why: str = "") -> Breaker:
        """No fix is applied until somebody resumes; what is in force stays, and ends as it should."""
        now_it_is = Breaker(open=True, why=why or Tripped.BY_HAND, by=who, changed_at=self.desk.clock())
        return await self._put(now_it_is, Happened.PAUSED, Action.FIXES_PAUSED)

    async def resume(self, who: str) -> Breaker:
        """Fixes may be applied again; what failed before counts no more."""
        now_it_is = Breaker(open=False, by=who, changed_at=self.desk.clock())
        return await self._put(now_it_is, Happened.RESUMED, Action.FIXES_RESUMED)

    async def _put(self, now_it_is: Breaker, happened: Happened, action: Action) -> Breaker:
        by, at, why = now_it_is.by, now_it_is.changed_at, now_it_is.why

        def call() -> None:
            with self.desk.work() as work:
                breaker.put(work.connection, now_it_is)
                anew.propose_everywhere(work, at)
                audit.add_of_all(work.connection, happened, by, at, why)

        await self.desk.aside(call)
        metrics.BREAKER_OPEN.set(now_it_is.open)
        log.warning(action, why=now_it_is.why, by=now_it_is.by)
        return now_it_is

    async def _decide(self, fix: str, decide: Callable[[Fix], Moved | Decision]) -> Decision:
        """One transaction: of two who decide at once the second is told who was first."""

        def call() -> Decision:
            with self.desk.work() as work:
                found = self.ledger.load(work, fix)
                if found is None:
                    return Decision(decided=Decided.NO_SUCH_FIX, words="there is no such fix")
                decided = decide(found)
                if isinstance(decided, Decision):
                    return _naming(decided, lambda: audit.read(work.connection, fix=fix, limit=5))
                return Decision(decided=Decided.DONE, fix=self.ledger.keep(work, decided))

        return await self.desk.aside(call)

    async def breaker(self) -> Breaker:
        """Whether fixes are paused."""

        def call() -> Breaker:
            with self.desk.database.read() as connection:
                return breaker.read(connection)

        return await self.desk.aside(call)

    async def waiting(self) -> tuple[Fix, ...]:
        """What waits for a decision and could be approved, the newest first."""

        def call() -> tuple[Fix, ...]:
            with self.desk.database.read() as connection:
                found = fixes.newest(connection, (FixState.PROPOSED,))
            return tuple(fix for fix in found if not fix.refusal)

        return await self.desk.aside(call)

    async def held(self) -> tuple[Fix, ...]:
        """What holds its target."""

        def call() -> tuple[Fix, ...]:
            with self.desk.database.read() as connection:
                return fixes.holding(connection)

        return await self.desk.aside(call)

    async def of_incident(self, incident: str) -> tuple[Fix, ...]:
        """All fixes of one incident."""

        def call() -> tuple[Fix, ...]:
            with self.desk.database.read() as connection:
                return fixes.of_incident(connection, incident)

        return await self.desk.aside(call)


def _too_late(fix: Fix) -> Decision:
    """Who was first, and how it stands."""
    who = f", approved by {fix.approved_by}" if fix.approved_by else ""
    how = f"ended ({fix.end})" if fix.end else fix.state.replace("_", " ")
    text = f": {fix.end_text}" if fix.end_text else ""
    return Decision(decided=Decided.TOO_LATE, fix=fix, words=f"it is {how} already{who}{text}")


def _extended_already(fix: Fix) -> Decision:
    """What was shown is a lease that ended earlier: it was asked for before, maybe at another replica."""
    until = f", until {fix.expires_at:%H:%M} UTC" if fix.expires_at else ""
    return Decision(decided=Decided.TOO_LATE, fix=fix, words=f"it was extended already{until}")


def _naming(decision: Decision, last: Callable[[], Sequence[audit.Line]]) -> Decision:
    """Of a fix that a person ended, who that was stands in the audit log alone."""
    ended = decision.fix.end if decision.fix else None
    if decision.decided is not Decided.TOO_LATE or ended not in {FixEnd.REJECTED, FixEnd.REVERTED}:
        return decision
    by = next((line.by for line in last() if line.by != BY_RESPONDER), "")
    return replace(decision, words=f"{decision.words}, by {by}") if by else decision


def _refused(fix: Fix, refusal: str) -> Decision:
    return Decision(decided=Decided.REFUSED, fix=fix, words=words_of(refusal))
