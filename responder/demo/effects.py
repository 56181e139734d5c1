"""What a scenario changes in what agents do. None sets a metric: the metrics follow.

Each effect is begun and answers how it is ended. They are small so that a new scenario is a new row made of
them: `Working` alone can make prompts larger, models slower, gates fail or work come in more often, for
everybody or for one persona, stage, model or chatmode.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, cast

from responder.demo.conditions import Influence
from responder.demo.langfuse_link import Disconnected
from responder.demo.reference import Port, ReferenceHypertool
from responder.demo.switching import Storm
from responder.demo.world import COMPLETION_SHARE, RUN_EVERY, STAGES, Stage, activity, usual_tokens
from responder.hypertool import SettableKnob, Value

End = Callable[[], None]

EXHAUSTED_IN: Final = 9 * 60.0
"""Simulated seconds in which a burst uses up what is left: before a prediction of it becomes an alert."""

SPENT_IN: Final = 50 * 60.0
"""Simulated seconds in which wanted extra work would use up what is left, if it were not rationed."""


class Effect(Protocol):
    """One change of what agents do, or of what they meet."""

    def begin(self, hypertool: ReferenceHypertool) -> End:
        """Begin it, and answer how to end it."""


@dataclass(frozen=True)
class Working:
    """Work under these influences."""

    influences: tuple[Influence, ...]

    def begin(self, hypertool: ReferenceHypertool) -> End:
        hypertool.feel(*self.influences)
        return lambda: hypertool.forget(*self.influences)


@dataclass(frozen=True)
class BloatedPrompts:
    """A persona's prompts drag so much along that what is left of its budget goes in minutes.

    They no longer fit into one call, so a run takes several.
    """

    persona: str

    def begin(self, hypertool: ReferenceHypertool) -> End:
        tokens = max(5.0, times_to_spend(hypertool, self.persona, EXHAUSTED_IN))
        bloat = Influence(persona=self.persona, prompt=prompt_times(tokens), seconds=1.5, calls=5)
        return Working((bloat,)).begin(hypertool)


@dataclass(frozen=True)
class CacheOff:
    """What was answered from a cache is asked of the model again: many calls a run, with the same prompts.

    Args:
        persona: whose cache.
        rationed: whether the work gives way as the budget runs low.
    """

    persona: str
    rationed: bool

    def begin(self, hypertool: ReferenceHypertool) -> End:
        spent_in = SPENT_IN if self.rationed else EXHAUSTED_IN
        calls = max(5, round(times_to_spend(hypertool, self.persona, spent_in)))
        off = Influence(
            persona=self.persona,
            tokens=calls,
            calls=calls,
            seconds=2 / calls,  # they are quick, but many
            same_prompts=True,
            rationed_from=hypertool.remaining(self.persona) if self.rationed else None,
        )
        return Working((off,)).begin(hypertool)


@dataclass(frozen=True)
class ExtraWork:
    """A persona's usual work comes in much more often; it gives way as the budget runs low."""

    persona: str

    def begin(self, hypertool: ReferenceHypertool) -> End:
        remaining = hypertool.remaining(self.persona)
        runs = max(2.0, remaining / (SPENT_IN * usual_use(hypertool, self.persona)))
        return Working((Influence(persona=self.persona, runs=runs, rationed_from=remaining),)).begin(
            hypertool
        )


@dataclass(frozen=True)
class NewChatmode:
    """A chatmode that nobody used before puts a persona to work on its usual stage, over and over.

    Args:
        rationed: whether that work gives way as the budget runs low.
    """

    persona: str
    chatmode: str
    rationed: bool

    def begin(self, hypertool: ReferenceHypertool) -> End:
        usual = next(stage for stage in STAGES if stage.persona == self.persona)
        stage = Stage(
            usual.workflow,
            usual.name,
            usual.persona,
            usual.tier,
            usual.seconds,
            self.chatmode,
            after=self.persona,
        )
        one_agents_use = usual_use(hypertool, self.persona) / stages_of(self.persona)
        remaining = hypertool.remaining(self.persona)
        spent_in = SPENT_IN if self.rationed else EXHAUSTED_IN
        rush = Influence(
            chatmode=self.chatmode,
            runs=max(2.0, remaining / (spent_in * one_agents_use)),
            rationed_from=remaining if self.rationed else None,
        )
        hypertool.feel(rush)
        hypertool.employ(stage)

        def end() -> None:
            hypertool.dismiss(stage)
            hypertool.forget(rush)

        return end


