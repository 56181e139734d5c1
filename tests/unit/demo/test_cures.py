"""The fixes by which scenarios are mended are those that answer their causes."""

from typing import Final

import pytest

from responder.demo.conditions import Conditions
from responder.demo.cures import CURES
from responder.demo.effects import Working
from responder.demo.scenarios import SCENARIOS, scenario
from responder.demo.world import STAGES, Tier
from responder.diagnose.registry import specs
from responder.engine.fixing.proposing import MOST_ALERTS
from responder.playbook.load import load
from responder.resources import resource_dir


@pytest.mark.parametrize("name", CURES)
def test_a_scenario_is_mended_by_a_fix_that_answers_its_true_cause(name: str) -> None:
    """On each of its targets; a fix is proposed for the worst three."""
    played = scenario(name)
    playbook = load(resource_dir("playbooks"), specs())[played.alert]
    declared = next(fix for fix in playbook.fixes if fix.id == CURES[name].fix)

    assert set(played.causes) <= set(declared.answers)
    assert len(played.labels) == CURES[name].targets <= MOST_ALERTS


SHARE: Final = 0.1
"""By so much runs of a stage are shorter or longer."""
LIMIT: Final = 300.0
"""Seconds, of SlowWorkflowStage."""


@pytest.mark.parametrize("name", [name for name in CURES if scenario(name).alert == "SlowWorkflowStage"])
def test_chance_does_not_decide_whether_a_slow_stage_fires_and_is_mended(name: str) -> None:
    """Every run is too slow before, and none after."""
    played, conditions = scenario(name), Conditions()
    keys = [(labels["workflow"], labels["stage"]) for labels in played.labels]
    slow = [one for one in STAGES if (one.workflow, one.name) in keys]
    (effect,) = played.effects
    assert isinstance(effect, Working)
    conditions.influences = effect.influences
    assert min(conditions.manner(one).seconds for one in slow) * (1 - SHARE) > LIMIT
    for key in keys:
        if CURES[name].fix == "smaller-context":
            conditions.contexts[key] //= 2
        else:
            conditions.tiers[key] = Tier.FAST
    assert max(conditions.manner(one).seconds for one in slow) * (1 + SHARE) < LIMIT


def test_every_alert_is_mended_in_some_scenario() -> None:
    """All seven have a quick fix that answers a cause."""
    assert {scenario(name).alert for name in CURES} == {one.alert for one in SCENARIOS}
