"""Which value a fix sets, from the one that is read: absolute, within bounds, never computed twice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from responder.domain.report import Scalar


@dataclass(frozen=True, slots=True)
class Step:
    """So much more or less than what is read; of choices in an order, so many further."""

    by: float


@dataclass(frozen=True, slots=True)
class Factor:
    """So many times what is read, rounded to a multiple of `round_to`, away from what is read."""

    by: float
    round_to: float = 1


@dataclass(frozen=True, slots=True)
class Value:
    """This value."""

    value: Scalar


How = Step | Factor | Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the knob takes, and the ceiling of the configuration; choices are in their order."""

    minimum: float | None = None
    maximum: float | None = None
    choices: Sequence[Scalar] = ()
    ceiling: float | None = None


def target(how: How, present: Scalar, bounds: Bounds) -> Scalar:
    """The value to set; the present one where there is none beyond it.

    Raises:
        ValueError: the present value is none that this could be computed from.
    """
    match how:
        case Value():
            return how.value
        case Step() if bounds.choices:
            return _further(how, present, bounds.choices)
        case Step():
            return _within(_number(present) + how.by, _number(present), bounds)
        case Factor():
            return _within(_rounded(_number(present), how), _number(present), bounds)
        case _:
            assert_never(how)


def _further(step: Step, present: Scalar, choices: Sequence[Scalar]) -> Scalar:
    if present not in choices:
        raise ValueError(f"{present!r} is none of {', '.join(map(str, choices))}")
    index = choices.index(present) + int(step.by)
    return choices[max(0, min(index, len(choices) - 1))]


def _number(present: Scalar) -> float:
    if isinstance(present, bool) or not isinstance(present, int | float) or not math.isfinite(present):
        raise ValueError(f"{present!r} is no number")
    return float(present)


def _rounded(present: float, factor: Factor) -> float:
    exact = present * factor.by / factor.round_to
    whole = math.ceil(round(exact, 9)) if factor.by >= 1 else math.floor(round(exact, 9))
    return whole * factor.round_to


def _within(wanted: float, present: float, bounds: Bounds) -> float:
    """As far as bounds and ceiling allow, but never the other way than was wanted."""
    highest = min(
        (bound for bound in (bounds.maximum, bounds.ceiling) if bound is not None), default=math.inf
    )
    lowest = bounds.minimum if bounds.minimum is not None else -math.inf
    limited = max(lowest, min(wanted, highest))
    same_way = (wanted - present) * (limited - present) > 0
    made = limited if same_way else present
    return int(made) if made == int(made) else made
