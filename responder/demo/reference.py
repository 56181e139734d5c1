"""The reference Hypertool: agents at work on simulated time, with knobs that act on them.

It knows nothing of processes and ports (`responder.demo.service` has those), so history and tests run it as
fast as the machine can.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum

from prometheus_client import CollectorRegistry

from responder.demo.agents import Agent, Surroundings
from responder.demo.conditions import Conditions, Influence
from responder.demo.knobs import knob_board
from responder.demo.langfuse_link import LangfuseLink
from responder.demo.simclock import DAY, HISTORY_START, SimClock
from responder.demo.switching import Storm, Switchboard, Wandering
from responder.demo.timeline import Timeline
from responder.demo.world import STAGES, Stage
from responder.hypertool import NO_PERSONA, Board, HypertoolMetrics, Variant


class Port(StrEnum):
    """What answers on the metrics port."""

    METRICS = "metrics"
    HANGS = "hangs"
    STRANGER = "stranger"
    CLOSED = "closed"
    WALLED = "walled"
    """Metrics, but what Prometheus asks gets lost on the way."""


class ReferenceHypertool:
    """One Hypertool and its working life.

    Args:
        clock: from simulated to real time.
        seed: of all noise; the same seed and the same orders at the same time give the same life.
        variant: which collector it exports with.
        start: the simulated second at which it starts.
    """

    def __init__(
        self,
        clock: SimClock,
        seed: int,
        variant: Variant = Variant.DESIGNED,
        start: float = HISTORY_START,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.registry = CollectorRegistry()
        self.metrics = HypertoolMetrics(self.registry, variant)
        self.conditions = Conditions()
        self.timeline = Timeline(start)
        self.langfuse = LangfuseLink()
        self.langfuse_changed: tuple[datetime, str] | None = None
        self.port = Port.METRICS
        self.port_changed: Callable[[], None] = _no_process
        self.crash: Callable[[], None] = _no_process
        switchboard = Switchboard(self.timeline, self.metrics, self.conditions, clock.factor)
        self._around = Surroundings(self.timeline, self.metrics, self.conditions, switchboard, self.langfuse)
        self._agents = {stage: Agent(stage, self._around, str(seed)) for stage in STAGES}
        self._wandering: dict[Storm, Wandering] = {}
        self.knobs: Board = knob_board(self)
        self._begin_work()

    def _begin_work(self) -> None:
        self.metrics.langfuse_connected()
        for chatmode, persona in {stage.chatmode: stage.persona for stage in reversed(STAGES)}.items():
            self._around.switchboard.switch(NO_PERSONA, persona, chatmode, 0.0)
        for agent in self._agents.values():
            agent.start()
        self._await_midnight()

    def _await_midnight(self) -> None:
        self.timeline.after(DAY - self.timeline.now % DAY, self._new_period)

    def _new_period(self) -> None:
        for persona in self.metrics.personas:
            self.metrics.reset_budget(persona)
        self._await_midnight()

    def advance(self, until: float) -> None:
        """Live on until this simulated second."""
        self.timeline.advance(until)

    def now(self) -> datetime:
        """The real time at this point of the simulation."""
        return self.clock.moment(self.timeline.now)

    def remaining(self, persona: str) -> int:
        """Tokens left of the persona's budget."""
        return self.metrics.get_remaining_budget(persona)

    def feel(self, *influences: Influence) -> None:
        """Work under these influences as well, from now on."""
        self.conditions.influences += influences
        self._replan(influences)

    def forget(self, *influences: Influence) -> None:
        """Work without these influences again."""
        self.conditions.influences = tuple(one for one in self.conditions.influences if one not in influences)
        self._replan(influences)

    def _replan(self, influences: tuple[Influence, ...]) -> None:
        for agent in self._concerned(influences):
            agent.replan()

    def _concerned(self, influences: tuple[Influence, ...]) -> Iterator[Agent]:
        for stage, agent in self._agents.items():
            model = self.conditions.manner(stage).model
            if any(influence.concerns(stage, model) for influence in influences):
                yield agent

    def employ(self, stage: Stage) -> None:
        """Let one more agent work, in another chatmode than the usual ones."""
        self._agents[stage] = Agent(stage, self._around, str(self.seed))
        self._agents[stage].start()

    def dismiss(self, stage: Stage) -> None:
        """Stop the agent that was employed for this."""
        self._agents.pop(stage).stop()

    def storm(self, storm: Storm) -> None:
        """Let sessions switch as this storm says."""
        self._wandering[storm] = Wandering(storm, self.timeline, self._around.switchboard, str(self.seed))
        self._wandering[storm].start()

    def calm(self, storm: Storm) -> None:
        """End the storm."""
        self._wandering.pop(storm).stop()

    def answer_with(self, port: Port) -> None:
        """Let this answer on the metrics port."""
        self.port = port
        self.port_changed()

    def connect_langfuse(self, by: str) -> None:
        """Make the connection to Langfuse anew and note who asked for it."""
        self.langfuse.connect()
        self.langfuse_changed = (self.now(), by)


def _no_process() -> None:
    """There is no process that has a port or could crash."""
