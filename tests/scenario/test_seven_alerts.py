"""Each of the seven alerts from Hypertool's metrics to Slack, on the real Prometheus and Alertmanager.

What happens is played by the reference Hypertool, which knows nothing of alerts; nothing here sets a metric.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import pytest

from responder.demo.likely import LIKELY, of_each_alert
from responder.demo.scenario import Scenario
from responder.demo.scenarios import scenario as named
from responder.demo.watch import Watch

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

PlayAndCheck = Callable[[Watch, Scenario], Awaitable[None]]
MendAndCheck = Callable[[Watch, Scenario, bool], Awaitable[None]]
TOUCHED_BY_THE_VARIANT: Final = ("TokenBudgetExceeded", "HighQualityGateFailureRate")


def on(stage: str, scenarios: Sequence[Scenario]) -> Iterator[object]:
    """These scenarios on one stage, one after the other: a stage has one Hypertool."""
    for scenario in scenarios:
        yield pytest.param(stage, scenario, id=f"{stage}-{scenario.name}")


MENDED: Final = ("token-budget-too-low", "quality-gate-stricter-criteria")
"""On the deployed collector by their quick fixes: a budget clamped at 0, gates as passed and failed."""
STAGED: Final = (
    *on("designed-first", of_each_alert(1)),
    *on(
        "deployed",
        [one for one in LIKELY if one.alert in TOUCHED_BY_THE_VARIANT and one.name not in MENDED],
    ),
)


@pytest.mark.parametrize(("watch", "scenario"), STAGED, indirect=["watch"], scope="module")
async def test_an_alert_is_explained_told_once_and_told_to_be_over(
    watch: Watch, scenario: Scenario, play_and_check: PlayAndCheck
) -> None:
    await play_and_check(watch, scenario)


@pytest.mark.parametrize(
    ("watch", "scenario"),
    [*on("deployed", [named(name) for name in MENDED])],
    indirect=["watch"],
    scope="module",
)
async def test_what_an_approved_fix_mends_is_explained_as_well_and_resolves(
    watch: Watch, scenario: Scenario, mend_and_check: MendAndCheck
) -> None:
    """Both are undone by hand."""
    await mend_and_check(watch, scenario, False)
