"""Chance must not decide: every scenario again, with other seeds and both kinds of collector."""

import io

import pytest
from rich.console import Console

from responder.demo.run import Plan, run
from responder.demo.scenarios import SCENARIOS
from responder.demo.show import Audience
from responder.domain.clock import system_clock

pytestmark = [pytest.mark.soak, pytest.mark.scenario]


@pytest.mark.parametrize(
    ("seed", "variant"), [(101, "designed"), (102, "deployed"), (103, "designed"), (104, "deployed")]
)
async def test_every_scenario_is_explained_whatever_the_seed(seed: int, variant: str) -> None:
    """Each fires, is explained with its true cause first, is told, and recovers."""
    plan = Plan(scenarios=SCENARIOS, once=True, seed=seed, variant=variant, people=False)
    outcomes = await run(plan, Audience(Console(file=io.StringIO())), system_clock)
    wrong = {one.scenario.name: one.wrong for one in outcomes if not one.passed}
    assert (len(outcomes), wrong) == (len(SCENARIOS), {})
