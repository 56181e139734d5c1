"""Plays one scenario and watches each stage of its way: fires, is explained, is told, resolves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

import httpx

from responder.demo.scenario import Scenario
from responder.demo.watch import Reply, Told, Watch, doubled, explained, report_of
from responder.domain.incident import Ending
from responder.domain.report import Report

POLL_SECONDS: Final = 0.2
FIRES_WITHIN: Final = 90.0
EXPLAINED_WITHIN: Final = 40.0
TOLD_WITHIN: Final = 20.0
RESOLVES_WITHIN: Final = 90.0

T = TypeVar("T")


class Step(StrEnum):
    """The stages of an alert's way that an audience can see."""

    PLAYING = "playing"
    PENDING = "pending"
    FIRING = "firing"
    INCIDENT = "incident"
    EXPLAINED = "explained"
    TOLD = "told"
    ENDING = "ending"
    RESOLVED = "resolved"


@dataclass(slots=True)
class Outcome:
    """What became of a scenario. It passed if nothing is wrong."""

    scenario: Scenario
    incident: str = ""
    verdict: str = ""
    leaders: tuple[str, ...] = ()
    report: Report | None = None
    """The first complete one about all alerts."""
    message: str = ""
    """What a locked phone shows first."""
    posts: int = 0
    """Messages about the incident in the channel; one, unless something is doubled."""
    replies: tuple[Reply, ...] = ()
    """What stands in its thread at the end."""
    ending: str = ""
    ended: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    """When each step was reached, from the scenario's beginning."""
    wrong: list[str] = field(default_factory=list)
    also_fired: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.wrong and Step.RESOLVED in self.seconds

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "scenario": self.scenario.name,
            "alert": self.scenario.alert,
            "true_causes": list(self.scenario.causes),
            "passed": self.passed,
            "incident": self.incident,
            "verdict": self.verdict,
            "leading_causes": list(self.leaders),
            "message": self.message,
            "slack": {
                "messages": self.posts,
                "replies": len(self.replies),
                "broadcasts": sum(reply.broadcast for reply in self.replies),
            },
            "ending": self.ending,
            "ended_message": self.ended,
            "seconds": {step: round(at, 1) for step, at in self.seconds.items()},
            "also_fired": self.also_fired,
            "wrong": self.wrong,
        }


OnStep = Callable[[Step, Outcome], Awaitable[None]]


class NotSeenError(Exception):
    """Something the audience waits for did not happen in time."""


async def play(watch: Watch, scenario: Scenario, on_step: OnStep, look: float = 0) -> Outcome:
    """Play one scenario from its beginning to the resolved message.

    `look`: seconds that it goes on after people were told.
    """
    outcome = Outcome(scenario)
    performance = _Performance(watch, scenario, outcome, on_step)
    try:
        await performance.begin()
        await performance.explain()
        await asyncio.sleep(look)
    except NotSeenError as error:
        outcome.wrong.append(str(error))
    try:
        await performance.end()
    except NotSeenError as error:
        outcome.wrong.append(str(error))
    return outcome


class _Performance:
    """One run of `play`."""

    def __init__(self, watch: Watch, scenario: Scenario, outcome: Outcome, on_step: OnStep) -> None:
        self._watch = watch
        self._scenario = scenario
        self._outcome = outcome
        self._on_step = on_step
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
        found = await self._seen(
            "an incident", lambda: self._watch.incident(self._scenario.alert), TOLD_WITHIN
        )
        self._outcome.incident = found["id"]
        await self._reached(Step.INCIDENT)

    async def explain(self) -> None:
        """Until the report of all alerts is there and told."""
        incident, report = await self._seen(
            "a complete report of all alerts", self._complete, EXPLAINED_WITHIN
        )
        self._outcome.report = report
        worst = report.worst
        if worst:
            self._outcome.verdict = worst.ranking.verdict
            self._outcome.leaders = tuple(cause.cause for cause in worst.ranking.leaders)
        self._outcome.wrong += explained(self._scenario, incident, report)
        await self._reached(Step.EXPLAINED)
        told = await self._seen("a message in Slack", self._likely_told, TOLD_WITHIN)
        self._outcome.message = told.text
        self._outcome.also_fired = sorted({*await self._watch.alerts()} - {self._scenario.alert})
        await self._reached(Step.TOLD)

    async def end(self) -> None:
        """Until the incident is closed and Slack says how it ended."""
        await self._stop_playing()
        await self._reached(Step.ENDING)
        if not self._outcome.incident:
            await self._seen("calm", self._calm, RESOLVES_WITHIN)
            return
        closed = await self._seen("the end of the incident", self._closed, RESOLVES_WITHIN)
        self._outcome.ending = closed["ending"]
        if closed["ending"] != Ending.RECOVERED:
            self._outcome.wrong.append(f"it ended as {closed['ending']}: {closed['ending_text']}")
        told = await self._seen("the resolved message", self._resolved_told, TOLD_WITHIN)
        self._outcome.ended = told.text
        await self._seen("calm", self._calm, RESOLVES_WITHIN)
        await self._count()
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

        await self._seen(f"{self._scenario.alert} {' or '.join(wanted)} in Prometheus", reached, FIRES_WITHIN)

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

    async def _seen(self, what: str, look: Callable[[], Awaitable[T | None]], within: float) -> T:
        """Look until it is there.

        Raises:
            NotSeenError: it was not there in time.
        """
        try:
            async with asyncio.timeout(within):
                while (found := await look()) is None:  # noqa: ASYNC110 - it happens in other processes
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            raise NotSeenError(f"{what}: not seen within {within:.0f} s") from error
        return found
