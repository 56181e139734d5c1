"""The seven playbooks that come with the product."""

import re

import pytest

from responder.domain.alert import Severity
from responder.domain.fix import FixKind
from responder.domain.units import Unit
from responder.playbook.model import Playbook, Playbooks
from responder.playbook.promql import parsed, variables
from responder.playbook.rules import queries_of

CAUSES = {
    "TokenBudgetExceeded": {
        "prompt-bloat": "high",
        "no-caching": "medium",
        "unexpected-chatmode": "medium",
        "budget-too-low": "low",
        "model-change": "low",
    },
    "HighQualityGateFailureRate": {
        "stricter-criteria": "high",
        "prompt-issues": "high",
        "model-degraded": "medium",
        "wrong-model-tier": "medium",
        "bad-input": "low",
    },
    "ExcessivePersonaSwitching": {
        "oscillation": "high",
        "over-eager-routing": "high",
        "missing-state": "medium",
        "chatmode-bug": "medium",
        "intended": "low",
    },
    "SlowWorkflowStage": {
        "large-prompts": "high",
        "long-completions": "high",
        "model-latency": "medium",
        "gate-retries": "medium",
        "sequential-bottleneck": "low",
    },
    "TokenBudgetDepletionPredicted": {
        "expected-spike": "high",
        "unexpected-usage": "medium",
        "caching-off": "medium",
        "budget-too-low": "low",
    },
    "HypertoolMetricsNotReported": {
        "process-crashed": "high",
        "port-conflict": "medium",
        "network": "low",
        "metrics-disabled": "low",
    },
    "LangfuseIntegrationFailing": {
        "missing-credentials": "high",
        "wrong-credentials": "high",
        "unreachable": "medium",
        "sdk-missing": "medium",
        "disabled-on-purpose": "low",
    },
}
"""The runbook's table: causes and how likely they are, in its order."""

FIXES = {
    "TokenBudgetExceeded": {"raise-budget": {"budget-too-low", "model-change"}},
    "HighQualityGateFailureRate": {
        "relax-gate": {"stricter-criteria"},
        "higher-model-tier": {"wrong-model-tier", "model-degraded"},
    },
    "ExcessivePersonaSwitching": {
        "switch-cooldown": {"oscillation", "over-eager-routing", "missing-state", "chatmode-bug"}
    },
    "SlowWorkflowStage": {
        "smaller-context": {"large-prompts"},
        "faster-model-tier": {"model-latency", "long-completions"},
    },
    "TokenBudgetDepletionPredicted": {"raise-budget": {"budget-too-low", "expected-spike"}},
    "HypertoolMetricsNotReported": {"restart-hypertool": {"process-crashed"}},
    "LangfuseIntegrationFailing": {
        "reconnect-langfuse": {"unreachable", "missing-credentials", "wrong-credentials"}
    },
}
"""Which fix answers which cause; any alert can be silenced besides."""

ONE_SHOT = {"restart-hypertool", "reconnect-langfuse", "silence"}

ALERTS = pytest.mark.parametrize("alert", CAUSES)


@pytest.fixture
def playbook(shipped: Playbooks, alert: str) -> Playbook:
    return shipped[alert]


def test_every_alert_has_its_playbook(shipped: Playbooks) -> None:
    assert set(shipped) == set(CAUSES)


@ALERTS
def test_the_causes_are_the_runbooks_in_its_order(playbook: Playbook) -> None:
    told = {cause.id: cause.likelihood.value for cause in playbook.causes}
    assert list(told.items()) == list(CAUSES[playbook.alert].items())


@ALERTS
def test_the_fixes_answer_what_the_runbook_says(playbook: Playbook) -> None:
    told = {fix.id: set(fix.answers) for fix in playbook.fixes}
    assert told == {**FIXES[playbook.alert], "silence": set()}
    assert {fix.id for fix in playbook.fixes if fix.kind is FixKind.ONE_SHOT} == ONE_SHOT & set(told)


@ALERTS
def test_every_part_of_the_runbook_is_there(playbook: Playbook) -> None:
    parts = (playbook.description, playbook.impact, playbook.investigation, playbook.long_term)
    assert all(parts)
    assert playbook.prevention
    assert playbook.if_you_do_nothing
    assert all(cause.check for cause in playbook.causes)


@ALERTS
def test_the_last_headline_needs_nothing_but_the_alert(playbook: Playbook) -> None:
    """Whatever is down, people are told in words what it is about."""
    names = set(re.findall(r"\{([^}]*)\}", playbook.headline[-1]))
    assert names <= set(playbook.variables)


@ALERTS
def test_a_headline_has_no_severity_trend_or_cause(playbook: Playbook) -> None:
    words = {*map(str, Severity), "rising", "falling", *(cause.title.lower() for cause in playbook.causes)}
    for headline in playbook.headline:
        assert not [word for word in words if word in headline.lower()]
        assert len(headline) <= 80


@ALERTS
def test_a_number_that_is_shown_has_a_unit(playbook: Playbook) -> None:
    for diagnostic in playbook.diagnostics:
        if diagnostic.kind == "promql":
            assert isinstance(diagnostic.unit, Unit), diagnostic.id


@ALERTS
def test_every_query_can_be_asked(playbook: Playbook) -> None:
    for path, query in queries_of(playbook):
        assert parsed(query), path
        assert variables(query) <= set(playbook.variables)


@ALERTS
def test_what_can_be_pasted_asks_and_changes_nothing(playbook: Playbook) -> None:
    """What it answers is seen by `tests/scenario/test_runbook.py`."""
    pasted = [step for step in playbook.investigation if step.query or step.run]
    assert len(pasted) >= 3
    for step in pasted:
        assert step.query or (step.run or "").startswith(("curl -fsS ", "ss "))
        assert not variables(step.query or "")


@ALERTS
def test_no_instance_and_no_job_tells_alerts_apart(playbook: Playbook) -> None:
    assert not {"instance", "job"} & set(playbook.variables)
