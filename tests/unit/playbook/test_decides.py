"""The evidence decides: what is found for each alert, and the cause that the playbooks make of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from responder.domain.alert import Alert, AlertStatus
from responder.domain.incident import opened
from responder.domain.report import Finding, FindingState, Ranking, Report, Row, Verdict
from responder.playbook.answers import Answers
from responder.playbook.context import Context
from responder.playbook.explain import explain
from responder.playbook.model import Playbook, Playbooks

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LABELS = {"persona": "backend-engineer", "workflow": "bug-fix", "stage": "patch", "severity": "warning"}

Values = dict[str, Any]
"""By diagnostic: its value, or its fields. What is not named has no data; a test's query goes by `yes`."""

BUDGET, GATES, SWITCHING, SLOW = (
    "TokenBudgetExceeded",
    "HighQualityGateFailureRate",
    "ExcessivePersonaSwitching",
    "SlowWorkflowStage",
)
PREDICTED, SILENT, LANGFUSE = (
    "TokenBudgetDepletionPredicted",
    "HypertoolMetricsNotReported",
    "LangfuseIntegrationFailing",
)

USUAL_BUDGET: Values = {
    "tokens_a_stage_up": 1.0,
    "use_up": 1.6,
    "new_chatmode_share": 0.0,
    "model_share_up": 0.01,
    "budget": {"changed_recently": False},
}
USUAL_GATES: Values = {
    "gate": {"value": "normal", "at_default": True, "moved": "none", "changed_recently": False},
    "model": {"value": "balanced", "at_default": True, "changed_recently": False},
    "share_of_failures": 0.3,
    "workflows_dropped": 1.0,
}
DEAD: Values = {"reachable": False, "failure": "refused"}
ALIVE: Values = {"reachable": True}
METRICS: Values = {"reachable": True, "is_metrics": True}
A_PAGE: Values = {"reachable": True, "is_metrics": False}
HANGING: Values = {"reachable": False, "failure": "timeout"}


def ranking(playbook: Playbook, values: Values, *, use_evidence: bool = True) -> Ranking:
    return report(playbook, values, use_evidence=use_evidence).alerts[0].ranking


def report(playbook: Playbook, values: Values, *, use_evidence: bool = True) -> Report:
    labels = {"alertname": playbook.alert, **{k: v for k, v in LABELS.items() if k in playbook.variables}}
    subject = playbook.subject(labels)
    findings = tuple(_finding(one.id, one.kind, values.get(one.id), subject) for one in playbook.diagnostics)
    yes = values.get("yes")
    evidence = {query: _finding("test", "promql", yes, subject) for query in playbook.evidence_queries}
    alert = Alert(fingerprint="f", labels=labels, annotations={}, status=AlertStatus.FIRING, starts_at=NOW)
    answers = Answers(findings=findings, evidence=evidence, made_at=NOW)
    incident = opened("i", [alert], NOW).incident
    return explain(playbook, incident, answers, Context(), use_evidence=use_evidence)


def _finding(name: str, kind: str, value: Any, subject: Any) -> Finding:
    fields = value if isinstance(value, dict) else {"value": value}
    rows = () if value is None else (Row(subject=subject, values=fields),)
    state = FindingState.MEASURED if rows else FindingState.NO_DATA
    return Finding(diagnostic=name, title=name, kind=kind, state=state, rows=rows)


SAME_CALLS: Values = {"tokens_in_factor": 1.0, "tokens_out_factor": 1.0, "repeated_share": 0.02}
REPEATED: Values = SAME_CALLS | {"repeated_share": 0.8}
CACHE_GONE: Values = SAME_CALLS | {"cached_share_lost": 0.6}
MORE_IN: Values = SAME_CALLS | {"tokens_in_factor": 4.0}
MORE_OUT: Values = SAME_CALLS | {"tokens_out_factor": 4.0}
SLOW_AND_DEAR: Values = {"tokens_a_stage_up": 5.0, "stages_slower": 0.1, "failed_share": 0.05, "yes": 0.0}

