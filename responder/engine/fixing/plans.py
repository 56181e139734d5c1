"""A playbook's fix in the terms of moves: its times, and how its value is computed."""

from datetime import timedelta

from responder.domain.durations import parse_duration
from responder.playbook.fixes import Setting
from responder.policy.target import Factor, How, Step, Value


def span(text: str) -> timedelta:
    """A playbook's span of time."""
    return timedelta(milliseconds=parse_duration(text))


def how_of(setting: Setting | None) -> How:
    """How the value is computed from what is read; a one-shot sets none."""
    if setting is None:
        return Value(None)
    if setting.step is not None:
        return Step(setting.step)
    if setting.factor is not None:
        return Factor(setting.factor, setting.round_to or 1)
    return Value(setting.value)
