"""Fills the engine's ports with playbooks: investigate an incident, measure it again, tell how it ended."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from responder.diagnose.clients import Clients
from responder.diagnose.runner import Observe, investigate, nobody
from responder.domain.clock import Clock
from responder.domain.incident import Incident
from responder.domain.report import AlertReport, Report
from responder.engine.fixing.permanently import Permanently
from responder.engine.ports import OnPartial
from responder.engine.surroundings import Surroundings
from responder.playbook.answers import Answers
from responder.playbook.context import Context
from responder.playbook.explain import explain, explain_unknown
from responder.playbook.model import Playbook, Playbooks
from responder.playbook.subjects import subjects
from responder.playbook.texts import placeholders

FIRST_WORD_SECONDS: Final = 2.0
"""After that the message goes out with what is known."""


@dataclass(frozen=True, slots=True)
class PlaybookInvestigator:
    """Runs the playbook of an incident's alert name and explains what it found.

    `playbooks` answers the set that is loaded now; `observe` is told how each question ended; `permanently`
    knows which values were raised again and again.
    """

    playbooks: Callable[[], Playbooks]
    clients: Clients
    surroundings: Surroundings
    clock: Clock
    observe: Observe = nobody
    permanently: Permanently | None = None

    async def investigate(self, incident: Incident, on_partial: OnPartial) -> Report:
        """One report, and one before it if it isn't done after 2 s."""
        playbook = self.playbooks().get(incident.alert_name)
        if playbook is None:
            return explain_unknown(incident, self.clock(), await self.surroundings.of(incident))
        async with investigate(
            playbook,
            subjects(playbook, incident),
            self.clients,
            now=self.clock(),
            observe=self.observe,
        ) as investigation:
            done, context = await asyncio.gather(
                investigation.wait(FIRST_WORD_SECONDS), self._context(playbook, incident)
            )
            if not done:
                await on_partial(explain(playbook, incident, investigation.answers(), context))
                await investigation.wait()
            return explain(playbook, incident, investigation.answers(), context)

    async def _context(self, playbook: Playbook, incident: Incident) -> Context:
        if self.permanently is None:
            return await self.surroundings.of(incident)
        context, permanent = await asyncio.gather(
            self.surroundings.of(incident), self.permanently.of(playbook, incident)
        )
        return replace(context, permanent=permanent)

    async def remeasure(self, incident: Incident, report: Report) -> Report:
        """The report with fresh readings, headlines and silences, everything else as it was."""
        playbook = self.playbooks().get(incident.alert_name)
        if playbook is None:
            return report
        measured = measure_only(playbook)
        answers, silences = await asyncio.gather(
            self._asked(measured, incident), self.surroundings.silences(incident)
        )
        fresh = explain(measured, incident, answers, self.surroundings.addresses)
        before = {alert.fingerprint: alert for alert in report.alerts}
        alerts = tuple(_refreshed(alert, before.get(alert.fingerprint)) for alert in fresh.alerts)
        return replace(report, alerts=alerts, severity=fresh.severity, silences=silences)

    async def _asked(self, playbook: Playbook, incident: Incident) -> Answers:
        async with investigate(
            playbook,
            subjects(playbook, incident),
            self.clients,
            now=self.clock(),
            observe=self.observe,
        ) as investigation:
            await investigation.wait()
            return investigation.answers()


def _refreshed(fresh: AlertReport, before: AlertReport | None) -> AlertReport:
    """How bad it is now, and why as it was found out before."""
    return replace(fresh, ranking=before.ranking) if before else fresh


def measure_only(playbook: Playbook) -> Playbook:
    """The playbook cut down to its measure and what its headline needs."""
    named = {placeholder.name for text in playbook.headline for placeholder in placeholders(text)}
    needed = tuple(one for one in playbook.diagnostics if one.id in named)
    return playbook.model_copy(update={"diagnostics": needed, "causes": (), "fixes": ()})
