"""What a scenario changes in budgets, and in the models that use them up."""

from dataclasses import dataclass

from responder.demo.conditions import Influence
from responder.demo.effects import (
    EXHAUSTED_IN,
    End,
    KnobTurned,
    Working,
    completion_times,
    times_to_spend,
    usual_use,
)
from responder.demo.reference import ReferenceHypertool
from responder.demo.world import MODELS, STAGES, Tier
from responder.hypertool import BUDGET, MODEL


@dataclass(frozen=True)
class BudgetCut:
    """Somebody cuts a persona's budget, while its work goes on as ever.

    Args:
        persona: whose budget.
        leaves: how long what is left then would last, in simulated seconds of usual use; below 0: so much has
            been used already that the new budget doesn't allow. What is left is rationed: work gives way as
            it runs low.
        by: who cuts it.
        reason: what they say why.
    """

    persona: str
    leaves: float
    by: str
    reason: str

    def begin(self, hypertool: ReferenceHypertool) -> End:
        left = round(self.leaves * usual_use(hypertool, self.persona))
        used = hypertool.metrics.get_budget(self.persona) - hypertool.remaining(self.persona)
        raised = KnobTurned(
            BUDGET.resource(persona=self.persona), max(0, used + left), by=self.by, reason=self.reason
        ).begin(hypertool)
        rationed = Working((Influence(persona=self.persona, rationed_from=left),) if left > 0 else ())
        unbound = rationed.begin(hypertool)

        def end() -> None:
            unbound()
            raised()

        return end


@dataclass(frozen=True)
class WordyModel:
    """Somebody moves a persona's stages to another tier, whose model spends what is left on long answers.

    Args:
        persona: whose stages.
        tier: their new one.
        by: who moves them.
        reason: what they say why.
    """

    persona: str
    tier: Tier
    by: str
    reason: str

    def begin(self, hypertool: ReferenceHypertool) -> End:
        tokens = max(5.0, times_to_spend(hypertool, self.persona, EXHAUSTED_IN))
        moves = [
            KnobTurned(
                MODEL.resource(workflow=stage.workflow, stage=stage.name),
                self.tier.value,
                by=self.by,
                reason=self.reason,
            )
            for stage in STAGES
            if stage.persona == self.persona
        ]
        ends = [move.begin(hypertool) for move in moves]
        wordy = Influence(
            persona=self.persona,
            model=MODELS[self.tier].name,
            completion=completion_times(tokens),
            seconds=1.5,
        )
        ends.append(Working((wordy,)).begin(hypertool))

        def end() -> None:
            while ends:
                ends.pop()()

        return end
