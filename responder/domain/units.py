"""Units of measured values, and how people read them."""

import math
from enum import StrEnum
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400
FEW: Final = 10


class Unit(StrEnum):
    """What a number counts. A ratio is shown in percent."""

    TOKENS = "tokens"
    TOKENS_PER_MINUTE = "tokens_per_minute"
    RATIO = "ratio"
    FACTOR = "factor"
    SECONDS = "seconds"
    PER_SECOND = "per_second"
    PER_MINUTE = "per_minute"
    COUNT = "count"
    YES_NO = "yes_no"


_SUFFIX: Final = {
    Unit.TOKENS: " tokens",
    Unit.TOKENS_PER_MINUTE: " tokens a minute",
    Unit.RATIO: " %",
    Unit.FACTOR: " times",
    Unit.PER_SECOND: " a second",
    Unit.PER_MINUTE: " a minute",
    Unit.COUNT: "",
}


def unit_of(field: str) -> Unit | None:
    """The unit that a field of a finding's row has by its name: repeated_share, tokens_in_factor, took."""
    if field == "took":
        return Unit.SECONDS
    words = field.split("_")
    return Unit.RATIO if "share" in words else Unit.FACTOR if "factor" in words else None


def number(value: float) -> str:
    """A number as a person writes it: 2000, 26.4, 0.35; infinities and not-a-number in words."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if abs(value) >= FEW * FEW or value == int(value):
        return str(round(value))
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= FEW else f"{value:.2g}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: 45 s, 7 min, 2 h 30 min, 3 d; negative as "-7 min"."""
    if math.isnan(seconds) or math.isinf(seconds):
        return number(seconds)
    if seconds < 0:
        return "-" + duration(-seconds)
    if seconds < MINUTE:
        return f"{number(round(seconds) if seconds >= FEW else seconds)} s"
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    if seconds < DAY:
        hours, minutes = divmod(round(seconds / MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{seconds / DAY:.0f} d"


def quantity(value: float, unit: Unit) -> str:
    """A value with its unit: "250 tokens", "34 %", "7 min", "yes"."""
    match unit:
        case Unit.SECONDS:
            return duration(value)
        case Unit.YES_NO:
            return "yes" if value else "no"
        case Unit.RATIO:
            return number(value * 100) + _SUFFIX[unit]
        case _:
            return number(value) + _SUFFIX[unit]
