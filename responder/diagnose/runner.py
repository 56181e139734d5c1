"""Runs a playbook: everything it asks side by side, each with its deadline, all within one.

What fails is shown in its place with the reason. What is there can be taken at any time:

    async with investigate(playbook, subjects, clients, now=clock()) as investigation:
        if not await investigation.wait(2.0):
            tell(investigation.answers())   # complete=False, the rest is pending
            await investigation.wait()
        tell(investigation.answers())
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from responder.diagnose import registry
from responder.diagnose.ask import Told, ask
from responder.diagnose.attempt import Deadlines, attempt
from responder.diagnose.clients import Clients, configured
from responder.diagnose.kind import Asks, Question
from responder.diagnose.measure import readings
from responder.diagnose.once import Once
from responder.diagnose.outcome import failed, pending
from responder.domain.errors import AdapterError
from responder.domain.report import Finding, FindingState, Reading, Row, Subject
from responder.playbook.answers import Answers
from responder.playbook.diagnostic import Diagnostic, seconds
from responder.playbook.model import Playbook

TEST: Final = "evidence"
MEASURE: Final = "measure"

Observe = Callable[[str, str, float], None]
"""Is told of everything asked: the diagnostic's kind, or "evidence", or "measure"; the state or the reason it
ended in; how many seconds it took."""

Build = Callable[[Clients], Mapping[str, Asks[Any]]]
"""The kinds of diagnostics, ready to ask."""

T = TypeVar("T")


def nobody(_kind: str, _result: str, _took: float) -> None:
    """Observes nothing."""


@asynccontextmanager
async def investigate(  # noqa: PLR0913 - the last three are rarely given, and by name
    playbook: Playbook,
    subjects: Sequence[Subject],
    clients: Clients,
    *,
    now: datetime,
    deadlines: Deadlines | None = None,
    observe: Observe = nobody,
    build: Build = registry.build,
) -> AsyncIterator["Investigation"]:
    """An investigation under way; leaving the block ends what is still being asked.

    Args:
        playbook: what to ask.
        subjects: the incident's alerts, worst first.
        clients: the far sides.
        now: the moment that is asked about.
        deadlines: how long to wait.
        observe: is told how each question ended.
        build: other kinds than those that ask the far sides; for tests of playbooks.
    """
    once = Once(clients.prometheus) if clients.prometheus else None
    investigation = Investigation(
        playbook,
        tuple(dict.fromkeys(subjects)),
        replace(clients, prometheus=once),
        now=now,
        deadlines=deadlines or Deadlines(),
        observe=observe,
        build=build,
    )
    try:
        yield investigation
    finally:
        await investigation.aclose()
        if once:
            await once.aclose()


async def run(playbook: Playbook, subjects: Sequence[Subject], clients: Clients, *, now: datetime) -> Answers:
    """Everything a playbook asks, answered or failed, after at most the total deadline."""
    async with investigate(playbook, subjects, clients, now=now) as investigation:
        await investigation.wait()
        return investigation.answers()


class Investigation:
    """One run of a playbook: a task for each question, and what they have answered so far."""

    def __init__(  # noqa: PLR0913 - made by `investigate` only
        self,
        playbook: Playbook,
        subjects: tuple[Subject, ...],
        clients: Clients,
        *,
        now: datetime,
        deadlines: Deadlines,
        observe: Observe,
        build: Build,
    ) -> None:
        self._playbook = playbook
        self._clients = clients
        self._kinds: Mapping[str, Asks[Any]] = build(clients)
        self._question = Question(subjects=subjects, now=now, within=deadlines.each)
        self._deadlines = deadlines
        self._observe = observe
        self._clock = asyncio.get_running_loop().time
        self._started = self._clock()
        self._took: float | None = None
        measure = playbook.measure
        start = asyncio.create_task
        self._findings = [start(self._diagnose(spec)) for spec in playbook.diagnostics]
        self._evidence = {query: start(self._test(query)) for query in playbook.evidence_queries}
        self._present = start(self._measured(None))
        self._course = start(self._measured(seconds(measure.range)))

    async def wait(self, within: float | None = None) -> bool:
        """Whether everything is answered or has failed, after at most so many seconds (None: till then)."""
        _, pending = await asyncio.wait(self._tasks, timeout=within)
        return not pending

    def answers(self) -> Answers:
        """What is there so far."""
        complete = all(task.done() for task in self._tasks)
        took = self._clock() - self._started
        if complete:
            took = self._took = took if self._took is None else self._took
        return Answers(
            findings=tuple(
                task.result() if task.done() else pending(spec)
                for spec, task in zip(self._playbook.diagnostics, self._findings, strict=True)
            ),
            readings=self._readings(),
            evidence={
                query: task.result() if task.done() else _pending_test(query)
                for query, task in self._evidence.items()
            },
            made_at=self._question.now,
            took=took,
            complete=complete,
        )

    async def aclose(self) -> None:
        """End what is still being asked."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def _tasks(self) -> list[asyncio.Task[Any]]:
        return [*self._findings, *self._evidence.values(), self._present, self._course]

    def _readings(self) -> Mapping[Subject, Reading]:
        if not self._present.done():
            return {}
        course = self._course.result() if self._course.done() else None
        return readings(self._playbook.measure, self._question.subjects, self._present.result(), course)

    async def _diagnose(self, spec: Diagnostic) -> Finding:
        answer, took = await self._attempt(self._ask_kind(spec))
        found = failed(pending(spec), answer) if isinstance(answer, AdapterError) else answer
        self._observe(spec.kind, found.reason or found.state, took)
        return replace(found, took=took)

    async def _test(self, query: str) -> Finding:
        answer, took = await self._attempt(self._ask(query, None))
        test = _pending_test(query)
        found = failed(test, answer) if isinstance(answer, AdapterError) else _answered(test, answer)
        self._observe(TEST, found.reason or found.state, took)
        return replace(found, took=took)

    async def _measured(self, span: float | None) -> Told | AdapterError:
        answer, took = await self._attempt(self._ask(self._playbook.measure.query, span))
        self._observe(MEASURE, answer.reason if isinstance(answer, AdapterError) else _state(answer), took)
        return answer

    async def _ask_kind(self, spec: Diagnostic) -> Finding:
        return await self._kinds[spec.kind].ask(spec, self._question)

    async def _ask(self, query: str, span: float | None) -> Told:
        prometheus = configured(self._clients.prometheus, "Prometheus", "prometheus.url")
        return await ask(prometheus, query, self._question, span)

    async def _attempt(self, work: Awaitable[T]) -> tuple[T | AdapterError, float]:
        """What was answered or why not, and how many seconds that took."""
        begun = self._clock()
        answer = await attempt(work, self._deadlines.of_one(self._started, begun))
        return answer, self._clock() - begun


def _pending_test(query: str) -> Finding:
    return Finding(diagnostic=TEST, title="Evidence", kind="promql", state=FindingState.PENDING, query=query)


def _answered(finding: Finding, told: Told) -> Finding:
    return replace(
        finding,
        state=_state(told),
        rows=tuple(
            Row(subject=part.subject, labels=part.labels, values={"value": part.value}) for part in told.parts
        ),
        left_out=told.left_out,
        warnings=told.warnings,
        detail=told.detail,
        query=told.query,
    )


def _state(told: Told) -> FindingState:
    return FindingState.MEASURED if told.parts else FindingState.NO_DATA