FOUND: list[tuple[str, str, Values]] = [
    (BUDGET, "prompt-bloat", USUAL_BUDGET | {"tokens_a_stage_up": 5.0}),
    (BUDGET, "prompt-bloat", USUAL_BUDGET | {"tokens_a_stage_up": 5.0, "calls": MORE_IN}),
    # tokens a stage are up as well: only Langfuse sees that they are the same prompts
    (BUDGET, "no-caching", USUAL_BUDGET | {"tokens_a_stage_up": 5.0, "calls": REPEATED}),
    # prompts differ, but what they begin with is not read from the provider's cache any more
    (BUDGET, "no-caching", USUAL_BUDGET | {"tokens_a_stage_up": 5.0, "calls": CACHE_GONE}),
    (BUDGET, "unexpected-chatmode", USUAL_BUDGET | {"new_chatmode_share": 0.9, "calls": SAME_CALLS}),
    (BUDGET, "unexpected-chatmode", USUAL_BUDGET | {"new_chatmode_share": 0.9}),
    # a new chatmode's prompts may be longer, too
    (BUDGET, "unexpected-chatmode", USUAL_BUDGET | {"new_chatmode_share": 0.9, "tokens_a_stage_up": 2.0}),
    (BUDGET, "budget-too-low", USUAL_BUDGET | {"use_up": 1.05}),
    # a dearer model uses more tokens a stage
    (BUDGET, "model-change", USUAL_BUDGET | {"model_share_up": 0.8, "tokens_a_stage_up": 1.75}),
    (
        GATES,
        "stricter-criteria",
        USUAL_GATES | {"gate": {"value": "strict", "at_default": False, "moved": "up"}},
    ),
    (GATES, "model-degraded", USUAL_GATES | {"workflows_dropped": 2.0}),
    (GATES, "wrong-model-tier", USUAL_GATES | {"model": {"value": "fast", "at_default": False}}),
    (SWITCHING, "oscillation", {"pair_share": 0.9, "chatmode_share": 0.4, "median_stay": 8.0, "yes": 0.0}),
    (
        SWITCHING,
        "over-eager-routing",
        {"pair_share": 0.1, "chatmode_share": 0.4, "median_stay": 2.0, "yes": 1.0},
    ),
    (SWITCHING, "chatmode-bug", {"pair_share": 0.1, "chatmode_share": 0.9, "median_stay": 12.0, "yes": 0.0}),
    (
        SWITCHING,
        "intended",
        {"pair_share": 0.1, "chatmode_share": 0.4, "median_stay": 12.0, "up_on_day_before": 1.0, "yes": 0.0},
    ),
    (
        SLOW,
        "model-latency",
        {"tokens_a_stage_up": 1.0, "stages_slower": 1.0, "failed_share": 0.05, "yes": 0.0},
    ),
    (SLOW, "large-prompts", SLOW_AND_DEAR | {"calls": MORE_IN}),
    (SLOW, "long-completions", SLOW_AND_DEAR | {"calls": MORE_OUT}),
    (
        SLOW,
        "model-latency",
        {
            "tokens_a_stage_up": 1.0,
            "stages_slower": 1.0,
            "failed_share": 0.05,
            "yes": 0.0,
            "calls": SAME_CALLS,
        },
    ),
    (SLOW, "gate-retries", {"tokens_a_stage_up": 1.0, "stages_slower": 0.1, "failed_share": 0.5, "yes": 1.0}),
    (PREDICTED, "expected-spike", {"spike": 3.0, "new_chatmode_share": 0.0, "days_fired": 0.0}),
    (PREDICTED, "expected-spike", {"spike": 3.0, "new_chatmode_share": 0.0, "calls": SAME_CALLS}),
    (PREDICTED, "caching-off", {"spike": 3.0, "new_chatmode_share": 0.0, "calls": REPEATED}),
    (PREDICTED, "caching-off", {"spike": 3.0, "new_chatmode_share": 0.0, "calls": CACHE_GONE}),
    (PREDICTED, "unexpected-usage", {"spike": 3.0, "new_chatmode_share": 0.8, "days_fired": 0.0}),
    (PREDICTED, "budget-too-low", {"spike": 1.0, "new_chatmode_share": 0.0, "days_fired": 5.0}),
    (
        SILENT,
        "process-crashed",
        {
            "process": {"running": False, "exit_code": 137.0},
            "metrics_probe": DEAD,
            "control_probe": DEAD,
            "target": {"failure": "refused", "health": "down"},
        },
    ),
    # nobody configured a supervisor
    (SILENT, "process-crashed", {"metrics_probe": DEAD, "control_probe": DEAD}),
    # only Prometheus can say anything
    (SILENT, "process-crashed", {"target": {"failure": "refused", "health": "down"}}),
    (
        SILENT,
        "port-conflict",
        {
            "process": {"running": True},
            "metrics_probe": A_PAGE,
            "control_probe": ALIVE,
            "target": {"failure": "not_metrics", "health": "down"},
        },
    ),
    (
        SILENT,
        "network",
        {
            "process": {"running": True},
            "metrics_probe": METRICS,
            "control_probe": ALIVE,
            "target": {"failure": "timeout", "health": "down"},
        },
    ),
    (
        SILENT,
        "metrics-disabled",
        {
            "process": {"running": True},
            "metrics_probe": DEAD,
            "control_probe": ALIVE,
            "target": {"failure": "refused", "health": "down"},
        },
    ),
    (LANGFUSE, "missing-credentials", {"connection": {"connected": False, "reason": "missing_credentials"}}),
    (LANGFUSE, "wrong-credentials", {"connection": {"connected": False, "reason": "unauthorized"}}),
    (LANGFUSE, "wrong-credentials", {"langfuse_probe": {"reachable": True, "status": 401.0}}),
    (LANGFUSE, "unreachable", {"connection": {"connected": False, "reason": "unreachable"}}),
    (LANGFUSE, "sdk-missing", {"connection": {"connected": False, "reason": "sdk_missing"}}),
    (LANGFUSE, "disabled-on-purpose", {"connection": {"connected": False, "reason": "disabled"}}),
]


