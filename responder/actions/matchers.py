"""Matchers that mute exactly the alerts they are made for, as few silences as that takes. Pure."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from responder.clients.alertmanager_answers import Matcher

Labels = Mapping[str, str]
Matchers = tuple[Matcher, ...]

VALUES_MOST: Final = 100
"""Values in one matcher; more go into another silence."""


def exact(labels: Labels) -> Matchers:
    """All labels of one alert, each with exactly its value."""
    names = sorted(labels, key=lambda name: (name != "alertname", name))
    return tuple(Matcher(name, labels[name]) for name in names)


def of_all(alerts: Sequence[Labels]) -> tuple[Matchers, ...]:
    """Matchers for each silence that together mute these alerts.

    Alerts that differ in one label only share a silence with all its values. Where they differ in more, a
    value of one and a value of another might be those of a third alert, which nobody has looked at: then each
    alert has its own.
    """
    differing = _differing(alerts)
    if len(differing) != 1:
        unique = {tuple(sorted(labels.items())): labels for labels in alerts}
        return tuple(exact(unique[key]) for key in sorted(unique))
    (name,) = differing
    values = sorted({labels[name] for labels in alerts})
    portions = (values[at : at + VALUES_MOST] for at in range(0, len(values), VALUES_MOST))
    return tuple(_with_values(alerts[0], name, portion) for portion in portions)


def _differing(alerts: Sequence[Labels]) -> set[str]:
    """The labels in which they differ; all, where one of them lacks a label that another has."""
    values: dict[str, set[str]] = defaultdict(set)
    for labels in alerts:
        for name, value in labels.items():
            values[name].add(value)
    if any(labels.keys() != values.keys() for labels in alerts):
        return set(values)
    return {name for name, found in values.items() if len(found) > 1}


def _with_values(labels: Labels, name: str, values: Sequence[str]) -> Matchers:
    others = (matcher for matcher in exact(labels) if matcher.name != name)
    return (*others, _one_of(name, values))


def _one_of(name: str, values: Sequence[str]) -> Matcher:
    if len(values) == 1:
        return Matcher(name, values[0])
    return Matcher(name, "|".join(map(_quoted, values)), is_regex=True)


def _quoted(value: str) -> str:
    """For Go's syntax, in which a backslash may stand before punctuation only."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", value)
