"""The demo's stage for tests: real servers, started once for all scenarios that share it."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from responder.demo.faster import Faster
from responder.demo.run import FACTOR, watching
from responder.demo.stage import Life, stage
from responder.demo.watch import Watch
from responder.domain.clock import system_clock

SEEDS: Final = {
    "designed-first": 11,
    "designed-second": 12,
    "designed-third": 15,
    "designed-every-day": 16,
    "designed-fixes": 17,
    "designed-more-fixes": 18,
    "deployed": 13,
    "deployed-dashboards": 14,
}
EVERY_DAY: Final = {"designed-every-day": "depletion-budget-too-low"}
"""What was played on each of the days before."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def watch(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watch]:
    """Whoever looks at a running stage; the parameter names the stage, and its beginning the variant."""
    name: str = request.param
    life = Life(
        seed=SEEDS[name],
        variant=name.partition("-")[0],
        live_from=system_clock(),
        every_day=EVERY_DAY.get(name),
    )
    folder = tmp_path_factory.mktemp(name)
    async with stage(folder, Faster(FACTOR), life, print) as found, watching(found) as watch:
        yield watch
