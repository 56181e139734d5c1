"""Asks Prometheus one query for all subjects at once and splits the answer.

Values that are no numbers (0/0) or infinite (1/0) say nothing: they are counted, not shown.
"""

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from responder.clients.prometheus_answers import Course, Samples
from responder.diagnose.clients import Metrics
from responder.diagnose.kind import Question
from responder.diagnose.rows import about, parts
from responder.domain.report import Subject
from responder.playbook.promql import substitute, variables

VALUES: Final = 500
"""Values of a variable in one query; what is beyond goes into another."""
CHARACTERS: Final = 64 * 1024
"""Characters of all values in one query."""
POINTS: Final = 60
"""Points of a course."""
LINKED: Final = 1500
"""Characters of a query that may stand in a link."""

Points = tuple[tuple[float, float], ...]
"""(seconds since the epoch, value), oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was answered about one subject: labels beyond the subject's, and at least one value."""

    subject: Subject
    labels: Mapping[str, str]
    points: Points

    @property
    def value(self) -> float:
        """The latest."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer, split; `odd` values were no numbers, `left_out` series too many to be read."""

    query: str
    parts: tuple[Part, ...]
    odd: int
    left_out: int
    warnings: tuple[str, ...]

    @property
    def detail(self) -> str:
        """What is odd about it, in words."""
        match self.odd:
            case 0:
                return ""
            case 1:
                return "a value is no number"
            case several:
                return f"{several} values are no numbers"

    def link(self, prometheus: Metrics, span: str = "1h") -> str:
        """Where a person sees it; empty where the query is too long for an address."""
        return prometheus.graph_url(self.query, span) if len(self.query) <= LINKED else ""


async def ask(prometheus: Metrics, query: str, question: Question, span: float | None = None) -> Told:
    """Ask for the present value, or for the course over `span` seconds until now.

    Raises:
        AdapterError: one of its chunks was not answered.
    """
    used = variables(query)
    subjects = parts(question.subjects, used)
    texts = [_filled(query, chunk) for chunk in _chunks(subjects)] if used else [query]
    answers = await asyncio.gather(*(_answer(prometheus, text, question, span) for text in texts))
    return _told(texts, answers, subjects if used else ())


async def _answer(prometheus: Metrics, text: str, question: Question, span: float | None) -> "_Answer":
    if span is None:
        return _of_samples(await prometheus.query(text, at=question.now, within=question.within))
    step = span / POINTS
    start = question.now - timedelta(seconds=span - step)
    course = await prometheus.query_range(
        text, start=start, end=question.now, step=step, within=question.within
    )
    return _of_course(course)


@dataclass(frozen=True, slots=True)
class _Answer:
    series: Sequence[tuple[Mapping[str, str], Points]]
    left_out: int
    warnings: tuple[str, ...]


def _of_samples(found: Samples) -> _Answer:
    series = [(sample.labels, ((sample.at, sample.value),)) for sample in found.samples]
    return _Answer(series, found.left_out, found.warnings)


def _of_course(found: Course) -> _Answer:
    return _Answer([(one.labels, one.points) for one in found.series], found.left_out, found.warnings)


def _told(texts: Sequence[str], answers: Sequence[_Answer], subjects: tuple[Subject, ...]) -> Told:
    names = tuple(name for name, _ in subjects[0]) if subjects else ()
    known = frozenset(subjects)
    split: list[Part] = []
    odd = 0
    for labels, points in (series for answer in answers for series in answer.series):
        if place := about(labels, names, known):
            finite = tuple(point for point in points if math.isfinite(point[1]))
            odd += len(points) - len(finite)
            split += [Part(subject=place[0], labels=place[1], points=finite)] if finite else []
    return Told(
        query=texts[0] if texts else "",
        parts=tuple(split),
        odd=odd,
        left_out=sum(answer.left_out for answer in answers),
        warnings=tuple(dict.fromkeys(text for answer in answers for text in answer.warnings)),
    )


def _chunks(subjects: Iterable[Subject]) -> Iterator[tuple[Subject, ...]]:
    """The subjects in their order, so many at a time as fit into one query."""
    chunk: list[Subject] = []
    room = CHARACTERS
    for subject in subjects:
        size = sum(len(value) for _, value in subject)
        if chunk and (len(chunk) == VALUES or size > room):
            yield tuple(chunk)
            chunk, room = [], CHARACTERS
        chunk.append(subject)
        room -= size
    if chunk:
        yield tuple(chunk)


def _filled(query: str, subjects: Sequence[Subject]) -> str:
    """The query for these subjects; it may match combinations that are nobody's, which `about` drops."""
    columns = zip(*subjects, strict=True)
    return substitute(query, {pairs[0][0]: [value for _, value in pairs] for pairs in columns})
