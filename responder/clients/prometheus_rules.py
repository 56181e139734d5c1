"""The rules that a Prometheus has loaded: https://prometheus.io/docs/prometheus/latest/querying/api/#rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from responder.clients.http import first_mistake
from responder.clients.prometheus_answers import SYSTEM
from responder.domain.errors import Reason, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRule:
    """An alerting rule as it is loaded; `held` is its `for` in seconds.

    `health` is ok, err or, until it was evaluated once, unknown.
    """

    name: str
    query: str
    held: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    health: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedGroup:
    """A group of rules, the file it came from, and how often it is evaluated, in seconds."""

    name: str
    file: str
    interval: float
    rules: tuple[LoadedRule, ...]


class _Rule(BaseModel):
    name: str
    query: str
    duration: float = 0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    health: str = "unknown"
    lastError: str = ""  # noqa: N815 - Prometheus's name


class _Group(BaseModel):
    name: str
    file: str
    interval: float
    rules: list[_Rule]


class _Rules(BaseModel):
    groups: list[_Group]


_RULES: Final = TypeAdapter(_Rules)


def groups_of(data: object) -> tuple[LoadedGroup, ...]:
    """The groups that an answer has.

    Raises:
        Refused: it has another shape.
    """
    try:
        read = _RULES.validate_python(data)
    except ValidationError as error:
        raise Refused(SYSTEM, Reason.BAD_ANSWER, first_mistake(error)) from error
    return tuple(
        LoadedGroup(
            name=group.name,
            file=group.file,
            interval=group.interval,
            rules=tuple(_rule(rule) for rule in group.rules),
        )
        for group in read.groups
    )


def _rule(rule: _Rule) -> LoadedRule:
    return LoadedRule(
        name=rule.name,
        query=rule.query,
        held=rule.duration,
        labels=rule.labels,
        annotations=rule.annotations,
        health=rule.health,
        error=rule.lastError,
    )
