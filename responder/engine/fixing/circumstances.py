"""Gathers the facts that the gates decide on: ours from the database, the others afresh."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from responder import metrics
from responder.domain.alert import AlertStatus
from responder.domain.clock import earlier
from responder.domain.errors import AdapterError
from responder.domain.fix import BY_RESPONDER, Fix, Happened
from responder.domain.report import Ranking, Verdict
from responder.engine.desk import Desk
from responder.engine.fixing import anew
from responder.engine.fixing.parts import FixParts, Measured
from responder.log import Action, get_logger
from responder.policy.breaker import IN_A_ROW, Tripped, trips
from responder.policy.gates import Ask, Facts, Refusal, decide
from responder.policy.returning import RETURNS, is_again
from responder.storage import audit, breaker, fixes, storms
from responder.storage.breaker import Breaker
from responder.storage.database import lock_names

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Abroad:
    """What Alertmanager says of the alert now; None: it could not be asked."""

    firing: bool | None
    muted: bool = False
    since: datetime | None = None
    """Since when it fires."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Answers whether a fix may be applied now."""

    desk: Desk
    parts: FixParts

    async def refusal(self, fix: Fix, measured: Measured, *, automatic: bool) -> Refusal | None:
        """Why it must not be applied now, or None."""
        abroad = await self._abroad(fix)
        if abroad.firing is None:
            return Refusal.CANT_BE_READ
        facts = await self.desk.aside(lambda: self._facts(fix, measured, abroad))
        ask = Ask(fix=fix.fix, target=fix.change.target, after=fix.change.after, automatic=automatic)
        return decide(ask, facts, self.parts.limits())

    async def _abroad(self, fix: Fix) -> Abroad:
        if self.parts.source is None:
            return Abroad(firing=None)
        try:
            same = await self.parts.source.with_labels(fix.labels)
        except AdapterError:
            return Abroad(firing=None)
        states = {alert.status for alert in same}
        muted = {AlertStatus.SILENCED, AlertStatus.INHIBITED}
        since = min((alert.starts_at for alert in same), default=None)
        return Abroad(firing=bool(states - {AlertStatus.RESOLVED}), muted=bool(states & muted), since=since)

    def _facts(self, fix: Fix, measured: Measured, abroad: Abroad) -> Facts:
        now = self.desk.clock()
        stands = self._breaker(now)
        with self.desk.database.read() as connection:
            target = fixes.of_target(connection, fix.change)
            held = [one for one in fixes.holding(connection) if one.id != fix.id]
            lately = fixes.ended_since(connection, earlier(min(now, abroad.since or now), RETURNS))
        one_shot = fix.change.after is None
        return Facts(
            now=now,
            breaker_open=stands.open,
            held_by="" if target.held_by == fix.id else target.held_by,
            ended_at=target.ended_at,
            in_force=len(held),
            at_ceiling=not one_shot and fix.change.after == fix.change.before,
            clear_cause_answered=bool(fix.cause) and fix.answers,
            came_back=any(is_again(fix, one) for one in lately),
            muted=abroad.muted,
            firing=bool(abroad.firing),
            precondition=measured.needs is not False,
        )

    def _breaker(self, now: datetime) -> Breaker:
        """How the breaker stands; it opens here when it has to."""
        with self.desk.database.read() as connection:
            stands = breaker.read(connection)
            if stands.open or _opens(connection, stands) is None:
                return stands
        return self._open(now)

    def _open(self, now: datetime) -> Breaker:
        """Open it once, whoever else finds the same; not if a person said meanwhile that fixes may go on."""
        with self.desk.work() as work:
            lock_names(work.connection, ["the breaker"])
            stands = breaker.read(work.connection)
            why = None if stands.open else _opens(work.connection, stands)
            if why is None:
                return stands
            opens = Breaker(open=True, why=why, by=BY_RESPONDER, changed_at=now)
            breaker.put(work.connection, opens)
            anew.propose_everywhere(work, now)
            audit.add_of_all(work.connection, Happened.PAUSED, BY_RESPONDER, now, why)
        metrics.BREAKER_OPEN.set(1)
        log.warning(Action.FIXES_PAUSED, why=why, by=BY_RESPONDER)
        return opens


def _opens(connection: sa.Connection, stands: Breaker) -> Tripped | None:
    """Why a closed breaker has to open, or None."""
    ends = fixes.last_ends(connection, stands.changed_at, IN_A_ROW)
    return trips(ends, storm=storms.current(connection) is not None)


def clear_cause(ranking: Ranking) -> str:
    """The first cause where it is clear, else nothing."""
    return ranking.causes[0].cause if ranking.verdict is Verdict.CLEAR and ranking.causes else ""
