"""A realistic notice for each of the seven alerts, as it reads two minutes after it fired."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from responder.domain.alert import Severity
from responder.domain.errors import Reason
from responder.domain.notice import Notice
from responder.domain.report import (
    WHOLE,
    Change,
    Direction,
    Finding,
    FindingState,
    FixSuggestion,
    Lease,
    Likelihood,
    Scalar,
    SeenBefore,
    Verdict,
    Weight,
)
from responder.domain.units import Unit
from responder.testing.samples.parts import (
    NOW,
    alert,
    alert_report,
    cause,
    finding,
    incident,
    no,
    notice,
    ranking,
    reading,
    report,
    row,
    unmeasured,
    yes,
)

PERSONA: Final = (("persona", "backend-engineer"),)
STAGE: Final = {"workflow": "feature-implementation", "stage": "implement"}
KNOB: Final[Mapping[str, Scalar]] = {
    "value": 2000.0,
    "default": 2000.0,
    "at_default": True,
    "minimum": 0.0,
    "maximum": 20000.0,
    "changed_at": None,
    "changed_by": None,
    "changed_recently": False,
    "reason": None,
    "leased": False,
}
NO_LANGFUSE: Final = "Langfuse is not configured"


def token_budget_exceeded() -> Notice:
    """Prompt bloat, clear; Langfuse isn't configured; seen before."""
    fired = alert("TokenBudgetExceeded", Severity.CRITICAL, {"persona": "backend-engineer"})
    ranked = ranking(
        cause(
            "Prompt bloat",
            Likelihood.HIGH,
            32.0,
            yes("tokens per finished stage are up on the day before: 412, then 131"),
            unmeasured("Langfuse sees more tokens a call", NO_LANGFUSE, Weight.MODERATE),
            check="Compare the persona's prompt with the one of the day before.",
            look="the prompt's history, and Langfuse's traces of the persona",
        ),
        cause("Budget too low", Likelihood.LOW, 1.0, no("use is within 10 % of the same hours before")),
        cause(
            "No caching",
            Likelihood.MEDIUM,
            2.0,
            unmeasured("Langfuse sees the same prompt twice", NO_LANGFUSE),
            check="Is caching switched on in this deployment?",
        ),
        cause(
            "Unexpected chatmode",
            Likelihood.MEDIUM,
            0.25,
            no("a chatmode used none a day ago"),
            yes("all chatmodes were in use a day ago", supports=False),
        ),
    )
    measured = reading(-250.0, Unit.TOKENS, 0.0, Direction.BELOW, before=1640.0)
    known = alert_report(
        fired, "backend-engineer 250 tokens over 2000", measured, ranked, variables=("persona",)
    )
    findings = (
        finding(
            "burn",
            "Tokens used",
            Unit.TOKENS_PER_MINUTE,
            (
                row(PERSONA, {"chatmode": "bug-fix", "model": "gpt-4"}, value=31.5),
                row(PERSONA, {"chatmode": "feature-implementation", "model": "gpt-4-mini"}, value=9.25),
            ),
            query='sum by (persona, chatmode, model) (rate(x{persona=~"backend-engineer"}[5m])) * 60',
        ),
        finding("budget", "Budget", Unit.TOKENS, (row(PERSONA, {}, **KNOB),), kind="control"),
        Finding(
            diagnostic="langfuse",
            title="Tokens a call",
            kind="langfuse",
            state=FindingState.FAILED,
            reason=Reason.NOT_CONFIGURED,
        ),
    )
    found = report(
        "Token budget exceeded",
        "cost",
        known,
        findings=findings,
        impact="Requests of this persona are cut short or refused.",
        if_nothing=("At 41 tokens a minute it is over by another budget in 49 min.",),
        changes=(
            Change(at=NOW - timedelta(minutes=24), text="prompt of backend-engineer: version 14, was 13"),
        ),
        seen_before=SeenBefore(
            times=2,
            within_days=30,
            last_incident="p3xw8rtn",
            last_closed_at=NOW - timedelta(days=9, hours=3),
            last_cause="Prompt bloat",
            last_ending="recovered",
        ),
        fixes=(
            FixSuggestion(
                fix="raise-budget",
                title="Raise the budget by 500 tokens",
                answers=False,
                buys="+500 tokens last about 12 min at this rate",
            ),
        ),
        checks=("Compare the persona's prompt with the one of the day before.",),
        long_term=("Trim the context that the persona's prompt carries.",),
        prevention=("Alert on tokens per finished stage, not only on the budget.",),
        related=("TokenBudgetDepletionPredicted",),
        labels={"component": "hypertool", "category": "cost", "persona": "backend-engineer"},
    )
    return notice(incident(fired), found)


