"""One run of the demo: set the stage, play the scenarios one after another, strike the stage.

A scenario that has happened on each of the days before needs days of its own, and so a stage of its own.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from responder.demo.cures import CURES
from responder.demo.faster import Faster
from responder.demo.interrupt import Interrupted, interruptible
from responder.demo.mending import Cure, Presses
from responder.demo.outcome import Outcome
from responder.demo.play import play
from responder.demo.ports import usual_ports
from responder.demo.scenario import Scenario
from responder.demo.show import Audience
from responder.demo.stage import Life, Stage, stage
from responder.demo.waiting import NotSeenError
from responder.demo.watch import Watch
from responder.domain.clock import Clock
from responder.testing.loopback import loopback_client

FACTOR: Final = 60
SCRAPED_WITHIN: Final = 60.0
POLL_SECONDS: Final = 0.2
HTTP_SECONDS: Final = 10.0
LOOKED_BACK: Final = 32 * 60.0
"""Simulated seconds: as long as playbooks look back for evidence, and two scrapes."""
LOOK_SECONDS: Final = 10.0
"""How long a scenario goes on after people were told, so that they can look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to play, and how.

    `once`: end after the last scenario; else everything stays up until somebody stops it. `people`: somebody
    watches; listen where they expect it, and give them the time to look.
    """

    scenarios: Sequence[Scenario]
    once: bool
    seed: int
    variant: str
    factor: int = FACTOR
    people: bool = True


async def run(plan: Plan, audience: Audience, clock: Clock) -> list[Outcome]:
    """Play a plan. All that was started is stopped at the end, also by Ctrl-C and by a failure.

    Raises:
        DemoFailed, ServerFailed, ToolMissing, NotSeenError: the stage could not be set.
        Interrupted: somebody ended a run that would have ended by itself.
    """
    outcomes: list[Outcome] = []
    try:
        with interruptible():
            for cast in casts(plan.scenarios):
                await _run(plan, cast, audience, _life(plan, cast, clock), outcomes)
    except Interrupted:
        if plan.once:
            raise
    return outcomes


def casts(scenarios: Sequence[Scenario]) -> Sequence[Sequence[Scenario]]:
    """Which of them are played on one stage, in their order: those that were played every day are alone."""
    found: list[list[Scenario]] = []
    for one in scenarios:
        if found and not one.every_day and not found[-1][-1].every_day:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _life(plan: Plan, cast: Sequence[Scenario], clock: Clock) -> Life:
    every_day = next((one.name for one in cast if one.every_day), None)
    return Life(seed=plan.seed, variant=plan.variant, live_from=clock(), every_day=every_day)


async def _run(
    plan: Plan, cast: Sequence[Scenario], audience: Audience, life: Life, outcomes: list[Outcome]
) -> None:
    """Play these on a stage of their own; the last one stays up if the plan says so."""
    own: list[Outcome] = []
    ended: list[tuple[Scenario, float]] = []
    now = asyncio.get_running_loop().time
    if life.every_day is not None:
        audience.say(f"{life.every_day} has been so on each of the days before: those are its own")
    async with _folder(audience, own) as folder, _set(plan, folder, life, audience) as watch:
        for scenario in cast:
            look = LOOK_SECONDS if plan.people else 0
            if (left := forgotten_at(scenario, ended, plan.factor) - now()) > 0:
                audience.say(f"waiting {left:.0f} s: what was before {scenario.name} would be evidence")
                await asyncio.sleep(left)
            own.append(await play(watch, scenario, audience.step, look, _cure(plan, scenario)))
            ended.append((scenario, now()))
            outcomes.append(own[-1])
            audience.end(own[-1])
        if not plan.once and len(outcomes) == len(plan.scenarios):
            await _stay(audience, outcomes)


def forgotten_at(scenario: Scenario, ended: Sequence[tuple[Scenario, float]], factor: int) -> float:
    """When what ended before speaks for no cause of the same alert any more; both are times of the loop's."""
    same = (
        at
        for one, at in ended
        if one.alert == scenario.alert and any(labels in scenario.labels for labels in one.labels)
    )
    return max(same, default=float("-inf")) + LOOKED_BACK / factor


def _cure(plan: Plan, scenario: Scenario) -> Cure | None:
    """The quick fix that answers it; whoever watches a demo that stays up may approve it themselves."""
    found = CURES.get(scenario.name)
    presses = Presses.DEMO if plan.once else Presses.PERSON
    return found and replace(found, presses=presses)


@asynccontextmanager
async def _set(plan: Plan, folder: Path, life: Life, audience: Audience) -> AsyncIterator[Watch]:
    """The stage of a plan; the audience is told where everything is, and that it is being struck."""
    with usual_ports() as alone:
        usual = alone and plan.people
        async with (
            stage(folder, Faster(plan.factor), life, audience.say, usual_ports=usual) as found,
            watching(found) as watch,
        ):
            audience.begin(found)
            try:
                yield watch
            finally:
                audience.striking()


@asynccontextmanager
async def watching(found: Stage) -> AsyncIterator[Watch]:
    """Whoever looks at a stage, from its first measurement on.

    Raises:
        NotSeenError: Prometheus measures nothing.
    """
    async with loopback_client(timeout=HTTP_SECONDS) as http:
        watch = Watch(found, http)
        await _wait_until_scraped(watch)
        yield watch


async def _wait_until_scraped(watch: Watch) -> None:
    try:
        async with asyncio.timeout(SCRAPED_WITHIN):
            while not await watch.scraped():  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise NotSeenError("Prometheus did not scrape Hypertool") from error


async def _stay(audience: Audience, outcomes: Sequence[Outcome]) -> None:
    """Until somebody has seen enough: that ends a plan well."""
    audience.stay(outcomes)
    await asyncio.get_running_loop().create_future()


@asynccontextmanager
async def _folder(audience: Audience, outcomes: Sequence[Outcome]) -> AsyncIterator[Path]:
    """A folder of this run, thrown away at its end; kept with the logs where something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="hypertool-demo-"))
    try:
        yield folder
    except Exception:
        audience.kept(folder)
        raise
    except BaseException:  # somebody ended it
        _discard(folder, audience, outcomes)
        raise
    _discard(folder, audience, outcomes)


def _discard(folder: Path, audience: Audience, outcomes: Sequence[Outcome]) -> None:
    if all(outcome.passed for outcome in outcomes):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        audience.kept(folder)
