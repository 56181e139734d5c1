"""Every resource of the control API: its path, what it is measured in, and what it takes."""

import re
from dataclasses import dataclass
from typing import Any, Final

Value = int | str | bool


class OutOfBoundsError(ValueError):
    """The value is not among those the knob takes."""


@dataclass(frozen=True)
class Range:
    """Whole numbers from `minimum` to `maximum`, both included."""

    minimum: int
    maximum: int

    def check(self, value: Value) -> None:
        """Raise `OutOfBoundsError` unless the knob takes `value`."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            raise OutOfBoundsError(f"{value!r} is not a whole number from {self.minimum} to {self.maximum}")

    def as_json(self) -> dict[str, Any]:
        return {"minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class Choices:
    """One of these, in their order if they have one."""

    choices: tuple[Value, ...]

    def check(self, value: Value) -> None:
        """Raise `OutOfBoundsError` unless the knob takes `value`."""
        if value not in self.choices:
            raise OutOfBoundsError(f"{value!r} is none of {', '.join(map(repr, self.choices))}")

    def as_json(self) -> dict[str, Any]:
        return {"choices": list(self.choices)}


@dataclass(frozen=True)
class Kind:
    """A kind of resource. Which of them work depends on the Hypertool the API is mounted on.

    Args:
        name: one word.
        path: below `/control/v1/`, with the names of its variables in braces.
        summary: for people.
        unit: of the value; None where it is no quantity.
        bounds: what the contract says it takes.
        settable: whether there is a PUT.
    """

    name: str
    path: str
    summary: str
    unit: str | None
    bounds: Range | Choices
    settable: bool = True

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in its path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def fits(self, resource: str) -> bool:
        """Whether the resource is of this kind; a name in its path is one segment."""
        return re.fullmatch(re.sub(r"{\w+}", "[^/]+", self.path), resource) is not None

    def resource(self, **names: str) -> str:
        """The resource of these names."""
        return self.path.format(**names)


_STAGE: Final = "workflows/{workflow}/stages/{stage}"

BUDGET: Final = Kind(
    "budget",
    "personas/{persona}/budget",
    "Tokens a persona may use in a period; setting it moves what remains by the difference at once",
    "tokens",
    Range(0, 20_000),
)
COOLDOWN: Final = Kind(
    "cooldown", "switching/cooldown", "The least time between two persona switches", "seconds", Range(0, 60)
)
MODEL: Final = Kind(
    "model",
    f"{_STAGE}/model",
    "The tier of the model a stage works with",
    None,
    Choices(("fast", "balanced", "best")),
)
GATE: Final = Kind(
    "gate",
    f"{_STAGE}/gate",
    "How strict a stage's quality gate is",
    None,
    Choices(("relaxed", "normal", "strict")),
)
CONTEXT: Final = Kind(
    "context", f"{_STAGE}/context", "How much a stage's prompts carry along", "tokens", Range(1000, 32_000)
)
LANGFUSE: Final = Kind(
    "langfuse",
    "langfuse",
    "Whether Hypertool is connected to Langfuse, and why not",
    None,
    Choices((True, False)),
    settable=False,
)

KINDS: Final = (BUDGET, COOLDOWN, MODEL, GATE, CONTEXT, LANGFUSE)


def kind_of(resource: str) -> Kind | None:
    """The kind a resource is of, whether or not it exists; None for what the contract doesn't have."""
    return next((kind for kind in KINDS if kind.fits(resource)), None)
