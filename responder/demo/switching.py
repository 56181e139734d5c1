"""Switches between personas: the switchboard that carries them out, and storms of them."""

import random
from dataclasses import dataclass

from responder.demo.conditions import Conditions
from responder.demo.timeline import Timeline
from responder.demo.world import HAND_OVER_EVERY
from responder.hypertool import NO_PERSONA, HypertoolMetrics


class Switchboard:
    """Carries out switches, unless the cooldown since the last one is not over. Its seconds are real ones."""

    def __init__(
        self, timeline: Timeline, metrics: HypertoolMetrics, conditions: Conditions, factor: float
    ) -> None:
        self._timeline = timeline
        self._metrics = metrics
        self._conditions = conditions
        self.factor = factor
        self.hand_over_every = HAND_OVER_EVERY * factor
        self._last = float("-inf")

    def switch(self, from_persona: str, to_persona: str, chatmode: str, active: float) -> bool:
        """Switch, and answer whether it was done. `active` is how long the first persona was worked under."""
        now = self._timeline.now
        if now - self._last < self._conditions.cooldown * self.factor:
            return False
        self._last = now
        self._metrics.switch_persona(
            from_persona, to_persona, chatmode, active_seconds=None if from_persona == NO_PERSONA else active
        )
        return True


@dataclass(frozen=True)
class Storm:
    """Sessions that switch without getting to work.

    Args:
        personas: among which they wander; two make an oscillation.
        chatmodes: in which they do so.
        per_second: switches each real second, of all sessions together.
        stay: how long each stays under a persona; how many sessions there are follows from both.
    """

    personas: tuple[str, ...]
    chatmodes: tuple[str, ...]
    per_second: float
    stay: float


class Wandering:
    """A storm that is going on."""

    def __init__(self, storm: Storm, timeline: Timeline, switchboard: Switchboard, seed: str) -> None:
        self._storm = storm
        self._timeline = timeline
        self._switchboard = switchboard
        self._random = random.Random(f"{seed}/storm")  # noqa: S311 - a simulation
        self._persona = storm.personas[0]
        self._going_on = False

    def start(self) -> None:
        """Begin to switch."""
        self._going_on = True
        self._step()

    def stop(self) -> None:
        """Switch no more."""
        self._going_on = False

    def _step(self) -> None:
        if not self._going_on:
            return
        chance, storm = self._random, self._storm
        to_persona = chance.choice([one for one in storm.personas if one != self._persona])
        stay = storm.stay * chance.uniform(0.7, 1.3)
        if self._switchboard.switch(self._persona, to_persona, chance.choice(storm.chatmodes), stay):
            self._persona = to_persona
        pause = self._switchboard.factor / storm.per_second * chance.uniform(0.8, 1.2)
        self._timeline.after(pause, self._step)
