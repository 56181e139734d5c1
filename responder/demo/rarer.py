"""The other causes that can be told: a scenario each, likely enough to be met once a year.

Alert names, labels and causes are those of rules and playbooks; which evidence tells the causes apart stands
in the comment of each row. A cause that nothing measured tells has no scenario.
"""

from typing import Final

from responder.demo.conditions import Influence
from responder.demo.effects import KnobTurned, LangfuseLost, PortTaken, Refill, Storming, Working
from responder.demo.langfuse_link import Disconnected
from responder.demo.quotas import BudgetCut, WordyModel
from responder.demo.reference import Port
from responder.demo.scenario import HYPERTOOL, NO_LABELS, Scenario, personas, stages
from responder.demo.simclock import HOUR
from responder.demo.switching import Storm
from responder.demo.world import CHATMODES, MODELS, PERSONAS, Tier

RARER: Final = (
    # As many tokens are used as in the same hours of the day before; the budget knob was just changed.
    Scenario(
        name="token-budget-too-low",
        alert="TokenBudgetExceeded",
        labels=personas("observability-expert"),
        causes=("budget-too-low",),
        story="The observability expert's budget was cut to less than an ordinary day needs.",
        effects=(
            Refill("observability-expert"),
            BudgetCut("observability-expert", -2 * HOUR, by="finance", reason="budgets of the new quarter"),
        ),
    ),
    # Nearly all tokens are another model's than the day before. Tokens per finished stage are up as well, but
    # the change of the model explains that.
    Scenario(
        name="token-budget-model-change",
        alert="TokenBudgetExceeded",
        labels=personas("devops-engineer"),
        causes=("model-change",),
        story="The devops engineer was moved to another model, which explains itself at length.",
        effects=(
            Refill("devops-engineer"),
            WordyModel("devops-engineer", Tier.BALANCED, by="platform-team", reason="one model for all"),
        ),
    ),
    # One stage drops, its gate and its tier are at their defaults; its prompt has a version that is new to
    # Langfuse.
    Scenario(
        name="quality-gate-prompt-issues",
        alert="HighQualityGateFailureRate",
        labels=stages(("feature-implementation", "interface")),
        causes=("prompt-issues",),
        story="Somebody shortened the prompt of feature-implementation/interface, by too much.",
        effects=(
            Working(
                (
                    Influence(
                        workflow="feature-implementation", stage="interface", flaws=0.84, new_prompt=True
                    ),
                )
            ),
        ),
    ),
    # One stage drops, and its tier is not at its default.
    Scenario(
        name="quality-gate-wrong-model-tier",
        alert="HighQualityGateFailureRate",
        labels=stages(("bug-fix", "patch")),
        causes=("wrong-model-tier",),
        story="bug-fix/patch was moved to the fast model to save tokens, and that one is not up to it.",
        effects=(
            KnobTurned(
                "workflows/bug-fix/stages/patch/model",
                Tier.FAST.value,
                by="platform-team",
                reason="save tokens",
            ),
            Working(
                (Influence(workflow="bug-fix", stage="patch", model=MODELS[Tier.FAST].name, flaws=0.84),)
            ),
        ),
    ),
    # No pair of personas and no chatmode makes many of the switches, and no persona is kept for 5 s.
    Scenario(
        name="switching-over-eager-routing",
        alert="ExcessivePersonaSwitching",
        labels=(NO_LABELS,),
        causes=("over-eager-routing",),
        story="The router's threshold was lowered: at every second sentence it finds a better persona.",
        effects=(Storming(Storm(PERSONAS, CHATMODES, 8.0, stay=2.0)),),
    ),
    # The same rate a day ago.
    Scenario(
        name="switching-intended",
        alert="ExcessivePersonaSwitching",
        labels=(NO_LABELS,),
        causes=("intended",),
        story="The daily batch of small tasks is running, each under the persona that it needs.",
        effects=(Storming(Storm(PERSONAS, CHATMODES, 5.0, stay=9.0)),),
        every_day=True,
    ),
    # The stage's share of failed gates is up, tokens per finished stage are not; other stages are as ever.
    Scenario(
        name="slow-stage-gate-retries",
        alert="SlowWorkflowStage",
        labels=stages(("bug-fix", "analysis")),
        causes=("gate-retries",),
        story="The gate of bug-fix/analysis turns nearly every run back, which is then begun from scratch.",
        effects=(
            Working((Influence(workflow="bug-fix", stage="analysis", flaws=0.84, retry_seconds=16.5),)),
        ),
        also=("HighQualityGateFailureRate",),
    ),
    # It fired on each of the last seven days; the use is that of every day, in known chatmodes.
    Scenario(
        name="depletion-budget-too-low",
        alert="TokenBudgetDepletionPredicted",
        labels=personas("backend-engineer"),
        causes=("budget-too-low",),
        story="As every day the backend engineer lends most of its budget to others and runs short itself.",
        effects=(
            Refill("backend-engineer"),
            BudgetCut("backend-engineer", 40 * 60.0, by="budget-rota", reason="lent for the afternoon"),
        ),
        every_day=True,
    ),
    # Our own probe gets the metrics, Prometheus's scrape runs into its timeout.
    Scenario(
        name="metrics-network",
        alert="HypertoolMetricsNotReported",
        labels=(HYPERTOOL,),
        causes=("network",),
        story="A new network policy drops what Prometheus sends to Hypertool.",
        effects=(PortTaken(Port.WALLED),),
    ),
    # The metrics port refuses, the control API answers and the process runs.
    Scenario(
        name="metrics-disabled",
        alert="HypertoolMetricsNotReported",
        labels=(HYPERTOOL,),
        causes=("metrics-disabled",),
        story="A new configuration has the exporter switched off.",
        effects=(PortTaken(Port.CLOSED),),
    ),
    # The control API names the reason.
    Scenario(
        name="langfuse-wrong-credentials",
        alert="LangfuseIntegrationFailing",
        labels=(NO_LABELS,),
        causes=("wrong-credentials",),
        story="Somebody rotated Langfuse's keys, and Hypertool still has the old ones.",
        effects=(LangfuseLost(Disconnected.UNAUTHORIZED),),
    ),
    # The control API names the reason.
    Scenario(
        name="langfuse-sdk-missing",
        alert="LangfuseIntegrationFailing",
        labels=(NO_LABELS,),
        causes=("sdk-missing",),
        story="The image of the last release was built without Langfuse's library.",
        effects=(LangfuseLost(Disconnected.SDK_MISSING),),
    ),
    # The control API names the reason.
    Scenario(
        name="langfuse-disabled",
        alert="LangfuseIntegrationFailing",
        labels=(NO_LABELS,),
        causes=("disabled-on-purpose",),
        story="Somebody switched tracing off for a load test, and told nobody.",
        effects=(LangfuseLost(Disconnected.DISABLED),),
    ),
)
