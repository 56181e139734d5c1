"""The kind `promql`: a query to Prometheus, at this moment or over a range of time."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from responder.playbook.diagnostic import Diagnostic, Line, Span


class PromqlSpec(Diagnostic):
    """`range` asks for the course over that time until now instead of the present value."""

    FIELDS: ClassVar[frozenset[str]] = frozenset({"value", "first", "lowest", "highest"})

    kind: Literal["promql"]
    query: Annotated[str, Field(min_length=1, max_length=10_000)]
    range: Span | None = None
    change: Line | None = None
    """What a row means for people as something that changed, for example "chatmode {chatmode} is new"."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """Rows a subject."""

    def queries(self) -> Mapping[str, str]:
        return {"query": self.query}
