"""Why causes came in the order they did: the evidence of each, with its line in the playbook."""

from collections.abc import Iterable, Iterator
from typing import Final

from responder.domain.report import AlertReport, Answer, Evidence, RankedCause
from responder.domain.units import number
from responder.knowledge.playbook_tests.load import About
from responder.knowledge.playbook_tests.model import AboutAlert
from responder.playbook.ranking import PRIOR

_ANSWERS: Final = {Answer.YES: "yes", Answer.NO: "no", Answer.NOT_MEASURED: "not measured"}


def why(about: About, expect: AboutAlert, alert: AlertReport) -> Iterator[str]:
    """Lines on the causes that were expected to lead and on those that do."""
    wanted = {*expect.tied, *expect.order, *([expect.first] if expect.first else [])}
    leading = {cause.cause for cause in (alert.ranking.leaders or alert.ranking.causes[:1])}
    for cause in alert.ranking.causes:
        if cause.cause in wanted | leading:
            yield from _of_cause(about, cause)


def _of_cause(about: About, cause: RankedCause) -> Iterator[str]:
    prior = PRIOR[cause.likelihood]
    begins = f"begins with {number(prior)} (likelihood {cause.likelihood})"
    yield f"{cause.cause}: score {number(cause.score)}, {begins}"
    if not cause.evidence:
        yield "  nothing that can be measured tells it"
    for (side, index), one in zip(_places(cause.evidence), cause.evidence, strict=True):
        yield f"  {_evidence(one)}  ({_place(about, cause.cause, side, index)})"


def _evidence(one: Evidence) -> str:
    side = "for" if one.supports else "against"
    reason = f" ({one.reason})" if one.reason else ""
    return f"{side}, {one.weight}: {one.statement}: {_ANSWERS[one.answer]}{reason}"


def _places(evidence: Iterable[Evidence]) -> Iterator[tuple[str, int]]:
    """Where each piece of evidence stands in its cause: those for it come first."""
    counts = {"for": 0, "against": 0}
    for one in evidence:
        side = "for" if one.supports else "against"
        yield side, counts[side]
        counts[side] += 1


def _place(about: About, cause: str, side: str, index: int) -> str:
    number_of_cause = [one.id for one in about.playbook.causes].index(cause)
    return f"{about.document.file}:{about.document.line(('causes', number_of_cause, side, index))}"
