"""The port of diagnostics: a kind of question, and what it is asked with."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, Self, TypeVar

from responder.diagnose.clients import Clients
from responder.domain.report import Finding, FindingState, Link, Row, Subject
from responder.playbook.diagnostic import Diagnostic

Spec_contra = TypeVar("Spec_contra", bound=Diagnostic, contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a diagnostic is asked about.

    `subjects` are the incident's alerts, each once, worst first; `within` so many seconds.
    """

    subjects: tuple[Subject, ...]
    now: datetime
    within: float


class Asks(Protocol[Spec_contra]):
    """Answer one diagnostic for all subjects at once. Raise `AdapterError`; never retry."""

    async def ask(self, spec: Spec_contra, question: Question) -> Finding:
        """The finding; `took` is filled in by whoever asks."""


class Kind(Asks[Spec_contra], Protocol[Spec_contra]):
    """A kind of diagnostic.

    A module of this package that defines one names it `KIND`; nothing else has to know it.
    """

    spec: ClassVar[type[Diagnostic]]

    @classmethod
    def build(cls, clients: Clients) -> Self:
        """Made with the far sides that are configured; one that isn't there may be missed when asked."""


def finding(  # noqa: PLR0913 - a finding's parts, by name
    spec: Diagnostic,
    rows: tuple[Row, ...],
    *,
    state: FindingState | None = None,
    left_out: int = 0,
    warnings: tuple[str, ...] = (),
    detail: str = "",
    query: str = "",
    link: str = "",
    links: tuple[Link, ...] = (),
) -> Finding:
    """What was measured; without a row there was no data, which is never 0, unless `state` says otherwise."""
    return Finding(
        diagnostic=spec.id,
        title=spec.title,
        kind=spec.kind,
        unit=spec.unit,
        state=state or (FindingState.MEASURED if rows else FindingState.NO_DATA),
        rows=rows,
        left_out=left_out,
        warnings=warnings,
        detail=detail,
        query=query,
        link=link,
        links=links,
    )
