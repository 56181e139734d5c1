"""Each alert that has a quick fix, from Approve in Slack to the undo, on real Prometheus and Alertmanager.

What went wrong goes on until the fix is undone: nothing but the fix can make the alert resolve.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from responder.demo.cures import CURES
from responder.demo.outcome import Outcome, Step
from responder.demo.play import play
from responder.demo.scenario import Scenario
from responder.demo.scenarios import scenario as named
from responder.demo.watch import Watch
from responder.domain.incident import Ending

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

ONE_SHOTS: Final = ("metrics-crashed", "langfuse-unreachable")
QUICK: Final = (
    "quality-gate-stricter-criteria",
    "switching-oscillation",  # waits for its lease's end; the others are undone by hand
    "token-budget-too-low",
    *ONE_SHOTS,
)
SLOW: Final = (
    "slow-stage-large-prompts",
    "slow-stage-long-completions",
    "slow-stage-model-latency",  # two stages are slow: two fixes
    "depletion-expected-spike",
    "token-budget-model-change",
)
PATIENT: Final = ("slow-stage-large-prompts", "slow-stage-long-completions", "slow-stage-model-latency")
"""Here too the lease's end is waited for: three undone by hand in a row make the responder pause all."""


def staged() -> Iterator[object]:
    """Those that take seconds in every run; those that take a minute in the soak."""
    for name in QUICK:
        yield pytest.param("designed-fixes", named(name), id=name)
    for name in SLOW:
        yield pytest.param("designed-more-fixes", named(name), id=name, marks=pytest.mark.soak)


async def silent(step: Step, outcome: Outcome) -> None:
    """Nobody watches."""


@pytest.mark.parametrize(("watch", "scenario"), [*staged()], indirect=["watch"], scope="module")
async def test_an_approved_fix_makes_its_alert_resolve_and_is_undone(
    watch: Watch, scenario: Scenario
) -> None:
    """On the way is also looked whether the knob stands where it stood."""
    cure = CURES[scenario.name]
    natural_end = cure.natural_end or scenario.name in PATIENT

    outcome = await play(watch, scenario, silent, cure=replace(cure, natural_end=natural_end))

    assert outcome.wrong == []
    assert outcome.fixed is True
    assert outcome.ending == Ending.RECOVERED
    assert steps_with_a_fix(outcome) == [
        Step.TOLD,
        Step.PROPOSED,
        Step.APPROVED,
        Step.VERIFIED,
        Step.RESOLVED,
        *([] if scenario.name in ONE_SHOTS else [Step.UNDONE]),
        Step.ENDING,
    ]
    assert outcome.posts == 1


def steps_with_a_fix(outcome: Outcome) -> list[str]:
    """In the order in which they were reached, from what people are told on."""
    reached = list(outcome.seconds)
    return reached[reached.index(Step.TOLD) :]
