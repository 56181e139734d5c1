"""The move `propose`: what each quick fix would set for the worst alerts, or why it would be refused."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from responder import metrics
from responder.actions.action import NotCalledFor
from responder.domain.errors import AdapterError, Reason
from responder.domain.fix import BY_RESPONDER, Change, Fix, FixState, approved, proposed, withdrawn
from responder.domain.ids import new_fix_id
from responder.domain.incident import Incident
from responder.domain.report import AlertReport, Report
from responder.engine.desk import Desk, Work
from responder.engine.fixing import anew
from responder.engine.fixing.circumstances import Circumstances, clear_cause
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.plans import how_of, span
from responder.playbook.codec import report_from_json
from responder.playbook.model import Fix as Declared
from responder.playbook.model import Playbook
from responder.playbook.targets import BadTarget, target_of
from responder.policy.gates import Refusal, is_automatic, words_of
from responder.storage import fixes, incidents, reports
from responder.storage.database import lock_names

MOST_ALERTS: Final = 3
"""Of an incident, the worst: each gets the fixes of its playbook proposed."""


class Proposed(StrEnum):
    """How an order to propose ended. Values are metric labels."""

    DONE = "done"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class _Case:
    """One alert of an incident that fixes are proposed for, and what is known of it."""

    playbook: Playbook
    incident: Incident
    alert: AlertReport

    @property
    def about(self) -> str:
        """What it is about, where the incident has others."""
        several = len(self.incident.active) > 1
        return "/".join(value for _, value in self.alert.subject) if several else ""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A proposal, and whether it is approved by itself: configured so, and every gate lets it through."""

    fix: Fix
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Proposing:
    """Makes the move."""

    desk: Desk
    parts: FixParts
    ledger: Ledger
    circumstances: Circumstances

    async def __call__(self, order: str, incident: str, revision: int, attempt: int) -> Proposed:  # noqa: ARG002 - a part of every order
        if not self.parts.proposes():
            return Proposed.NOT_DUE
        found = await self.desk.insist(lambda: self._load(incident, revision))
        playbook = None if found is None else self.parts.playbooks().get(found[0].alert_name)
        if found is None or playbook is None:
            return Proposed.NOT_DUE
        made: dict[tuple[str, str], _Offer] = {}
        for case in _cases(playbook, *found):
            for declared in playbook.fixes:
                offer = await self._made(case, declared)
                if offer is not None:  # Of two alerts with the same target it is for the worse one.
                    made.setdefault((offer.fix.fix, offer.fix.change.target), offer)
        await self.desk.insist(lambda: self._keep(incident, revision, tuple(made.values())))
        return Proposed.DONE

    def _load(self, incident: str, revision: int) -> tuple[Incident, Report] | None:
        with self.desk.database.read() as connection:
            known = incidents.load(connection, incident)
            stored = reports.newest(connection, incident)
        if known is None or stored is None or not known.open or known.revision != revision:
            return None
        return (known, report_from_json(stored.body)) if stored.complete else None

    async def _made(self, case: _Case, declared: Declared) -> _Offer | None:
        """One proposal with what stands against it, or None where it can't be offered here at all."""
        action = self.parts.actions.get(declared.action or "")
        if action is None:
            return None
        limits = self.parts.limits()
        labels = case.incident.alerts[case.alert.fingerprint].labels
        try:
            target = target_of(declared, case.incident.alert_name, labels)
        except BadTarget:  # Such a label names nothing that could be set.
            return None
        try:
            ceiling = limits.ceilings.get(target.rpartition("/")[2])
            change = await action.propose(target, how_of(declared.set_), ceiling)
        except (AdapterError, ValueError) as error:
            nothing = Change(action=str(declared.action), target=target)
            return _Offer(replace(self._fix(case, declared, nothing), refusal=_cant(error)))
        return await self._offer(self._fix(case, declared, change))

    async def _offer(self, fix: Fix) -> _Offer:
        measured = await self.parts.measurer.measure(fix)
        refusal = await self.circumstances.refusal(fix, measured, automatic=False)
        if refusal is not None:
            return _Offer(replace(fix, refusal=refusal))
        if not is_automatic(fix.fix, self.parts.limits()):
            return _Offer(fix)
        against = await self.circumstances.refusal(fix, measured, automatic=True)
        if against is None:
            return _Offer(fix, automatic=True)
        return _Offer(replace(fix, why=f"{fix.why}; not done by itself: {words_of(against)}"))

    def _fix(self, case: _Case, declared: Declared, change: Change) -> Fix:
        now, incident, ranking = self.desk.clock(), case.incident, case.alert.ranking
        cause = clear_cause(ranking)
        return Fix(
            id=new_fix_id(now),
            incident=incident.id,
            alert_name=incident.alert_name,
            fix=declared.id,
            title=declared.title,
            about=case.about,
            kind=declared.kind,
            labels=dict(incident.alerts[case.alert.fingerprint].labels),
            change=change,
            lasts=span(declared.lasts),
            cause=cause,
            answers=cause in declared.answers,
            playbook=case.playbook.version,
            why=_why(case.alert, declared),
            buys=case.alert.gains.get(declared.id, ""),
            evidence=tuple(one.statement for one in ranking.causes[0].said(supports=True))
            if ranking.causes
            else (),
            proposed_at=now,
            due_at=now + self.parts.times.offered,
        )

    def _keep(self, incident: str, revision: int, made: Sequence[_Offer]) -> None:
        """Keep what is new, leave alone what was proposed before in the same words, withdraw the rest.

        What is under way already is not proposed a second time. One at a time for an incident: locks on fixes
        that are there would let two that run at once both propose what is new.
        """
        with self.desk.work() as work:
            lock_names(work.connection, [f"proposals of {incident}"])
            known = fixes.of_incident(work.connection, incident, for_change=True)
            before = {_same(one): one for one in known if one.state is FixState.PROPOSED}
            under_way = {(one.fix, one.change.target) for one in known if one.state not in _NOT_UNDER_WAY}
            new = [one for one in made if (one.fix.fix, one.fix.change.target) not in under_way]
            wanted = {_same(one.fix): one for one in new}
            for same, old in before.items():
                if same not in wanted:
                    self.ledger.keep(work, withdrawn(old, self.desk.clock(), "what it was made of changed"))
                elif old.about != wanted[same].fix.about:
                    fixes.update(work.connection, replace(old, about=wanted[same].fix.about))
            for same, offer in wanted.items():
                if same not in before:
                    self._propose(work, offer)
            self._come_back(work, incident, revision, [one.fix for one in new])

    def _propose(self, work: Work, offer: _Offer) -> None:
        kept = self.ledger.keep(work, proposed(offer.fix))
        if offer.fix.refusal:
            work.then.append(metrics.FIX_REFUSALS.labels(offer.fix.refusal).inc)
        if offer.automatic:
            self.ledger.keep(work, approved(kept, BY_RESPONDER, self.desk.clock()))

    def _come_back(self, work: Work, incident: str, revision: int, made: Iterable[Fix]) -> None:
        """What only has to cool down is proposed anew when it has."""
        now, cooldown = self.desk.clock(), self.parts.limits().cooldown
        for fix in made:
            if fix.refusal == Refusal.COOLING_DOWN:
                ended_at = fixes.of_target(work.connection, fix.change).ended_at or now
                anew.propose_at(work, incident, revision, now, ended_at + cooldown)


