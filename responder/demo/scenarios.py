"""What can go wrong in the demo, a scenario for each cause that can be told, and who plays it."""

from typing import Final

from responder.demo.effects import End
from responder.demo.likely import LIKELY
from responder.demo.rarer import RARER
from responder.demo.reference import ReferenceHypertool
from responder.demo.scenario import Scenario

SCENARIOS: Final = (*LIKELY, *RARER)


class UnknownScenarioError(LookupError):
    """There is no scenario of this name."""


def scenario(name: str) -> Scenario:
    """The scenario of this name. Raises `UnknownScenarioError`."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    known = ", ".join(each.name for each in SCENARIOS)
    raise UnknownScenarioError(f"there is no scenario {name!r}; known: {known}")


class Director:
    """Plays at most one scenario at a time."""

    def __init__(self, hypertool: ReferenceHypertool) -> None:
        self._hypertool = hypertool
        self._ends: list[End] = []
        self.playing: Scenario | None = None

    def play(self, name: str | None) -> None:
        """End what is playing and play this one, or for None an ordinary day.

        Raises:
            UnknownScenarioError: there is none of this name; what is playing goes on.
        """
        chosen = None if name is None else scenario(name)
        while self._ends:
            self._ends.pop()()
        self.playing = chosen
        for effect in () if chosen is None else chosen.effects:
            self._ends.append(effect.begin(self._hypertool))
