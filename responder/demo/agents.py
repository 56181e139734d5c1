"""The agents: each works one stage of a workflow under one persona, run after run, as the day asks for."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from responder.demo.conditions import Conditions, Manner
from responder.demo.langfuse_link import LangfuseLink, ModelCall
from responder.demo.switching import Switchboard
from responder.demo.timeline import Timeline
from responder.demo.world import RUN_EVERY, Stage, activity, usual_tokens
from responder.hypertool import HypertoolMetrics

MOST_ATTEMPTS: Final = 8
"""After so many failed gates a run is given up."""

RETRY_AFTER: Final = 30.0
"""Simulated seconds from a failed gate to the next attempt."""

RETRY_TOKENS: Final = 0.15
"""A retry sends what has changed only: its share of a run's tokens."""

OVER_BUDGET: Final = 4.0
"""Over its budget a persona may use at most so many times the usual: tokens a run, and runs."""

LEAST_RATION: Final = 0.02

FIRST_LOOK: Final = 1.5
"""A gate finds more in a first attempt than in a retry, which has its remarks: flaws, times."""

MOST_FLAWS_LEFT: Final = 0.9
"""So that the ordinary days after a bad one are ordinary."""


@dataclass(frozen=True)
class Surroundings:
    """What all agents share."""

    timeline: Timeline
    metrics: HypertoolMetrics
    conditions: Conditions
    switchboard: Switchboard
    langfuse: LangfuseLink


class Agent:
    """Works the runs of one stage, several at a time if they come in faster than they end."""

    def __init__(self, stage: Stage, around: Surroundings, seed: str) -> None:
        self.stage = stage
        self._around = around
        name = f"{seed}/{stage.chatmode}/{stage.workflow}/{stage.name}"
        self._random = random.Random(name)  # noqa: S311 - a simulation
        self._plan = 0
        self._flaws = self._random.random()
        self._usual = 0.0
        """Flaws that a run of late has left."""
        self._tokens_owed = 0.0
        self._completion_owed = 0.0
        self._calls = 0
        self._active = 0.0
        self._least = 1.0
        """The least share of its work that it was left with since work was rationed."""
        self._handed_over_at = (
            around.timeline.now - self._random.random() * around.switchboard.hand_over_every
        )

    def start(self) -> None:
        """Begin to work; the first run comes within the time from one run to the next."""
        self._around.timeline.after(self._random.random() * self._pause(), self._still_planned(self._arrive))

    def replan(self) -> None:
        """Drop what is in hand and begin anew: the way the work is done has changed."""
        self._plan += 1
        self.start()

    def stop(self) -> None:
        """Drop what is in hand and work no more."""
        self._plan += 1

    def _still_planned(self, act: Callable[[], None]) -> Callable[[], None]:
        plan = self._plan

        def unless_dropped() -> None:
            if plan == self._plan:
                act()

        return unless_dropped

    def _arrive(self) -> None:
        self._attempt(1)
        self._around.timeline.after(self._pause(), self._still_planned(self._arrive))

    def _pause(self) -> float:
        """Simulated seconds until the next run comes in."""
        manner = self._around.conditions.manner(self.stage)
        runs = activity(self._around.timeline.now) * self._allowed(manner.runs) * self._ration(manner)
        return RUN_EVERY / runs * self._random.uniform(0.85, 1.15)

    def _allowed(self, times_usual: float) -> float:
        over = self._around.metrics.get_remaining_budget(self.stage.persona) <= 0
        return min(times_usual, OVER_BUDGET) if over else times_usual

    def _ration(self, manner: Manner) -> float:
        """What was put off stays put off: a larger budget does not bring it back."""
        if manner.rationed_from is None:
            self._least = 1.0
            return 1.0
        remaining = self._around.metrics.get_remaining_budget(self.stage.persona)
        self._least = min(self._least, max(LEAST_RATION, remaining / manner.rationed_from))
        return self._least

    def _attempt(self, number: int) -> None:
        manner = self._around.conditions.manner(self.stage)
        seconds = manner.seconds * self._random.uniform(0.9, 1.1)
        if number > 1:
            seconds *= manner.retry_seconds
        for call in range(1, manner.calls + 1):
            self._around.timeline.after(
                seconds * call / manner.calls, self._still_planned(lambda: self._call(manner, number))
            )
        self._around.timeline.after(
            seconds, self._still_planned(lambda: self._finish(manner, seconds, number))
        )

    def _call(self, manner: Manner, attempt: int) -> None:
        """Ask the model. What is answered from the cache, for want of a whole token, is no call."""
        usual = usual_tokens(self.stage.persona) * (1.0 if attempt == 1 else RETRY_TOKENS)
        exact = usual * self._allowed(manner.tokens) / manner.calls * self._random.uniform(0.8, 1.2)
        self._tokens_owed += exact
        tokens = int(self._tokens_owed)
        if tokens == 0:
            return
        self._tokens_owed -= tokens
        metrics = self._around.metrics
        metrics.record_token_usage(self.stage.persona, self.stage.chatmode, manner.model.name, tokens)
        completion = self._completion(manner, tokens)
        if self._around.langfuse.connected:
            metrics.record_trace(self.stage.persona)
            self._around.langfuse.unsent.append(self._traced(manner, tokens - completion, completion))

    def _completion(self, manner: Manner, tokens: int) -> int:
        """How many of a call's tokens are its answer: whole ones, and on average their share."""
        self._completion_owed += tokens * manner.completion_share
        whole = int(self._completion_owed)
        self._completion_owed -= whole
        return min(whole, tokens)

    def _traced(self, manner: Manner, tokens_in: int, tokens_out: int) -> ModelCall:
        self._calls += 1
        about = f"{self.stage.chatmode}: {self.stage.workflow}/{self.stage.name}"
        prompt = f"{about}, as ever" if manner.same_prompts else f"{about}, part {self._calls}"
        now = self._around.timeline.now
        return ModelCall(
            now, self.stage, manner.model.name, tokens_in, tokens_out, prompt, manner.prompt_version
        )

    def _finish(self, manner: Manner, seconds: float, attempt: int) -> None:
        passed = self._gate(manner, attempt)
        stage = self.stage
        self._around.metrics.record_workflow_stage(stage.workflow, stage.name, stage.persona, seconds, passed)
        self._active += seconds
        if not passed and attempt < MOST_ATTEMPTS:
            self._around.timeline.after(RETRY_AFTER, self._still_planned(lambda: self._attempt(attempt + 1)))
            return
        self._hand_over()

    def _gate(self, manner: Manner, attempt: int) -> bool:
        """Whether the run passes. Flaws add up from run to run; a gate fails when they make a whole one.

        Once the work is better again, what the worse work had left is found no more.
        """
        if manner.flaws < self._usual:
            self._flaws = 0.0
        self._usual = manner.flaws
        look = FIRST_LOOK if attempt == 1 else 1.0
        self._flaws += manner.flaws * look * self._random.uniform(0.8, 1.2)
        if self._flaws < 1.0:
            return True
        self._flaws = min(MOST_FLAWS_LEFT, self._flaws - 1.0)
        return False

    def _hand_over(self) -> None:
        """Pass what is done on to the next stage, when this persona has been at it long enough."""
        stage, now = self.stage, self._around.timeline.now
        if (
            stage.after == stage.persona
            or now - self._handed_over_at < self._around.switchboard.hand_over_every
        ):
            return
        if self._around.switchboard.switch(stage.persona, stage.after, stage.chatmode, self._active):
            self._handed_over_at, self._active = now, 0.0
