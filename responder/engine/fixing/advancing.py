"""The move `fix`: the one that is due in this state of a fix. Every exit is a state.

What is sent to the far side was recorded as an intent before. Whatever happens then (a crash, a lost answer),
the next move settles it by reading.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from responder import metrics
from responder.domain import fix as moves
from responder.domain.errors import AdapterError, Effect, Reason, Unreachable
from responder.domain.fix import Fix, FixEnd, FixKind, FixState, Look, Moved, Seen
from responder.engine import orders
from responder.engine.desk import Desk, Work
from responder.engine.fixing import late
from responder.engine.fixing.circumstances import Circumstances
from responder.engine.fixing.late import Late
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts, Measured
from responder.engine.fixing.plans import span
from responder.engine.orders import backoff
from responder.engine.ports import FixAction
from responder.playbook.actions import ACTIONS
from responder.playbook.fixes import Check
from responder.policy.gates import WORDS, Refusal
from responder.storage import incidents, leases
from responder.storage.fixes import TargetTaken
from responder.storage.leases import Claim, Lease

ATTEMPTS: Final = 5
"""Tries to apply; and to settle by reading what became of it."""
LEASE: Final = timedelta(seconds=60)


def _is_over(fix: Fix, now: datetime) -> bool:
    """Whether its lease would have ended by now: Hypertool lets go of it by itself."""
    return fix.expires_at is None or now >= fix.expires_at


def _why_not(measured: Measured) -> str:
    if measured.works is None:
        return "nothing could be measured, which proves nothing"
    return "the measure is still bad"


OVER: Final = {
    Seen.SET_BACK: FixEnd.EXPIRED,
    Seen.CHANGED: FixEnd.SUPERSEDED,
    Seen.RESTARTED: FixEnd.FAR_SIDE_RESTARTED,
    Seen.GONE: FixEnd.TARGET_GONE,
}
"""How a fix ends that nothing is left of to undo."""


class Advanced(StrEnum):
    """How an order ended. Values are metric labels."""

    DONE = "done"
    NOT_DUE = "not_due"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Advancing:
    """Makes the move."""

    desk: Desk
    parts: FixParts
    ledger: Ledger
    circumstances: Circumstances

    async def __call__(self, order: str, fix_id: str, revision: int) -> Advanced:
        claim = Claim(f"fix/{fix_id}", order)
        begun = await self.desk.insist(lambda: self._begin(claim, fix_id, revision))
        if isinstance(begun, Advanced):
            return begun
        end = partial(self._end, claim, fix_id)
        let_go = self.desk.insist
        try:
            await self._advance(begun)
        except asyncio.CancelledError:
            let_go = self.desk.aside  # it stops, and waits for no database that is away
            raise
        finally:
            await let_go(end)
        return Advanced.DONE

    def _begin(self, claim: Claim, fix_id: str, revision: int) -> Fix | Advanced:
        with self.desk.work() as work:
            found = self.ledger.load(work, fix_id, revision)
            if found is None or (found.state is FixState.ENDED and not late.was_given_up(found)):
                self._let_go(work, claim.order, fix_id)
                return Advanced.NOT_DUE
            lease = claim.take(work.connection, self.desk.clock(), LEASE)
            return Advanced.UNDER_WAY if lease is Lease.TAKEN else found

    def _end(self, claim: Claim, fix_id: str) -> None:
        with self.desk.work() as work:
            self._let_go(work, claim.order, fix_id, claim.until)

    def _let_go(self, work: Work, order: str, fix_id: str, until: datetime | None = None) -> None:
        """Let others at it. What was ordered meanwhile found it taken: order it again.

        Also where this very move was made in a life that ended before it let go.
        """
        if not leases.release(work.connection, f"fix/{fix_id}", order, until):
            return
        found, now = self.ledger.load(work, fix_id), self.desk.clock()
        if found is not None and found.due_at is not None and found.due_at <= now:
            work.order([orders.fix(found.id, found.revision, again=int(now.timestamp()))])

    async def _advance(self, fix: Fix) -> None:
        now = self.desk.clock()
        match fix.state:
            case FixState.PROPOSED:
                await self._keep(moves.withdrawn(fix, now, "nobody approved it in time"))
            case FixState.APPROVED:
                await self._begin_to_apply(fix)
            case FixState.APPLYING:
                await self._settle_by_reading(fix)
            case FixState.SETTLING:
                await self._verify(fix)
            case FixState.IN_FORCE:
                await self._hold(fix)
            case FixState.UNDOING:
                await self._undo(fix)
            case FixState.ENDED:
                await Late(self.desk, self.parts, self.ledger).undo(fix)

    # approved

    async def _begin_to_apply(self, fix: Fix) -> None:
        """Ask everything afresh; if nothing stands against it, record the intent and send it."""
        action, declared = self.parts.actions.get(fix.change.action), self.parts.declared(fix)
        if action is None or declared is None:
            return await self._refuse(fix, Refusal.CHANGED)
        measured = await self.parts.measurer.measure(fix)
        refused = await self._stands_against(action, fix, measured)
        if refused is Refusal.CANT_BE_READ and fix.attempt + 1 < ATTEMPTS:
            return await self._again(fix, WORDS[refused])
        if refused is not None:
            return await self._refuse(fix, refused)
        intent = moves.intended(fix, self.desk.clock(), measured.value, self.parts.times.patience)
        try:
            kept = await self._keep(intent)
        except TargetTaken:
            return await self._refuse(fix, Refusal.TARGET_TAKEN)
        if kept is not None:
            await self._apply(action, kept, declared.check)
        return None

    async def _stands_against(self, action: FixAction, fix: Fix, measured: Measured) -> Refusal | None:
        """What is read now must be what was shown, and every gate must let it through."""
        look = await self._look(action, fix)
        if look is None:
            return Refusal.CANT_BE_READ
        if look.seen is not Seen.UNTOUCHED:
            return Refusal.CHANGED
        automatic = fix.approved_by == moves.BY_RESPONDER
        return await self.circumstances.refusal(fix, measured, automatic=automatic)

    async def _apply(self, action: FixAction, fix: Fix, check: Check) -> None:
        """Send it. What surely did nothing ends it or is tried again; what nobody knows is settled later."""
        try:
            text = await action.apply(fix)
        except AdapterError as error:
            return await self._not_applied(fix, error)
        settle = span(check.settle)
        await self._keep(moves.applied(fix, self.desk.clock(), settle, text))
        return None

    async def _not_applied(self, fix: Fix, error: AdapterError) -> None:
        now = self.desk.clock()
        surely = error.effect is Effect.NONE
        if error.reason is Reason.CHANGED:
            await self._keep(moves.ended(fix, FixEnd.SUPERSEDED, now, text=str(error)))
        elif surely and (not isinstance(error, Unreachable) or fix.attempt + 1 >= ATTEMPTS):
            await self._keep(moves.ended(fix, FixEnd.FAILED, now, text=str(error)))
        else:
            await self._again(fix, str(error))

    # applying

    async def _settle_by_reading(self, fix: Fix) -> None:
        """Nobody knows whether it happened: read, and only if it did not, send the same order again."""
        action, declared = self.parts.actions.get(fix.change.action), self.parts.declared(fix)
        look = None if action is None else await self._look(action, fix)
        now = self.desk.clock()
        if action is None or look is None:
            if fix.attempt + 1 >= ATTEMPTS and _is_over(fix, now):
                await self._keep(
                    moves.ended(fix, FixEnd.FAILED, now, text="what became of it could not be read")
                )
            else:
                await self._again(fix, "it can't be read")
        elif look.seen in {Seen.OURS, Seen.SET_BACK}:
            check = declared.check if declared else Check()
            settle = span(check.settle)
            await self._keep(moves.applied(fix, now, settle, "found applied by reading"))
        elif look.seen in OVER:
            await self._keep(moves.ended(fix, OVER[look.seen], now, text=look.text))
        elif declared is None or fix.attempt + 1 >= ATTEMPTS or _is_over(fix, now):
            await self._keep(moves.ended(fix, FixEnd.FAILED, now, text="it was never applied"))
        else:
            await self._apply_again(action, fix, declared.check)

    async def _apply_again(self, action: FixAction, fix: Fix, check: Check) -> None:
        """It surely did not happen: unless something stands against it by now."""
        measured = await self.parts.measurer.measure(fix)
        automatic = fix.approved_by == moves.BY_RESPONDER
        refused = await self.circumstances.refusal(fix, measured, automatic=automatic)
        if refused in {None, Refusal.TARGET_TAKEN}:
            await self._apply(action, fix, check)
        else:
            now = self.desk.clock()
            await self._keep(moves.ended(fix, FixEnd.FAILED, now, text=WORDS[refused]))

    # settling

    async def _verify(self, fix: Fix) -> None:
        """Whether it works; no data never verifies."""
        look = await self._looked(fix)
        if look is None:
            return
        declared, now = self.parts.declared(fix), self.desk.clock()
        check = declared.check if declared else Check()
        deadline = (fix.applied_at or now) + span(check.deadline)
        measured = await self.parts.measurer.measure(fix)
        if measured.worse:
            await self._end_as(fix, FixEnd.WORSE, measured, "it made things worse")
        elif look.seen is Seen.OURS and (measured.works or ACTIONS[fix.change.action].seen_is_done):
            await self._keep(moves.verified(fix, now, measured.value, self.parts.times.of(fix).look_every))
        elif fix.expires_at is not None and now >= fix.expires_at:
            await self._end_as(fix, FixEnd.EXPIRED, measured, "its time was over before it was seen to work")
        elif now >= deadline:
            await self._end_as(fix, FixEnd.INEFFECTIVE, measured, _why_not(measured))
        else:
            await self._later(fix, min(self.parts.times.poll, span(check.settle), deadline - now))

    async def _end_as(self, fix: Fix, end: FixEnd, measured: Measured, text: str) -> None:
        now = self.desk.clock()
        if fix.kind is FixKind.LEASE:
            await self._keep(moves.undoing(fix, end, now, text=text, measured=measured.value))
        else:
            await self._keep(moves.ended(fix, end, now, text=text))

    # in force

    async def _hold(self, fix: Fix) -> None:
        """Look whether it is still ours; at its end undo it, unless that would bring the alert back."""
        if await self._looked(fix) is None:
            return
        now, times = self.desk.clock(), self.parts.times.of(fix)
        expires_at = fix.expires_at or now
        if fix.renew:
            await self._renew(fix, fix, lambda: self._later(fix, times.look_every))
        elif now < expires_at:
            soon = expires_at - now <= times.warns and not fix.warned
            if soon and await self.desk.aside(lambda: self._still_open(fix.incident)):
                await self._keep(moves.warned(fix, now, times.look_every))
            else:
                await self._later(fix, times.look_every)
        elif await self._waits(fix, now):
            moved = moves.waits(fix, now + times.renewal, now, times.look_every)
            await self._renew(fix, moved.fix, lambda: self._keep(moved))
        else:
            await self._keep(moves.undoing(fix, FixEnd.EXPIRED, now))

    def _still_open(self, incident: str) -> bool:
        with self.desk.database.read() as connection:
            found = incidents.load(connection, incident)
        return found is not None and found.open

    async def _waits(self, fix: Fix, now: datetime) -> bool:
        """Whether undoing it now would bring the alert back, and it has not waited for too long yet."""
        declared = self.parts.declared(fix)
        waits = declared.undo_waits if declared else None
        if waits is None:
            return False
        longest = span(waits.at_most)
        if fix.waits_since is not None and now - fix.waits_since >= longest:
            return False
        measured = await self.parts.measurer.measure(fix)
        return measured.returns is True

    async def _renew(self, fix: Fix, renewed: Fix, keep: Callable[[], Awaitable[object]]) -> None:
        """Have the far side keep it until its later end; then keep that it does."""
        try:
            await self.parts.actions[fix.change.action].renew(renewed)
        except AdapterError as error:
            await self._again(fix, str(error))
        else:
            await keep()

    # undoing

    async def _undo(self, fix: Fix) -> None:
        """Set what was there before, only if the value is still the one that we set."""
        action, now = self.parts.actions.get(fix.change.action), self.desk.clock()
        look = None if action is None else await self._look(action, fix)
        end = fix.ends_as or FixEnd.EXPIRED
        if action is None or look is None:
            await self._again(fix, "it can't be read")
        elif look.seen in {Seen.UNTOUCHED, Seen.SET_BACK}:
            await self._keep(moves.ended(fix, end, now))
        elif look.seen in OVER:
            await self._keep(moves.ended(fix, OVER[look.seen], now, text=look.text))
        else:
            try:
                await action.undo(fix)
            except AdapterError as error:
                await self._again(fix, str(error))
            else:
                await self._keep(moves.ended(fix, end, self.desk.clock()))

    # all of them

    async def _looked(self, fix: Fix) -> Look | None:
        """What is there if it is ours still, or not done yet; else the fix ends or is looked at later."""
        action = self.parts.actions.get(fix.change.action)
        look = None if action is None else await self._look(action, fix)
        now = self.desk.clock()
        if look is None:
            await self._later(fix, self.parts.times.poll)
            return None
        if look.seen in OVER:
            await self._keep(moves.ended(fix, OVER[look.seen], now, text=look.text))
            return None
        if look.seen is Seen.UNTOUCHED and fix.kind is FixKind.LEASE:
            await self._keep(moves.ended(fix, FixEnd.FAR_SIDE_RESTARTED, now, text=look.text))
            return None
        return look

    async def _look(self, action: FixAction, fix: Fix) -> Look | None:
        try:
            return await action.look(fix)
        except AdapterError:  # Nothing is known; the caller comes back.
            return None

    async def _again(self, fix: Fix, text: str) -> None:
        again_in = timedelta(seconds=backoff(fix.attempt + 1))
        await self._keep(moves.tried(fix, self.desk.clock(), again_in, text))

    async def _refuse(self, fix: Fix, refusal: Refusal) -> None:
        metrics.FIX_REFUSALS.labels(refusal).inc()
        await self._keep(moves.ended(fix, FixEnd.REFUSED, self.desk.clock(), text=WORDS[refusal]))

    async def _later(self, fix: Fix, wait: timedelta) -> None:
        after = moves.looked(fix, self.desk.clock(), wait)
        await self._record(after, lambda work: self.ledger.look_again(work, after))

    async def _keep(self, moved: Moved) -> Fix | None:
        """Keep the move, unless a person moved the fix meanwhile; then None."""

        def keep(work: Work) -> Fix:
            kept = self.ledger.keep(work, moved)
            if kept.state is FixState.ENDED:
                self.ledger.propose_again(work, kept)
            late.look_after(work, kept, self.desk.clock())
            return kept

        return await self._record(moved.fix, keep)

    async def _record(self, after: Fix, keep: Callable[[Work], Fix]) -> Fix | None:
        def call() -> Fix | None:
            with self.desk.work() as work:
                found = self.ledger.load(work, after.id)
                if found is not None and found.revision == after.revision - 1:
                    return keep(work)
                if found is not None:
                    late.look_at_once_and_after(work, found, self.desk.clock())
                return None

        return await self.desk.aside(call)
