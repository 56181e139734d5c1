"""Chance must not decide: every scenario again, with other seeds and both kinds of collector.

Of the rarer causes only a few are played in an ordinary test run; here all of them are.
"""

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from responder.demo.likely import LIKELY
from responder.demo.outcome import Outcome
from responder.demo.rarer import RARER
from responder.demo.run import Plan, run
from responder.demo.scenario import Scenario
from responder.demo.show import Audience
from responder.domain.clock import system_clock

pytestmark = [pytest.mark.soak, pytest.mark.scenario]


async def played(scenarios: Sequence[Scenario], seed: int, variant: str) -> Sequence[Outcome]:
    """What became of each: it fired, was explained with its true cause in front, was told, and recovered."""
    plan = Plan(scenarios=scenarios, once=True, seed=seed, variant=variant, people=False)
    outcomes = await run(plan, Audience(Console(file=io.StringIO())), system_clock)
    wrong = {one.scenario.name: one.wrong for one in outcomes if not one.passed}
    assert (len(outcomes), wrong) == (len(scenarios), {})
    return outcomes


@pytest.mark.parametrize(
    ("seed", "variant"), [(101, "designed"), (102, "deployed"), (103, "designed"), (104, "deployed")]
)
async def test_every_likely_cause_is_explained_whatever_the_seed(seed: int, variant: str) -> None:
    await played(LIKELY, seed, variant)


@pytest.mark.parametrize(("seed", "variant"), [(105, "designed"), (106, "deployed")])
async def test_every_rarer_cause_is_told_from_all_others_whatever_the_seed(seed: int, variant: str) -> None:
    outcomes = await played(RARER, seed, variant)
    tied = {one.scenario.name: one.leaders for one in outcomes if one.leaders != one.scenario.causes}
    assert tied == {}
