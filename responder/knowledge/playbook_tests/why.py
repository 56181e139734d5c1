"""Why causes came in the order they did: the evidence of each, with its line in the playbook."""

from collections.abc import Iterable, Iterator
from typing import Final

from responder.domain.report import AlertReport, Answer, Evidence, RankedCause
from responder.domain.units import number
from responder.knowledge.playbook_tests.load import About
from responder.knowledge.playbook_tests.model import AboutAlert
from responder.playbook.model import FieldTest, QueryTest
from responder.playbook.ranking import PRIOR

Test = QueryTest | FieldTest

_ANSWERS: Final = {Answer.YES: "yes", Answer.NO: "no", Answer.NOT_MEASURED: "not measured"}


def why(about: About, expect: AboutAlert, alert: AlertReport) -> Iterator[str]:
    """Lines on the causes that were expected to lead and on those that do."""
    wanted = {expect.first, *expect.tied, *expect.order, *expect.ruled_out}
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
    tests = {(side, i): test for side, i, test in _tests(about, cause.cause)}
    for (side, index), one in zip(_places(cause.evidence), cause.evidence, strict=True):
        place = _place(about, cause.cause, side, index)
        yield f"  {_evidence(one)}{_compared(tests[side, index])}  ({place})"


def _evidence(one: Evidence) -> str:
    side = "for" if one.supports else "against"
    reason = f" ({one.reason})" if one.reason else ""
    return f"{_ANSWERS[one.answer] + reason:5} {side}, {one.weight}: {one.statement}"


def _tests(about: About, cause: str) -> Iterator[tuple[str, int, Test]]:
    found = next(one for one in about.playbook.causes if one.id == cause)
    for side, tests in (("for", found.for_), ("against", found.against)):
        yield from ((side, index, test) for index, test in enumerate(tests))


def _compared(test: Test) -> str:
    """What a test by a field compares; a query stands in its line of the playbook."""
    if isinstance(test, QueryTest):
        return ""
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    words = ", ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return f" [{test.finding}.{test.field} {test.op} {words}]"


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
