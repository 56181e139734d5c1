"""What a bench hands back: a figure of one round, and a figure over all rounds held against its target."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Holds(StrEnum):
    """Where a figure can be compared."""

    HERE = "here"
    """Measured on this machine at this moment: another load on it moves the figure, so it fails nothing."""
    EVERYWHERE = "everywhere"
    """A share or a count: whatever the machine, it must be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached: at most, or at least, so much."""

    limit: float
    at_least: bool = False
    holds: Holds = Holds.HERE

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One value a round. Without a target it explains another figure."""

    name: str
    unit: str
    rounds: Sequence[float]
    target: Target | None = None

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def reached(self) -> bool | None:
        return None if self.target is None else self.target.reached(self.value)

    @property
    def fails(self) -> bool:
        """Whether the target is missed and would be on every machine."""
        return self.reached is False and self.target is not None and self.target.holds is Holds.EVERYWHERE


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed; `share` from 0 to 1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
