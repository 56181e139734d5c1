"""What a fix is done to, for one alert: its labels are filled in, each as one segment of a path."""

from collections.abc import Mapping

from responder.playbook.actions import ACTIONS
from responder.playbook.model import Fix
from responder.playbook.promql import PLACEHOLDER, quoted


class BadTarget(ValueError):  # noqa: N818 - reads as what it is
    """A label's value can't be a name in a path; the text says which and why."""


def target_of(declared: Fix, alert_name: str, labels: Mapping[str, str]) -> str:
    """The target of a fix for an alert with these labels: the same text for the same target, always.

    A knob is its path, a process or a connection its one name, and an alert itself, which is silenced,
    its name and labels as a selector.

    Raises:
        BadTarget: a label that the path needs is missing, or can't be a segment of it.
    """
    if declared.target is not None:
        return filled(declared.target, labels)
    action = ACTIONS.get(declared.action or "")
    return (action.target if action else "") or selector({"alertname": alert_name, **labels})


def filled(path: str, labels: Mapping[str, str]) -> str:
    """A path with a label's value for each `${variable}`, which stays one segment of it.

    Raises:
        BadTarget: as `target_of`.
    """
    segments = ((segment, PLACEHOLDER.fullmatch(segment)) for segment in path.split("/"))
    return "/".join(_name(found[1], labels) if found else segment for segment, found in segments)


def selector(labels: Mapping[str, str]) -> str:
    """Labels as PromQL writes them: {alertname="A", persona="b"}."""
    return "{" + ", ".join(f"{name}={quoted(value)}" for name, value in sorted(labels.items())) + "}"


def _name(label: str, labels: Mapping[str, str]) -> str:
    """Dots and slashes can't be quoted away: servers on the way read %2E and %2F as what they are."""
    value = labels.get(label, "")
    if not value:
        raise BadTarget(f'the alert has no label "{label}"')
    if value in {".", ".."} or not value.isprintable() or set(value) & set("/\\"):
        raise BadTarget(f"the label {label}={quoted(value[:60])} can't be a name in a path")
    return value