_NOT_UNDER_WAY: Final = frozenset({FixState.PROPOSED, FixState.ENDED})


def _cases(playbook: Playbook, incident: Incident, report: Report) -> Iterator[_Case]:
    """The worst alert that is not over; the next ones too where anything was measured of their causes."""
    there = [one for one in report.alerts if _is_active(incident, one)]
    for place, alert in enumerate(there[:MOST_ALERTS]):
        if place == 0 or alert.ranking.measured:
            yield _Case(playbook, incident, alert)


def _is_active(incident: Incident, alert: AlertReport) -> bool:
    known = incident.alerts.get(alert.fingerprint)
    return known is not None and not known.over


def _same(fix: Fix) -> tuple[str, str]:
    """What a proposal is known by when it is made again."""
    return fix.digest, fix.refusal


def _cant(error: Exception) -> Refusal:
    if isinstance(error, NotCalledFor):
        return Refusal.PRECONDITION
    missing = isinstance(error, AdapterError) and error.reason in {Reason.UNSUPPORTED, Reason.NOT_FOUND}
    return Refusal.NOT_OFFERED if missing else Refusal.CANT_BE_READ


def _why(worst: AlertReport, declared: Declared) -> str:
    """Why it would help, in one line."""
    answered = [cause.title for cause in worst.ranking.leaders if cause.cause in declared.answers]
    return f"answers {' and '.join(answered)}" if answered else "buys time, does not cure"
