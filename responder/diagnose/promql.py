"""The kind `promql`: a query to Prometheus, at this moment or over a range of time."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field

from responder.diagnose.ask import Part, ask
from responder.diagnose.clients import Clients, Metrics, configured
from responder.diagnose.kind import Question, finding
from responder.diagnose.rows import largest_first, limited, parts
from responder.domain.report import Finding, FindingState, Row, Scalar
from responder.playbook.diagnostic import Diagnostic, Line, Span, seconds
from responder.playbook.promql import variables


class PromqlSpec(Diagnostic):
    """`range` asks for the course over that time until now instead of the present value."""

    FIELDS: ClassVar[frozenset[str]] = frozenset({"value", "first", "lowest", "highest"})

    kind: Literal["promql"]
    query: Annotated[str, Field(min_length=1, max_length=10_000)]
    """PromQL; ${variable} stands quoted in a =~ matcher, and the answer keeps that label."""
    range: Span | None = None
    """Ask for the course over this time until now, instead of the present value."""
    change: Line | None = None
    """What a row means for people as something that changed, for example "chatmode {chatmode} is new".

    Such a query lists what changed: an empty answer says that nothing did, and is one.
    """
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """Rows a subject."""
    worst: Literal["largest", "smallest"] = "largest"
    """Which values come first."""

    def queries(self) -> Mapping[str, str]:
        return {"query": self.query}


class PromqlKind:
    """One query for all alerts, or one for the incident as a whole."""

    spec: ClassVar = PromqlSpec

    def __init__(self, prometheus: Metrics | None) -> None:
        self._prometheus = prometheus

    @classmethod
    def build(cls, clients: Clients) -> Self:
        return cls(clients.prometheus)

    async def ask(self, spec: PromqlSpec, question: Question) -> Finding:
        prometheus = configured(self._prometheus, "Prometheus", "prometheus.url")
        told = await ask(prometheus, spec.query, question, seconds(spec.range) if spec.range else None)
        rows = sorted(map(_row, told.parts), key=largest_first, reverse=spec.worst == "smallest")
        kept, cut = limited(rows, parts(question.subjects, variables(spec.query)), spec.limit)
        nothing = bool(spec.change) and not rows and not told.odd
        return finding(
            spec,
            kept,
            state=FindingState.MEASURED if nothing else None,
            left_out=cut + told.left_out,
            warnings=told.warnings,
            detail="none" if nothing else told.detail,
            query=told.query,
            link=told.link(prometheus, spec.range or "1h"),
        )


def _row(part: Part) -> Row:
    course = [value for _, value in part.points]
    values: dict[str, Scalar] = {"value": part.value}
    if len(course) > 1:
        values |= {"first": course[0], "lowest": min(course), "highest": max(course)}
    return Row(subject=part.subject, labels=part.labels, values=values)


KIND: Final = PromqlKind
