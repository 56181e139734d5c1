"""What every kind of diagnostic has in a playbook; a kind (`responder/diagnose`) adds keys by subclassing."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from responder.domain.units import DAY, HOUR, MINUTE, Unit

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
IS_SPAN: Final = StringConstraints(pattern=r"^([0-9]+(ms|[smhdw]))+$", max_length=20)
Span = Annotated[str, IS_SPAN]
"""A length of time as Prometheus writes it: 30s, 1h, 1h30m."""

_PART: Final = r"([a-z_-]+|\$\{[a-z_][a-z0-9_]*\})"
ResourcePath = Annotated[str, StringConstraints(pattern=f"^{_PART}(/{_PART})*$", max_length=200)]
"""A path of Hypertool's control API in which a variable may be a segment: personas/${persona}/budget."""

_SECONDS: Final = {"ms": 0.001, "s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


def seconds(span: str) -> float:
    """A `Span` in seconds."""
    return sum(int(count) * _SECONDS[unit] for count, unit in re.findall(r"([0-9]+)(ms|[smhdw])", span))


class Strict(BaseModel):
    """A part of a playbook: unknown keys are mistakes, values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Diagnostic(Strict):
    """A question the playbook asks."""

    FIELDS: ClassVar[frozenset[str]] = frozenset({"value"})
    """What its rows can have: what a test (`field:`) may compare."""

    id: Slug
    """Its name in tests and sentences."""
    kind: str
    """What kind of question it is; the other keys are the kind's own."""
    title: Line
    """What is asked, as people read it."""
    unit: Unit | None = None
    """What its value counts."""

    def queries(self) -> Mapping[str, str]:
        """The PromQL in it, by key: checked as such when a playbook is loaded."""
        return {}

    def variables(self) -> frozenset[str]:
        """The `${…}` it uses outside PromQL: each must be a variable of its playbook."""
        return frozenset()
