"""Every cause that a playbook of ours names has a case."""

from collections.abc import Callable, Sequence

import pytest

from responder.diagnose.registry import specs
from responder.domain.report import Verdict
from responder.knowledge.playbook_tests.coverage import uncovered
from responder.knowledge.playbook_tests.load import Loaded, load
from responder.playbook.load import load as load_playbooks
from responder.resources import resource_dir


@pytest.fixture(scope="module")
def shipped() -> Sequence[Loaded]:
    return load([resource_dir("playbooks")], specs())


def test_every_cause_of_every_playbook_has_a_case(shipped: Sequence[Loaded]) -> None:
    """It comes first in it; or, where metrics can't tell, the case proves that its manual check is named."""
    assert uncovered(shipped) == {}
    assert {one.suite.alert for one in shipped} == set(load_playbooks(resource_dir("playbooks"), specs()))


def test_a_cause_that_can_be_told_comes_first_in_a_case(shipped: Sequence[Loaded]) -> None:
    """A check by hand is enough only for what no test speaks for."""
    leading = {
        (one.suite.alert, cause)
        for one in shipped
        for expect in (one.case.expect, *one.case.expect.each)
        if expect.verdict is not Verdict.UNTESTED
        for cause in (expect.first, *expect.tied)
    }
    told = {(one.suite.alert, cause.id) for one in shipped for cause in one.playbook.causes if cause.for_}
    assert told - leading == set()


def test_a_cause_without_a_case_is_named(suite: Callable[[str], Sequence[Loaded]]) -> None:
    cases = suite("""\
alert: PersonaStuck
cases:
  - {name: a, alerts: [{persona: a}], expect: {checks: [hanging]}}
  - {name: b, alerts: [{persona: a}], expect: {each: [{alert: {persona: a}, first: asleep}]}}
""")
    assert uncovered(cases) == {"PersonaStuck": ("no-budget",)}
