"""The fixes by which scenarios are mended are those that answer their causes."""

import pytest

from responder.demo.cures import CURES
from responder.demo.scenarios import SCENARIOS, scenario
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


def test_every_alert_is_mended_in_some_scenario() -> None:
    """All seven have a quick fix that answers a cause."""
    assert {scenario(name).alert for name in CURES} == {one.alert for one in SCENARIOS}
