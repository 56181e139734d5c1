"""Asks a Prometheus whether what is asked for is there, and what asking costs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

import promql_parser as ast
from promql_parser import Expr, VectorSelector

from responder.clients.prometheus import Prometheus
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError, Problem, Reason
from responder.domain.lint import LintRule
from responder.knowledge.catalogue import Catalogue, Exported
from responder.knowledge.lint.tree import children
from responder.knowledge.online.asked import Query
from responder.knowledge.online.result import Ran, There, Told
from responder.playbook.promql import parsed, selectors

AT_ONCE: Final = 4
"""Questions side by side: Prometheus has its own work."""
SLOW_SECONDS: Final = 2.0
"""A query is one of several that together have 10 s."""
WIDE_SERIES: Final = 10_000
"""Series that a query touches; as many are read of an answer."""
LOOK_BACK: Final = timedelta(days=1)
"""A metric that had a sample within this time is there."""

AWAY: Final = frozenset({Reason.NO_CONNECTION, Reason.UNAUTHORIZED})
"""What is no more about one question than about any other."""

T = TypeVar("T")


@dataclass(slots=True)
class Asker:
    """Asks what belongs to one run, `within` so many seconds a question."""

    prometheus: Prometheus
    clock: Clock
    within: float
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _counts: dict[str, asyncio.Task[int]] = field(default_factory=dict)

    async def told(self, queries: Sequence[Query], catalogue: Catalogue) -> Told:
        """What there is to say of the queries and their metrics.

        Raises:
            AdapterError: it doesn't answer at all, or not any more.
        """
        await self.prometheus.version(within=self.within)
        metrics = [self._metric(one) for one in _metrics(queries, catalogue)]
        asked = await asyncio.gather(*metrics, *map(self._query, queries), return_exceptions=True)
        answers = [one for one in asked if not isinstance(one, BaseException)]
        if failed := next((one for one in asked if isinstance(one, BaseException)), None):
            raise failed
        return sum(answers, Told())

    async def _gated(self, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._gate:
            return await ask()

    async def _metric(self, one: Exported) -> Told:
        """Whether a metric is there, with its labels."""
        now = self.clock()
        try:
            found = await self._gated(
                lambda: self.prometheus.labels(one.name, start=now - LOOK_BACK, end=now, within=self.within)
            )
        except AdapterError as error:
            if error.reason in AWAY:
                raise
            return _unanswered(one.name, error)
        if not found:
            return _absent(one)
        wanted = frozenset() if one.labels.all_but else one.labels.names - {*one.metric.optional}
        missing = sorted(wanted - found)
        said = f"without {', '.join(missing)}" if missing else ""
        there = There(kind="metric", name=one.name, there=True, said=said)
        return Told(there=(there,), problems=tuple(_no_label(one.name, label) for label in missing))

    async def _query(self, query: Query) -> Told:
        """Whether a query runs, how long that takes, and how many series it touches."""
        try:
            took, answered = await self._gated(lambda: self._timed(query.text))
        except AdapterError as error:
            if error.reason in AWAY:
                raise
            rule = LintRule.QUERY_SLOW if error.reason is Reason.TIMEOUT else LintRule.QUERY_FAILS
            ran = Ran(query=query, error=str(error))
            return Told(ran=(ran,), problems=(query.problem(rule, str(error)),))
        touched = await self._touched_by(query.text)
        ran = Ran(query=query, took=took, touched=touched, answered=answered)
        return Told(ran=(ran,), problems=tuple(_costs(query, took, touched)))

    async def _timed(self, query: str) -> tuple[float, int]:
        """Seconds that an answer takes, and its series."""
        clock = asyncio.get_running_loop().time
        began = clock()
        answer = await self.prometheus.query(query, within=self.within)
        return clock() - began, len(answer.samples) + answer.left_out

    async def _touched_by(self, query: str) -> int | None:
        """The series that a query's selectors select, each selector once; None if that can't be counted."""
        counts = [self._counted(text) for text in dict.fromkeys(_selected(parsed(query)))]
        try:
            return sum(await asyncio.gather(*counts))
        except AdapterError:
            return None

    def _counted(self, selected: str) -> asyncio.Task[int]:
        if selected not in self._counts:
            self._counts[selected] = asyncio.create_task(self._gated(lambda: self._count(selected)))
        return self._counts[selected]

    async def _count(self, selected: str) -> int:
        answer = await self.prometheus.query(f"count({selected})", within=self.within)
        return int(sum(sample.value for sample in answer.samples))


def _metrics(queries: Iterable[Query], catalogue: Catalogue) -> list[Exported]:
    """The metrics that are asked for, each once."""
    found = (catalogue.of(selector) for query in queries for selector in selectors(parsed(query.text)))
    return list({one.name: one for one in found if one}.values())


def _selected(node: Expr) -> Iterator[str]:
    """What each selector selects, as it can be counted."""
    match node:
        case ast.MatrixSelector():
            yield f"last_over_time({node.prettify()})"
        case VectorSelector():
            yield node.prettify()
        case _:
            for child in children(node):
                yield from _selected(child)


def _absent(one: Exported) -> Told:
    may_be = one.metric.may_be_absent
    said = "not there now, which may be" if may_be else "not there"
    message = f"no series within {LOOK_BACK.days} day"
    problems = () if may_be else (_problem(one.name, LintRule.METRIC_NOT_THERE, message),)
    return Told(there=(There(kind="metric", name=one.name, there=False, said=said),), problems=problems)


def _no_label(metric: str, label: str) -> Problem:
    return _problem(metric, LintRule.LABEL_NOT_THERE, f'no series of it has the label "{label}"')


def _unanswered(name: str, error: AdapterError) -> Told:
    problem = _problem(name, LintRule.QUERY_FAILS, str(error))
    return Told(there=(There(kind="metric", name=name, there=False, said=str(error)),), problems=(problem,))


def _problem(metric: str, rule: LintRule, message: str) -> Problem:
    return Problem("Prometheus", 0, metric, message, rule)


def _costs(query: Query, took: float, touched: int | None) -> Iterator[Problem]:
    if took > SLOW_SECONDS:
        message = f"it takes {took:.1f} s; {SLOW_SECONDS:g} s are long enough where somebody waits"
        yield query.problem(LintRule.QUERY_SLOW, message)
    if touched is not None and touched > WIDE_SERIES:
        message = f"it touches {touched} series: select fewer of them, or record what is asked for"
        yield query.problem(LintRule.QUERY_WIDE, message)
