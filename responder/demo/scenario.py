"""What a scenario is: one thing that goes wrong, and what people should be told then."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from responder.demo.effects import Effect

NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})
HYPERTOOL: Final[Mapping[str, str]] = MappingProxyType({"job": "hypertool"})


@dataclass(frozen=True)
class Scenario:
    """One thing that goes wrong.

    Args:
        name: for people and commands.
        alert: the alert it makes fire.
        labels: of each alert instance that must fire; an empty one for an alert without labels.
        causes: the true cause; more than one where nothing that is measured tells them apart.
        story: one line, told while it runs.
        effects: what changes, in this order; taken back in the reverse one.
        also: alerts that fire as well, with the same labels, because the one can't be had without the other.
        every_day: it has been so on each of the days before, at these hours; the cause is told by that, so
            it is played on a stage of its own, whose history has it.
    """

    name: str
    alert: str
    labels: tuple[Mapping[str, str], ...]
    causes: tuple[str, ...]
    story: str
    effects: tuple[Effect, ...]
    also: tuple[str, ...] = ()
    every_day: bool = False


def personas(*names: str) -> tuple[Mapping[str, str], ...]:
    """The labels of an alert for each of these personas."""
    return tuple(MappingProxyType({"persona": name}) for name in names)


def stages(*keys: tuple[str, str]) -> tuple[Mapping[str, str], ...]:
    """The labels of an alert for each of these pairs of workflow and stage."""
    return tuple(MappingProxyType({"workflow": workflow, "stage": stage}) for workflow, stage in keys)
