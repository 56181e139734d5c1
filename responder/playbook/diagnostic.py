"""What every kind of diagnostic has in a playbook; a kind (`responder/diagnose`) adds keys by subclassing."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from responder.domain.units import Unit

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Strict(BaseModel):
    """A part of a playbook: unknown keys are mistakes, values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Diagnostic(Strict):
    """A question the playbook asks."""

    id: Slug
    kind: str
    title: Line
    unit: Unit | None = None
