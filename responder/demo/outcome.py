"""What became of a scenario: the steps of its alert's way, and what was wrong on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from responder.demo.scenario import Scenario
from responder.demo.watch import Reply
from responder.domain.report import Report


class Step(StrEnum):
    """The stages of an alert's way that an audience can see."""

    PLAYING = "playing"
    PENDING = "pending"
    FIRING = "firing"
    INCIDENT = "incident"
    EXPLAINED = "explained"
    TOLD = "told"
    PROPOSED = "proposed"
    APPROVED = "approved"
    VERIFIED = "verified"
    UNDONE = "undone"
    ENDING = "ending"
    RESOLVED = "resolved"
    """With a quick fix before it is undone: while what went wrong is still so."""


@dataclass(slots=True)
class Outcome:
    """What became of a scenario. It passed if nothing is wrong."""

    scenario: Scenario
    incident: str = ""
    verdict: str = ""
    leaders: tuple[str, ...] = ()
    report: Report | None = None
    """The first complete one about all alerts."""
    message: str = ""
    """What a locked phone shows first."""
    posts: int = 0
    """Messages about the incident in the channel; one, unless something is doubled."""
    replies: tuple[Reply, ...] = ()
    """What stands in its thread at the end."""
    ending: str = ""
    ended: str = ""
    fixed: bool | None = None
    """Whether the quick fix did all it is for; None where none was to be applied."""
    left_to_people: bool = False
    """Whether whoever watches is to press the button."""
    fix: str = ""
    """What the quick fix set, in words."""
    seconds: dict[str, float] = field(default_factory=dict)
    """When each step was reached, from the scenario's beginning."""
    wrong: list[str] = field(default_factory=list)
    also_fired: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.wrong and self.fixed is not False and Step.RESOLVED in self.seconds

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "scenario": self.scenario.name,
            "alert": self.scenario.alert,
            "true_causes": list(self.scenario.causes),
            "passed": self.passed,
            "incident": self.incident,
            "verdict": self.verdict,
            "leading_causes": list(self.leaders),
            "message": self.message,
            "slack": {
                "messages": self.posts,
                "replies": len(self.replies),
                "broadcasts": sum(reply.broadcast for reply in self.replies),
            },
            "fixed": self.fixed,
            "fix": self.fix,
            "ending": self.ending,
            "ended_message": self.ended,
            "seconds": {step: round(at, 1) for step, at in self.seconds.items()},
            "also_fired": self.also_fired,
            "wrong": self.wrong,
        }


OnStep = Callable[[Step, Outcome], Awaitable[None]]
