"""One run of the demo: set the stage, play the scenarios one after another, strike the stage."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from responder.demo.faster import Faster
from responder.demo.play import NotSeenError, Outcome, play
from responder.demo.scenarios import Scenario
from responder.demo.show import Audience
from responder.demo.stage import Life, stage
from responder.demo.watch import Watch
from responder.domain.clock import Clock

FACTOR: Final = 60
SCRAPED_WITHIN: Final = 40.0
POLL_SECONDS: Final = 0.2
HTTP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to play, and how.

    `once`: end after the last scenario; else everything stays up until somebody stops it.
    """

    scenarios: Sequence[Scenario]
    once: bool
    seed: int
    variant: str
    factor: int = FACTOR


async def run(plan: Plan, audience: Audience, clock: Clock) -> list[Outcome]:
    """Play a plan. All that was started is stopped at the end, also by Ctrl-C and by a failure.

    Raises:
        DemoFailed, ServerFailed, ToolMissing, NotSeenError: the stage could not be set.
    """
    outcomes: list[Outcome] = []
    life = Life(seed=plan.seed, variant=plan.variant, live_from=clock())
    async with (
        _folder(audience) as folder,
        stage(folder, Faster(plan.factor), life, audience.say) as found,
        httpx.AsyncClient(trust_env=False, timeout=HTTP_SECONDS) as http,
    ):
        watch = Watch(found, http)
        await _wait_until_scraped(watch)
        audience.begin(found)
        for scenario in plan.scenarios:
            outcome = await play(watch, scenario, audience.step)
            outcomes.append(outcome)
            audience.end(outcome)
        if not plan.once:
            audience.stay()
            await _stopped()
    return outcomes


async def _wait_until_scraped(watch: Watch) -> None:
    try:
        async with asyncio.timeout(SCRAPED_WITHIN):
            while not await watch.scraped():  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise NotSeenError("Prometheus did not scrape Hypertool") from error


@asynccontextmanager
async def _folder(audience: Audience) -> AsyncIterator[Path]:
    """A folder of this run, thrown away at its end; kept with the logs if it fails."""
    folder = Path(tempfile.mkdtemp(prefix="hypertool-demo-"))
    try:
        yield folder
    except Exception:
        audience.say(f"the logs are in {folder}")
        raise
    shutil.rmtree(folder, ignore_errors=True)


async def _stopped() -> None:
    """Until Ctrl-C, or a request to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for reason in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(reason, stop.set)
    await stop.wait()