def high_quality_gate_failure_rate() -> Notice:
    """Stricter criteria: the knob was changed twenty minutes ago; a fix that answers it."""
    fired = alert("HighQualityGateFailureRate", Severity.WARNING, STAGE)
    ranked = ranking(
        cause("Stricter criteria", Likelihood.HIGH, 32.0, yes("the gate is strict; its default is normal")),
        cause("Model degraded", Likelihood.MEDIUM, 0.25, no("stages of several workflows dropped together")),
        cause("Prompt issues", Likelihood.HIGH, 4.0, check="Read the prompts of the last failed runs."),
    )
    known = alert_report(
        fired,
        "feature-implementation/implement fails 46 % of its gates",
        reading(0.46, Unit.RATIO, 0.2, before=0.06),
        ranked,
        variables=("workflow", "stage"),
    )
    found = report(
        "High quality gate failure rate",
        "quality",
        known,
        findings=(
            finding(
                "gate",
                "Gate",
                None,
                (row(known.subject, {}, value="strict", default="normal"),),
                kind="control",
            ),
        ),
        changes=(
            Change(at=NOW - timedelta(minutes=20), text="gate of implement: strict, was normal, by ana"),
        ),
        fixes=(
            FixSuggestion(
                fix="relax-gate", title="Relax the gate one step, to normal", answers=True, buys="for 30 min"
            ),
        ),
        leases=(
            Lease(
                resource="workflows/feature-implementation/stages/implement/model",
                value="best",
                before="balanced",
                expires_at=NOW + timedelta(minutes=11),
            ),
        ),
    )
    return notice(incident(fired, taken_by="ana"), found)


def excessive_persona_switching() -> Notice:
    """Oscillation; an alert without labels of its own."""
    fired = alert("ExcessivePersonaSwitching", Severity.WARNING, {})
    ranked = ranking(
        cause(
            "Oscillation",
            Likelihood.HIGH,
            32.0,
            yes("backend-engineer and testing-specialist in both directions make 81 % of all switches"),
        ),
        cause("Over-eager routing", Likelihood.HIGH, 0.5, no("no pair is above 30 %")),
    )
    pairs = (
        row(WHOLE, {"from_persona": "backend-engineer", "to_persona": "testing-specialist"}, value=1.42),
        row(WHOLE, {"from_persona": "testing-specialist", "to_persona": "backend-engineer"}, value=1.4),
    )
    known = alert_report(
        fired, "3.4 switches a second", reading(3.4, Unit.PER_SECOND, 2.0, before=3.4), ranked
    )
    found = report(
        "Excessive persona switching",
        "performance",
        known,
        findings=(finding("pairs", "Switches by pair", Unit.PER_SECOND, pairs, query="topk(10, x)"),),
        fixes=(FixSuggestion(fix="cooldown", title="Set the switch cooldown to 5 s", answers=True),),
    )
    return notice(incident(fired), found)


