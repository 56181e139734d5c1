"""The seven alerts again, each by other causes, which the evidence must put first.

What happens is played by the reference Hypertool, which knows nothing of alerts; nothing here sets a metric.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import pytest

from responder.demo.likely import of_each_alert
from responder.demo.scenario import Scenario
from responder.demo.scenarios import scenario as named
from responder.demo.watch import Watch

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

PlayAndCheck = Callable[[Watch, Scenario], Awaitable[None]]


def on(stage: str, scenarios: Sequence[Scenario]) -> Iterator[object]:
    """These scenarios on one stage, one after the other: a stage has one Hypertool."""
    for scenario in scenarios:
        yield pytest.param(stage, scenario, id=f"{stage}-{scenario.name}")


STAGED: Final = (
    *on("designed-second", of_each_alert(2)),
    *on("designed-third", of_each_alert(3)),
    # Of the rarer ones those that are made in a way of their own; all are played by `make soak`.
    *on("designed-third", [named("quality-gate-prompt-issues"), named("metrics-network")]),
)


@pytest.mark.parametrize(("watch", "scenario"), STAGED, indirect=["watch"], scope="module")
async def test_an_alert_is_explained_told_once_and_told_to_be_over(
    watch: Watch, scenario: Scenario, play_and_check: PlayAndCheck
) -> None:
    await play_and_check(watch, scenario)
