"""Every cause that something measured can tell has a scenario; those that nothing tells are named here."""

from collections.abc import Iterator
from typing import Final

from responder.demo.scenarios import SCENARIOS
from responder.diagnose.registry import specs
from responder.playbook.load import load
from responder.resources import resource_dir

Told = tuple[str, str]
"""An alert and one of its causes."""

UNTOLD: Final[dict[Told, str]] = {
    ("HighQualityGateFailureRate", "bad-input"): "what a stage is given to work on is in no metric",
    ("ExcessivePersonaSwitching", "missing-state"): "that a task begins anew can be read in the log only",
    ("SlowWorkflowStage", "sequential-bottleneck"): "which steps wait for each other only a trace shows",
}


def causes() -> Iterator[tuple[Told, bool]]:
    """Each cause of the playbooks, and whether anything can speak for it."""
    for alert, playbook in load(resource_dir("playbooks"), specs()).items():
        for cause in playbook.causes:
            yield (alert, cause.id), bool(cause.for_)


def test_every_cause_that_something_speaks_for_is_played() -> None:
    """One for each: a scenario whose cause is another one's as well proves nothing of telling them apart."""
    played = {(one.alert, *one.causes) for one in SCENARIOS}
    told = {cause for cause, can_be_told in causes() if can_be_told}
    assert told - played == set()
    assert played - told == set()


def test_the_causes_without_a_scenario_are_those_that_nothing_speaks_for() -> None:
    untold = {cause for cause, can_be_told in causes() if not can_be_told}
    assert untold == set(UNTOLD)


def test_every_scenario_has_a_name_and_a_cause_of_its_own() -> None:
    names = [one.name for one in SCENARIOS]
    told = [(one.alert, one.causes) for one in SCENARIOS]
    assert len(names) == len(set(names))
    assert len(told) == len(set(told))
