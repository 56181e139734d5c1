"""Fills the port that tells how an incident ended: over is not always better."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from responder.clients.alertmanager_answers import Matcher
from responder.diagnose.clients import Clients
from responder.diagnose.measure import NO_DATA
from responder.diagnose.runner import run
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError
from responder.domain.incident import Ending, Incident
from responder.domain.report import Reading, Report
from responder.domain.units import number, quantity
from responder.engine.explaining import measure_only
from responder.engine.ports import Assessment
from responder.playbook.model import Measure, Playbooks
from responder.playbook.subjects import subjects

DOWN: Final = "HypertoolMetricsNotReported"
"""While it fires every other alert of Hypertool's ends, because its series do."""
PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class MeasureAssessor:
    """Asks the playbook's measure again, for every alert that the incident had."""

    playbooks: Callable[[], Playbooks]
    clients: Clients
    clock: Clock

    async def assess(self, incident: Incident, report: Report | None) -> Assessment:
        """`recovered`, `gone` or `unknown`, with the value then and now."""
        playbook = self.playbooks().get(incident.alert_name)
        if playbook is None:
            return Assessment(Ending.UNKNOWN, "there is no playbook that could measure it")
        answers = await run(
            measure_only(playbook), subjects(playbook, incident), self.clients, now=self.clock()
        )
        now = tuple(answers.readings.values())
        worst = report.worst.reading if report and report.worst else None
        assessment = ending_of(playbook.measure, now, worst)
        if assessment.ending is Ending.GONE and incident.alert_name != DOWN and await self._is_down():
            return Assessment(Ending.GONE, f"the series ended, and {DOWN} is active")
        return assessment

    async def _is_down(self) -> bool:
        if self.clients.alertmanager is None:
            return False
        try:
            wanted = [Matcher("alertname", DOWN)]
            return bool(await self.clients.alertmanager.alerts(wanted, within=PATIENCE_SECONDS))
        except AdapterError:  # It would only have said more about an ending that is known already.
            return False


def ending_of(measure: Measure, now: Sequence[Reading], then: Reading | None) -> Assessment:
    """The ending that the measure's readings speak for; a reading that failed proves nothing."""
    if not now or any(reading.value is None and reading.reason != NO_DATA for reading in now):
        reasons: Mapping[str, None] = dict.fromkeys(one.reason for one in now if one.reason)
        return Assessment(Ending.UNKNOWN, "the measure could not be asked: " + "; ".join(reasons))
    if any(reading.value is None for reading in now):
        return Assessment(Ending.GONE, "the series ended")
    values = [reading.value for reading in now if reading.value is not None]
    worst = max(values, key=measure.beyond)
    if measure.bad(worst):
        return Assessment(Ending.UNKNOWN, f"resolved, yet the measure still reads {measure.words(worst)}")
    was = then.value if then else None
    before = f"{number_in(measure, was)} → " if was is not None and was != worst else ""
    return Assessment(Ending.RECOVERED, before + measure.words(worst))


def number_in(measure: Measure, value: float) -> str:
    """A value before an arrow: without the unit where the value after it has the same one."""
    whole = measure.words(value)
    suffix = quantity(0, measure.unit).removeprefix("0")
    plain = suffix and whole.endswith(suffix) and whole.removesuffix(suffix) == number(value)
    return number(value) if plain else whole
