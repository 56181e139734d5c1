"""What the far sides said."""

from dataclasses import dataclass

from responder.domain.errors import Problem
from responder.knowledge.online.asked import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One query as it was asked: seconds, series that its selectors touch, series of its answer."""

    query: Query
    took: float | None = None
    touched: int | None = None
    answered: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """One thing that was looked for: a metric, a route, a dashboard."""

    kind: str
    name: str
    there: bool | None
    """None: nobody was asked."""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What one far side told, and the problems in it."""

    ran: tuple[Ran, ...] = ()
    there: tuple[There, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "Told") -> "Told":
        return Told(self.ran + other.ran, self.there + other.there, self.problems + other.problems)