@dataclass(frozen=True)
class Refill:
    """At the end somebody fills the persona's budget, as after every such incident."""

    persona: str

    def begin(self, hypertool: ReferenceHypertool) -> End:
        return lambda: hypertool.metrics.reset_budget(self.persona)


@dataclass(frozen=True)
class KnobTurned:
    """Somebody turns a knob; at the end they turn it back."""

    resource: str
    value: Value
    by: str
    reason: str

    def begin(self, hypertool: ReferenceHypertool) -> End:
        knob = cast("SettableKnob", hypertool.knobs.find(self.resource))
        before = knob.read().value
        knob.set(self.value, by=self.by, reason=self.reason)

        def end() -> None:
            if knob.read().value == self.value:
                knob.set(before, by=self.by, reason="taken back")

        return end


@dataclass(frozen=True)
class Storming:
    """Sessions switch personas without getting to work."""

    storm: Storm

    def begin(self, hypertool: ReferenceHypertool) -> End:
        hypertool.storm(self.storm)
        return lambda: hypertool.calm(self.storm)


@dataclass(frozen=True)
class LangfuseLost:
    """The connection to Langfuse breaks, and this stands in the way of a new one.

    Args:
        obstacle: what stands in the way.
        gone_in: simulated seconds after which nothing does any more; Hypertool doesn't try by itself, so the
            connection stays lost until somebody has it made anew. None: it stays in the way.
    """

    obstacle: Disconnected
    gone_in: float | None = None

    def begin(self, hypertool: ReferenceHypertool) -> End:
        hypertool.langfuse.obstacle = self.obstacle
        hypertool.connect_langfuse(by="hypertool")
        playing = [self]

        def mend() -> None:
            if playing:  # else whatever is in the way by now is another one's
                hypertool.langfuse.obstacle = None

        def end() -> None:
            mend()
            playing.clear()
            hypertool.connect_langfuse(by="hypertool")

        if self.gone_in is not None:
            hypertool.timeline.after(self.gone_in, mend)

        return end


@dataclass(frozen=True)
class PortTaken:
    """Something other than metrics is on the metrics port."""

    port: Port

    def begin(self, hypertool: ReferenceHypertool) -> End:
        hypertool.answer_with(self.port)
        return lambda: hypertool.answer_with(Port.METRICS)


@dataclass(frozen=True)
class Crash:
    """The process ends. Only the supervisor can begin a new one."""

    def begin(self, hypertool: ReferenceHypertool) -> End:
        hypertool.crash()
        return lambda: None


def prompt_times(tokens: float) -> float:
    """How many times larger prompts are where a run uses so many times its tokens, all for prompts."""
    return (tokens - COMPLETION_SHARE) / (1 - COMPLETION_SHARE)


def completion_times(tokens: float) -> float:
    """The same for longer answers."""
    return (tokens - (1 - COMPLETION_SHARE)) / COMPLETION_SHARE


def times_to_spend(hypertool: ReferenceHypertool, persona: str, seconds: float) -> float:
    """How many times its usual use a persona needs to spend what is left of its budget in so long a time."""
    return hypertool.remaining(persona) / (seconds * usual_use(hypertool, persona))


def stages_of(persona: str) -> int:
    """How many stages the persona works on."""
    return sum(stage.persona == persona for stage in STAGES)


def usual_use(hypertool: ReferenceHypertool, persona: str) -> float:
    """Tokens a simulated second that the persona uses at this hour of an ordinary day."""
    busy = activity(hypertool.timeline.now)
    return usual_tokens(persona) * stages_of(persona) * busy / RUN_EVERY
