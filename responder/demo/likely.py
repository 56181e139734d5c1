"""What goes wrong first and foremost: two or three scenarios an alert, the likeliest cause first.

A scenario that is meant to be explained as another cause is another row. Alert names, labels and causes are
those of rules and playbooks; which evidence tells the causes apart stands in the comment of each row.
"""

from dataclasses import replace
from typing import Final

from responder.demo.conditions import Influence
from responder.demo.effects import (
    BloatedPrompts,
    CacheOff,
    Crash,
    ExtraWork,
    KnobTurned,
    LangfuseLost,
    NewChatmode,
    PortTaken,
    Refill,
    Storming,
    Working,
    completion_times,
    prompt_times,
)
from responder.demo.langfuse_link import Disconnected
from responder.demo.reference import Port
from responder.demo.scenario import HYPERTOOL, NO_LABELS, Scenario, personas, stages
from responder.demo.switching import Storm
from responder.demo.world import CHATMODES, PERSONAS, Gate


def _analysis(influence: Influence) -> Working:
    return Working((replace(influence, workflow="bug-fix", stage="analysis"),))


LIKELY: Final = (
    # Tokens per finished stage rise; chatmodes and models are the known ones.
    Scenario(
        name="token-budget-prompt-bloat",
        alert="TokenBudgetExceeded",
        labels=personas("backend-engineer"),
        causes=("prompt-bloat",),
        story="A prompt template of the backend engineer now drags the whole repository along.",
        effects=(Refill("backend-engineer"), BloatedPrompts("backend-engineer")),
    ),
    # Tokens per finished stage rise as well, those of a call don't: the same prompts are sent over and over.
    Scenario(
        name="token-budget-no-caching",
        alert="TokenBudgetExceeded",
        labels=personas("frontend-engineer"),
        causes=("no-caching",),
        story="Since the last release nothing of the frontend engineer is answered from the cache.",
        effects=(Refill("frontend-engineer"), CacheOff("frontend-engineer", rationed=False)),
    ),
    # A chatmode that used nothing a day ago; tokens per finished stage stay as they were.
    Scenario(
        name="token-budget-unexpected-chatmode",
        alert="TokenBudgetExceeded",
        labels=personas("data-scientist"),
        causes=("unexpected-chatmode",),
        story="An editor plug-in nobody announced works as the data scientist, in a chatmode of its own.",
        effects=(
            Refill("data-scientist"),
            NewChatmode("data-scientist", "notebook-autopilot", rationed=False),
        ),
    ),
    # The gate knob is not at its default and was just changed; one stage drops in a step.
    Scenario(
        name="quality-gate-stricter-criteria",
        alert="HighQualityGateFailureRate",
        labels=stages(("bug-fix", "verification")),
        causes=("stricter-criteria",),
        story="The gate of bug-fix/verification was set to strict before a release.",
        effects=(
            KnobTurned(
                "workflows/bug-fix/stages/verification/gate",
                Gate.STRICT.value,
                by="release-manager",
                reason="release candidate",
            ),
        ),
    ),
    # Stages of all workflows that use this model drop together; no knob has moved.
    Scenario(
        name="quality-gate-model-degraded",
        alert="HighQualityGateFailureRate",
        labels=stages(
            ("feature-implementation", "design"),
            ("feature-implementation", "implementation"),
            ("feature-implementation", "interface"),
            ("bug-fix", "analysis"),
            ("bug-fix", "patch"),
        ),
        causes=("model-degraded",),
        story="The provider's gpt-4-turbo answers worse than yesterday, wherever it is used.",
        effects=(Working((Influence(model="gpt-4-turbo", flaws=0.84),)),),
    ),
    # Both directions of one pair make nearly all switches, in any chatmode.
    Scenario(
        name="switching-oscillation",
        alert="ExcessivePersonaSwitching",
        labels=(NO_LABELS,),
        causes=("oscillation",),
        story="Backend engineer and testing specialist hand the same task back and forth.",
        effects=(Storming(Storm(("backend-engineer", "testing-specialist"), CHATMODES, 5.0, stay=8.0)),),
    ),
    # One chatmode makes nearly all switches, between all personas; each stays long enough to do something.
    Scenario(
        name="switching-chatmode-bug",
        alert="ExcessivePersonaSwitching",
        labels=(NO_LABELS,),
        causes=("chatmode-bug",),
        story="Since its last change the chatmode bug-fix opens every file under another persona.",
        effects=(Storming(Storm(PERSONAS, ("bug-fix",), 8.0, stay=12.0)),),
    ),
    # One stage is slow, and tokens per finished stage are up: Langfuse says that they are sent.
    Scenario(
        name="slow-stage-large-prompts",
        alert="SlowWorkflowStage",
        labels=stages(("bug-fix", "analysis")),
        causes=("large-prompts",),
        story="bug-fix/analysis gets complete log files into its prompt.",
        # Not slower: with half of the context nearly all runs then take less than the alert's 300 s.
        effects=(_analysis(Influence(seconds=15.0, prompt=prompt_times(5.0))),),
    ),
    # The same in metrics; Langfuse says that they come back.
    Scenario(
        name="slow-stage-long-completions",
        alert="SlowWorkflowStage",
        labels=stages(("bug-fix", "analysis")),
        causes=("long-completions",),
        story="bug-fix/analysis is told to explain every step, at length.",
        effects=(_analysis(Influence(seconds=16.5, completion=completion_times(5.0))),),
    ),
    # All stages are slower together, tokens per finished stage are as before. The alert names those that take
    # long on any day.
    Scenario(
        name="slow-stage-model-latency",
        alert="SlowWorkflowStage",
        labels=stages(("feature-implementation", "implementation"), ("bug-fix", "analysis")),
        causes=("model-latency",),
        story="The provider is slow today: every model, every stage.",
        effects=(Working((Influence(seconds=16.0),)),),
    ),
    # Twice the use of the hour before and more, in known chatmodes.
    Scenario(
        name="depletion-expected-spike",
        alert="TokenBudgetDepletionPredicted",
        labels=personas("frontend-engineer"),
        causes=("expected-spike",),
        story="Launch day: the frontend engineer gets many times the usual work.",
        effects=(Refill("frontend-engineer"), ExtraWork("frontend-engineer")),
    ),
    # The use comes from a chatmode that used nothing a day ago.
    Scenario(
        name="depletion-unexpected-usage",
        alert="TokenBudgetDepletionPredicted",
        labels=personas("testing-specialist"),
        causes=("unexpected-usage",),
        story="Somebody's nightly mutation tests run by day, as the testing specialist.",
        effects=(
            Refill("testing-specialist"),
            NewChatmode("testing-specialist", "mutation-testing", rationed=True),
        ),
    ),
    # Twice the use of the hour before and more, in known chatmodes; the same prompts are sent over and over.
    Scenario(
        name="depletion-caching-off",
        alert="TokenBudgetDepletionPredicted",
        labels=personas("frontend-engineer"),
        causes=("caching-off",),
        story="Somebody switched the cache off to look for a bug, and left it so.",
        effects=(Refill("frontend-engineer"), CacheOff("frontend-engineer", rationed=True)),
    ),
    # Scrape refused, the supervisor knows an exit code.
    Scenario(
        name="metrics-crashed",
        alert="HypertoolMetricsNotReported",
        labels=(HYPERTOOL,),
        causes=("process-crashed",),
        story="Hypertool runs out of memory and dies.",
        effects=(Crash(),),
    ),
    # The port answers, with a page instead of metrics; the process runs.
    Scenario(
        name="metrics-port-conflict",
        alert="HypertoolMetricsNotReported",
        labels=(HYPERTOOL,),
        causes=("port-conflict",),
        story="Another service has taken the metrics port and answers with its own page.",
        effects=(PortTaken(Port.STRANGER),),
    ),
    # The control API names the reason.
    Scenario(
        name="langfuse-missing-credentials",
        alert="LangfuseIntegrationFailing",
        labels=(NO_LABELS,),
        causes=("missing-credentials",),
        story="A deployment lost Langfuse's keys.",
        effects=(LangfuseLost(Disconnected.MISSING_CREDENTIALS),),
    ),
    # The control API names the reason.
    Scenario(
        name="langfuse-unreachable",
        alert="LangfuseIntegrationFailing",
        labels=(NO_LABELS,),
        causes=("unreachable",),
        story="A firewall rule cut the way to Langfuse for some minutes, and Hypertool doesn't try again.",
        effects=(LangfuseLost(Disconnected.UNREACHABLE, gone_in=5 * 60.0),),
    ),
)


def of_each_alert(number: int) -> list[Scenario]:
    """The first, second or third of each alert: on one stage the same alert would only come back."""
    alerts = dict.fromkeys(one.alert for one in LIKELY)
    own = ([one for one in LIKELY if one.alert == alert] for alert in alerts)
    return [each[number - 1] for each in own if len(each) >= number]
