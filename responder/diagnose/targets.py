"""The kind `targets`: what Prometheus says of the targets it scrapes for a job, with their last error."""

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field

from responder.clients.prometheus_answers import Target
from responder.diagnose.clients import Clients, Metrics, configured
from responder.diagnose.failure import Failure, failure_of
from responder.diagnose.kind import Question, finding
from responder.domain.report import WHOLE, Finding, Row, Scalar
from responder.playbook.diagnostic import Diagnostic


class TargetsSpec(Diagnostic):
    """`health` is up, down, unknown, or absent where there is no such target at all.

    `failure` is a word for `error`: see `responder.diagnose.failure`.
    """

    FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"health", "up", "failure", "error", "url", "scraped_at", "took"}
    )

    kind: Literal["targets"]
    job: Annotated[str, Field(pattern=r"^[^\"\\\\\s]{1,200}$")]
    """The scrape job whose targets are asked about."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """Rows, the unhealthy targets first."""


class TargetsKind:
    """Prometheus's own word on why it can't scrape."""

    spec: ClassVar = TargetsSpec

    def __init__(self, prometheus: Metrics | None) -> None:
        self._prometheus = prometheus

    @classmethod
    def build(cls, clients: Clients) -> Self:
        return cls(clients.prometheus)

    async def ask(self, spec: TargetsSpec, question: Question) -> Finding:
        prometheus = configured(self._prometheus, "Prometheus", "prometheus.url")
        targets = await prometheus.targets(spec.job, within=question.within)
        rows = tuple(map(_row, targets[: spec.limit])) or (_absent(spec.job),)
        query = f'up{{job="{spec.job}"}}'
        left_out = max(0, len(targets) - spec.limit)
        return finding(spec, rows, left_out=left_out, query=query, link=prometheus.graph_url(query))


def _row(target: Target) -> Row:
    return Row(
        subject=WHOLE,
        labels=target.labels,
        values={
            "health": target.health,
            # Before the first scrape it is neither.
            "up": {"up": True, "down": False}.get(target.health),
            "failure": None if target.health == "unknown" else failure_of(target.error),
            "error": target.error or None,
            "url": target.url,
            "scraped_at": target.scraped_at,
            "took": target.took,
        },
    )


def _absent(job: str) -> Row:
    """No target at all is an answer as well: that is what was measured."""
    values: dict[str, Scalar] = {"health": "absent", "up": False, "failure": Failure.ABSENT}
    return Row(subject=WHOLE, labels={"job": job}, values={**values, "error": "there is no such target"})


KIND: Final = TargetsKind