@pytest.mark.parametrize(("alert", "cause", "values"), FOUND)
def test_what_is_found_makes_one_cause_clear(
    shipped: Playbooks, alert: str, cause: str, values: Values
) -> None:
    found = ranking(shipped[alert], values)
    assert (found.causes[0].cause, found.verdict) == (cause, Verdict.CLEAR)


@pytest.mark.parametrize(("alert", "cause", "values"), FOUND)
def test_without_evidence_only_the_runbooks_first_is_first(
    shipped: Playbooks, alert: str, cause: str, values: Values
) -> None:
    first = ranking(shipped[alert], values, use_evidence=False).causes[0]
    assert first.cause == shipped[alert].causes[0].id
    assert first.likelihood.value == "high"


def test_large_prompts_and_long_completions_cannot_be_told_apart(shipped: Playbooks) -> None:
    found = ranking(shipped[SLOW], {"tokens_a_stage_up": 5.0, "stages_slower": 0.1, "yes": 0.0})
    assert found.verdict is Verdict.TIED
    assert [cause.cause for cause in found.leaders] == ["large-prompts", "long-completions"]


@pytest.mark.parametrize("changed", [True, False])
def test_a_new_version_of_the_prompt_speaks_for_prompt_issues_but_does_not_prove_them(
    shipped: Playbooks, changed: object
) -> None:
    """What was changed in it only a person can judge."""
    found = ranking(shipped[GATES], USUAL_GATES | {"calls": {"prompt_changed": changed}})
    issues = next(cause for cause in found.causes if cause.cause == "prompt-issues")
    assert bool(issues.said(supports=True)) is changed
    assert issues.check


@pytest.mark.parametrize("alert", [BUDGET, GATES, SWITCHING, SLOW, PREDICTED, SILENT, LANGFUSE])
def test_when_nothing_answers_no_cause_is_claimed(shipped: Playbooks, alert: str) -> None:
    found = ranking(shipped[alert], {})
    assert (found.verdict, found.leaders) == (Verdict.UNTESTED, ())


def test_a_port_that_hangs_is_no_crash_and_not_switched_off(shipped: Playbooks) -> None:
    """The table has no row for it: nothing is claimed that isn't so."""
    hangs = {"process": {"running": True}, "metrics_probe": HANGING, "control_probe": ALIVE}
    found = ranking(shipped[SILENT], hangs)
    assert found.causes[0].cause != "process-crashed"


def test_what_metrics_cannot_tell_is_to_be_checked_by_hand_unless_it_is_ruled_out(
    shipped: Playbooks,
) -> None:
    strict = report(
        shipped[GATES], USUAL_GATES | {"gate": {"value": "strict", "at_default": False, "moved": "up"}}
    )
    assert [check.split(":")[0] for check in strict.checks] == [
        "Stricter criteria",
        "Prompt issues",
        "Bad input",
    ]
    degraded = report(shipped[GATES], USUAL_GATES | {"workflows_dropped": 2.0})
    assert [check.split(":")[0] for check in degraded.checks] == ["Model degraded", "Bad input"]