def slow_workflow_stage() -> Notice:
    """Large prompts and long completions lead together: only Langfuse could tell them apart."""
    fired = alert("SlowWorkflowStage", Severity.WARNING, STAGE)
    up = yes("tokens per finished stage are up: 2900, a day ago 1100")
    tell_apart = unmeasured("Langfuse sees longer prompts", NO_LANGFUSE)
    ranked = ranking(
        cause("Large prompts", Likelihood.HIGH, 32.0, up, tell_apart, check="Compare prompt and completion."),
        cause("Long completions", Likelihood.HIGH, 32.0, up, unmeasured("Langfuse sees more", NO_LANGFUSE)),
        cause("Model latency", Likelihood.MEDIUM, 0.25, yes("tokens are up as well", supports=False)),
        verdict=Verdict.TIED,
        leading=2,
    )
    known = alert_report(
        fired,
        "feature-implementation/implement takes between 5 and 10 min",
        replace(reading(411.0, Unit.SECONDS, 300.0, before=74.0), words="between 5 and 10 min"),
        ranked,
        variables=("workflow", "stage"),
    )
    found = report(
        "Slow workflow stage",
        "performance",
        known,
        fixes=(
            FixSuggestion(fix="context", title="Set the stage's context to 4000 tokens", answers=True),
            FixSuggestion(fix="faster-model", title="Use the fast model for the stage", answers=True),
        ),
        checks=("Look at one slow trace in Langfuse: is the prompt long, or the answer?",),
    )
    return notice(incident(fired), found)


def token_budget_depletion_predicted() -> Notice:
    """A prediction: nothing is broken yet."""
    fired = alert("TokenBudgetDepletionPredicted", Severity.INFO, {"persona": "data-scientist"})
    ranked = ranking(
        cause("Expected spike", Likelihood.HIGH, 32.0, yes("the last 30 min used twice the hour before")),
        cause("Unexpected usage", Likelihood.MEDIUM, 2.0, no("a chatmode is new")),
    )
    known = alert_report(
        fired,
        "data-scientist will be out of tokens within the hour",
        reading(-180.0, Unit.TOKENS, 0.0, Direction.BELOW, before=700.0),
        ranked,
        variables=("persona",),
    )
    return notice(incident(fired), report("Token budget depletion predicted", "cost", known))


def hypertool_metrics_not_reported() -> Notice:
    """The process has crashed; its last log lines are a finding."""
    fired = alert("HypertoolMetricsNotReported", Severity.CRITICAL, {"job": "hypertool"})
    ranked = ranking(
        cause(
            "Process crashed",
            Likelihood.HIGH,
            32.0,
            yes("the supervisor says: not running, exit code 137"),
            yes("Prometheus is refused: connect: connection refused"),
        ),
        cause("Port conflict", Likelihood.MEDIUM, 0.25, no("something answers, but not metrics")),
    )
    log = "10:01 stage implement done\n10:02 MemoryError: cannot allocate 96 MiB\nKilled"
    process = row(
        WHOLE, {}, running=False, pid=None, started_at=NOW.timestamp() - 9000, exit_code=137.0, log=log
    )
    target = row(WHOLE, {"instance": "127.0.0.1:9464"}, health="down", last_error="connection refused")
    known = alert_report(
        fired, "no metrics from hypertool", reading(0.0, Unit.YES_NO, 1.0, Direction.BELOW), ranked
    )
    found = report(
        "Hypertool metrics not reported",
        "availability",
        known,
        findings=(
            finding("process", "Process", None, (process,), kind="control"),
            finding("target", "Scrape target", None, (target,), kind="targets"),
        ),
        if_nothing=("No other alert of Hypertool's can fire while this lasts.",),
        fixes=(FixSuggestion(fix="restart", title="Restart Hypertool", answers=True),),
    )
    return notice(incident(fired), found)


def langfuse_integration_failing() -> Notice:
    """Credentials are missing."""
    fired = alert("LangfuseIntegrationFailing", Severity.WARNING, {})
    ranked = ranking(
        cause("Missing credentials", Likelihood.HIGH, 32.0, yes("Hypertool says: missing_credentials")),
        cause("Unreachable", Likelihood.MEDIUM, 0.25, no("Hypertool says: unreachable")),
    )
    known = alert_report(
        fired, "no traces for 9 min", reading(0.0, Unit.PER_MINUTE, 0.0, Direction.BELOW, before=0.0), ranked
    )
    found = report(
        "Langfuse integration failing",
        "observability",
        known,
        fixes=(
            FixSuggestion(
                fix="reconnect", title="Reconnect Langfuse", answers=False, buys="nothing by itself"
            ),
        ),
        checks=("Are LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY set where Hypertool runs?",),
    )
    return notice(incident(fired), found)
