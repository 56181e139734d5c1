"""Plays one scenario and watches each stage of its way: fires, is explained, is told, resolves."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx

from responder.demo.mending import Cure, Mending
from responder.demo.outcome import OnStep, Outcome, Step
from responder.demo.scenario import Scenario
from responder.demo.waiting import NotSeenError, seen
from responder.demo.watch import Told, Watch, doubled, explained, report_of
from responder.domain.incident import Ending
from responder.domain.report import Report

FIRES_WITHIN: Final = 180.0
EXPLAINED_WITHIN: Final = 120.0
TOLD_WITHIN: Final = 60.0
RESOLVES_WITHIN: Final = 180.0
"""Seconds; several times what each takes at the usual factor."""


async def play(
    watch: Watch, scenario: Scenario, on_step: OnStep, look: float = 0, cure: Cure | None = None
) -> Outcome:
    """Play one scenario from its beginning to the resolved message.

    `look`: seconds that it goes on after people were told. `cure`: a quick fix by which the alert is to
    resolve while what went wrong is still so; None: only its end mends it.
    """
    outcome = Outcome(scenario)
    performance = _Performance(watch, scenario, outcome, on_step, cure)
    with _noting(outcome):
        await performance.begin()
        await performance.explain()
        await performance.mend(look)
    with _noting(outcome):
        await performance.end()
    return outcome


@contextmanager
def _noting(outcome: Outcome) -> Iterator[None]:
    """What is not seen goes to what was wrong."""
    try:
        yield
    except NotSeenError as error:
        outcome.wrong.append(str(error))


class _Performance:
    """One run of `play`."""

    def __init__(
        self, watch: Watch, scenario: Scenario, outcome: Outcome, on_step: OnStep, cure: Cure | None
    ) -> None:
        self._watch = watch
        self._scenario = scenario
        self._outcome = outcome
        self._on_step = on_step
        self._mending = None if cure is None else Mending(watch, cure, outcome, self._reached)
        self._time = asyncio.get_running_loop().time
        self._began = self._time()

    async def begin(self) -> None:
        """Until Prometheus fires."""
        await self._watch.play(self._scenario.name)
        self._began = self._time()
        await self._reached(Step.PLAYING)
        await self._state("pending", "firing")
        await self._reached(Step.PENDING)
        await self._state("firing")
        await self._reached(Step.FIRING)
        found = await seen("an incident", lambda: self._watch.incident(self._scenario.alert), TOLD_WITHIN)
        self._outcome.incident = found["id"]
        await self._reached(Step.INCIDENT)

    async def explain(self) -> None:
        """Until the report of all alerts is there and told."""
        incident, report = await seen("a complete report of all alerts", self._complete, EXPLAINED_WITHIN)
        self._outcome.report = report
        worst = report.worst
        if worst:
            self._outcome.verdict = worst.ranking.verdict
            self._outcome.leaders = tuple(cause.cause for cause in worst.ranking.leaders)
        self._outcome.wrong += explained(self._scenario, incident, report)
        await self._reached(Step.EXPLAINED)
        told = await seen("a message in Slack", self._likely_told, TOLD_WITHIN)
        self._outcome.message = told.text
        self._outcome.also_fired = sorted({*await self._watch.alerts()} - {self._scenario.alert})
        await self._reached(Step.TOLD)

    async def mend(self, look: float) -> None:
        """Until a quick fix has closed the incident and is undone, while what went wrong is still so."""
        if self._mending is None or not await self._mending.applied():
            await asyncio.sleep(look)
            return
        self._outcome.fixed = False
        await self._mending.verified()
        await self._resolved()
        await asyncio.sleep(look)
        await self._mending.undone()
        self._outcome.fixed = True

    async def end(self) -> None:
        """Until the incident is closed, Slack says how it ended, and all is calm."""
        await self._stop_playing()
        await self._reached(Step.ENDING)
        if self._outcome.incident and Step.RESOLVED not in self._outcome.seconds:
            await self._resolved()
        await seen("calm", self._calm, RESOLVES_WITHIN)
        await self._count()

    async def _resolved(self) -> None:
        closed = await seen("the end of the incident", self._closed, RESOLVES_WITHIN)
        self._outcome.ending = closed["ending"]
        if closed["ending"] != Ending.RECOVERED:
            self._outcome.wrong.append(f"it ended as {closed['ending']}: {closed['ending_text']}")
        told = await seen("the resolved message", self._resolved_told, TOLD_WITHIN)
        self._outcome.ended = told.text
        await self._reached(Step.RESOLVED)

    async def _count(self) -> None:
        """What stands in Slack when all is over: one message, its detail in the thread."""
        told = await self._watch.told(self._outcome.incident)
        if told is None:
            return
        self._outcome.posts, self._outcome.replies = told.posts, told.replies
        self._outcome.wrong += doubled(told)

    async def _stop_playing(self) -> None:
        try:
            await self._watch.play(None)
        except httpx.TransportError:  # the scenario may have ended Hypertool itself
            await self._watch.start_hypertool()

    async def _state(self, *wanted: str) -> None:
        async def reached() -> str | None:
            state = (await self._watch.alerts()).get(self._scenario.alert)
            return state if state in wanted else None

        await seen(f"{self._scenario.alert} {' or '.join(wanted)} in Prometheus", reached, FIRES_WITHIN)

    async def _complete(self) -> tuple[Mapping[str, Any], Report] | None:
        incident = await self._watch.detail(self._outcome.incident)
        held = [alert["labels"] for alert in incident["alerts"]]
        whole = all(any(labels.items() <= one.items() for one in held) for labels in self._scenario.labels)
        report = report_of(incident)
        return (incident, report) if whole and report else None

    async def _likely_told(self) -> Told | None:
        """The message once it says why, and its thread has the detail."""
        told = await self._watch.told(self._outcome.incident)
        return told if told and "likely" in told.text and told.replies else None

    async def _closed(self) -> Mapping[str, Any] | None:
        incident = await self._watch.detail(self._outcome.incident)
        return incident if incident["status"] == "closed" and incident["ending"] else None

    async def _resolved_told(self) -> Told | None:
        told = await self._watch.told(self._outcome.incident)
        return told if told and told.text.startswith("[resolved") else None

    async def _calm(self) -> bool | None:
        """Prometheus measures and holds no alert, and no incident is open, also none of another alert."""
        watch = self._watch
        quiet = not await watch.alerts() and not await watch.open_incidents()
        return (quiet and await watch.scraped()) or None

    async def _reached(self, step: Step) -> None:
        self._outcome.seconds[step] = self._time() - self._began
        await self._on_step(step, self._outcome)
