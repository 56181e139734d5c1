"""The move `propose`: what each quick fix would set for the worst alert, or why it would be refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from responder.actions.action import NotCalledFor
from responder.domain.errors import AdapterError, Reason
from responder.domain.fix import BY_RESPONDER, Change, Fix, FixState, approved, proposed, withdrawn
from responder.domain.ids import new_fix_id
from responder.domain.incident import Incident
from responder.domain.report import AlertReport, FixSuggestion, Report
from responder.engine.desk import Desk, Work
from responder.engine.fixing.circumstances import Circumstances, clear_cause
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.plans import how_of, span
from responder.playbook.codec import report_from_json
from responder.playbook.model import Fix as Declared
from responder.playbook.model import Playbook
from responder.playbook.targets import BadTarget, target_of
from responder.policy.gates import Refusal, is_automatic
from responder.storage import fixes, incidents, reports


class Proposed(StrEnum):
    """How an order to propose ended. Values are metric labels."""

    DONE = "done"
    NOT_DUE = "not_due"


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
        found = await self.desk.aside(lambda: self._load(incident, revision))
        playbook = None if found is None else self.parts.playbooks().get(found[0].alert_name)
        if found is None or playbook is None or found[1].worst is None:
            return Proposed.NOT_DUE
        made = [
            fix
            for declared in playbook.fixes
            if (fix := await self._made(playbook, declared, found[0], found[1], found[1].worst))
        ]
        await self.desk.aside(lambda: self._keep(incident, made))
        return Proposed.DONE

    def _load(self, incident: str, revision: int) -> tuple[Incident, Report] | None:
        with self.desk.database.read() as connection:
            known = incidents.load(connection, incident)
            stored = reports.newest(connection, incident)
        if known is None or stored is None or not known.open or known.revision != revision:
            return None
        return (known, report_from_json(stored.body)) if stored.complete else None

    async def _made(
        self, playbook: Playbook, declared: Declared, incident: Incident, report: Report, worst: AlertReport
    ) -> Fix | None:
        """One proposal with what stands against it, or None where it can't be offered here at all."""
        action = self.parts.actions.get(declared.action or "")
        alert = incident.alerts.get(worst.fingerprint)
        if action is None or alert is None:
            return None
        limits, refusal = self.parts.limits(), None
        try:
            target = target_of(declared, incident.alert_name, alert.labels)
        except BadTarget:  # Such a label names nothing that could be set.
            return None
        try:
            ceiling = limits.ceilings.get(target.rpartition("/")[2])
            change = await action.propose(target, how_of(declared.set_), ceiling)
        except (AdapterError, ValueError) as error:
            change, refusal = Change(action=str(declared.action), target=target), _cant(error)
        fix = self._fix(playbook, declared, incident, report, worst, change)
        if refusal is None:
            measured = await self.parts.measurer.measure(fix)
            refusal = await self.circumstances.refusal(fix, measured, automatic=False)
        return replace(fix, refusal=refusal or "")

    def _fix(  # noqa: PLR0913, PLR0917 - where its parts come from
        self,
        playbook: Playbook,
        declared: Declared,
        incident: Incident,
        report: Report,
        worst: AlertReport,
        change: Change,
    ) -> Fix:
        now = self.desk.clock()
        said = _suggestion(report.fixes, declared.id)
        cause = clear_cause(worst.ranking)
        return Fix(
            id=new_fix_id(now),
            incident=incident.id,
            alert_name=incident.alert_name,
            fix=declared.id,
            title=declared.title,
            kind=declared.kind,
            labels=dict(incident.alerts[worst.fingerprint].labels),
            change=change,
            lasts=span(declared.lasts),
            cause=cause,
            answers=cause in declared.answers,
            playbook=playbook.version,
            why=_why(worst, declared),
            buys=said.buys if said else "",
            evidence=tuple(one.statement for one in worst.ranking.causes[0].said(supports=True))
            if worst.ranking.causes
            else (),
            proposed_at=now,
            due_at=now + self.parts.times.offered,
        )

    def _keep(self, incident: str, made: Sequence[Fix]) -> None:
        """Keep what is new, leave alone what was proposed before in the same words, withdraw the rest."""
        with self.desk.work() as work:
            before = [
                one for one in fixes.of_incident(work.connection, incident) if one.state is FixState.PROPOSED
            ]
            same = {(one.digest, one.refusal): one for one in before}
            kept = {(one.digest, one.refusal) for one in made} & set(same)
            for old in before:
                if (old.digest, old.refusal) not in kept:
                    self.ledger.keep(work, withdrawn(old, self.desk.clock(), "what it was made of changed"))
            for fix in made:
                if (fix.digest, fix.refusal) not in kept:
                    self._propose(work, fix)

    def _propose(self, work: Work, fix: Fix) -> None:
        kept = self.ledger.keep(work, proposed(fix))
        limits = self.parts.limits()
        if not fix.refusal and is_automatic(fix.fix, limits) and fix.answers:
            self.ledger.keep(work, approved(kept, BY_RESPONDER, self.desk.clock()))


def _cant(error: Exception) -> Refusal:
    if isinstance(error, NotCalledFor):
        return Refusal.PRECONDITION
    missing = isinstance(error, AdapterError) and error.reason in {Reason.UNSUPPORTED, Reason.NOT_FOUND}
    return Refusal.NOT_OFFERED if missing else Refusal.CANT_BE_READ


def _suggestion(said: Iterable[FixSuggestion], fix: str) -> FixSuggestion | None:
    return next((one for one in said if one.fix == fix), None)


def _why(worst: AlertReport, declared: Declared) -> str:
    """Why it would help, in one line."""
    answered = [cause.title for cause in worst.ranking.leaders if cause.cause in declared.answers]
    return f"answers {' and '.join(answered)}" if answered else "buys time, does not cure"
