"""The parts of a quick fix in a playbook: how its value is computed, and how it is seen to work."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from responder.playbook.diagnostic import Query, Span, Strict


class Setting(Strict):
    """How the value to set is computed from the one that is read: by one of step, factor and value."""

    step: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """So much more, or less if negative; of words in an order, so many further."""
    factor: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """So many times what is read."""
    round_to: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """What the product of a factor is rounded to a multiple of; 1 if it is not there."""
    value: str | bool | int | float | None = None
    """This value, whatever is read."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.step, self.factor, self.value)) != 1:
            raise ValueError("a value is computed in one way: by step, by factor, or it is a value")
        if self.round_to is not None and self.factor is None:
            raise ValueError("round_to is for a factor")
        if self.step == 0 or self.factor == 1:
            raise ValueError("this changes nothing")
        return self


class Check(Strict):
    """How it is seen that a fix works. No data never says that it does."""

    query: Query | None = None
    """PromQL with bool that answers 1 once it works; without it the measure must be good."""
    settle: Span = "1m"
    """How long after it was applied the first look is."""
    deadline: Span = "10m"
    """How long after it was applied it must work, or it is undone."""
    worse: Query | None = None
    """PromQL with bool that answers 1 if the fix does harm: then it is undone at once."""


class Permanent(Strict):
    """What the value should be for good, once leases had to raise it three times in seven days."""

    use: Query
    """PromQL for what is used of it in one day."""
    day: Span = "1d"
    """The length of that day; days begin at midnight UTC."""
    round_to: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 100
    """What the value is rounded up to a multiple of."""


class UndoWaits(Strict):
    """When undoing would bring the alert back at once, so that it has to wait."""

    at_most: Span
    """How long it may wait."""
    while_: Query = Field(alias="while")
    """PromQL with bool that answers 1 as long as it must wait."""
