"""Runs cases: one real Prometheus with the past of all of them, and the product's own way from there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.diagnose.attempt import Deadlines
from responder.diagnose.clients import Clients
from responder.diagnose.runner import investigate
from responder.domain.alert import Alert, AlertStatus
from responder.domain.errors import Problem
from responder.domain.incident import Incident, opened
from responder.domain.report import Report
from responder.knowledge.playbook_tests.canned import canned
from responder.knowledge.playbook_tests.judge import RANKING, alert_of, missed
from responder.knowledge.playbook_tests.load import Loaded
from responder.knowledge.playbook_tests.model import OneAlert
from responder.knowledge.playbook_tests.timeline import Placed, placed, write_openmetrics
from responder.knowledge.playbook_tests.why import why
from responder.playbook.answers import Answers
from responder.playbook.context import Context
from responder.playbook.explain import explain
from responder.playbook.model import Playbook
from responder.playbook.subjects import subjects
from responder.testing.servers import load_history, prometheus
from responder.yamldoc import KeyPath

AT_ONCE: Final = 4
"""Cases that are asked at one time."""
PATIENCE: Final = Deadlines(total=60.0, each=30.0)
"""A test does not fail because a machine is slow."""
CONFIG: Final = "global: {}\n"
FLAGS: Final = ("--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h")
"""Blocks stay as they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The incident of a case, and what was answered about it."""

    incident: Incident
    answers: Answers

    def explained(self, playbook: Playbook) -> Report:
        """The report that the product would make of it by this playbook."""
        return explain(playbook, self.incident, self.answers, Context())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended: what it missed, where that stands, and why causes came as they did."""

    loaded: Loaded
    asked: Asked
    report: Report
    problems: tuple[Problem, ...]
    why: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.problems


Say = Callable[[Outcome], None]


def _quiet(_: Outcome) -> None:
    """Says nothing."""


async def run(cases: Sequence[Loaded], said: Say = _quiet) -> tuple[Outcome, ...]:
    """The outcome of each case, in their order; `said` is told each, likewise in order.

    Raises:
        ToolMissing: there is no Prometheus and none can be fetched.
        ServerFailed: it does not start, or the series are not accepted.
    """
    placed_cases = tuple(placed(cases))
    turns = asyncio.Semaphore(AT_ONCE)

    async with _asked(placed_cases) as clients:

        async def one(case: Placed) -> Outcome:
            async with turns:
                asked = await investigated(case, clients)
            return judged(case.loaded, asked)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(case)) for case in placed_cases]
            for task in tasks:
                said(await task)
    return tuple(task.result() for task in tasks)


@asynccontextmanager
async def _asked(cases: Sequence[Placed]) -> AsyncIterator[Clients]:
    """A Prometheus that knows the past of all the cases, and nothing else."""
    with TemporaryDirectory(prefix="playbook-tests-") as name:
        folder = Path(name)
        history = folder / "history.om"
        if await asyncio.to_thread(write_openmetrics, history, cases):
            await load_history(history, folder / "prometheus-data")
        async with (
            prometheus(CONFIG, folder=folder, retention="100y", flags=FLAGS) as server,
            Http() as http,
        ):
            yield Clients(prometheus=Prometheus(http, server.url))


async def investigated(case: Placed, clients: Clients) -> Asked:
    """What the product would find out about a case."""
    loaded = case.loaded
    playbook, incident = loaded.playbook, _incident(case)
    build = canned({**loaded.suite.answers, **loaded.case.answers})
    asked = investigate(
        playbook,
        subjects(playbook, incident),
        clients,
        now=case.now,
        deadlines=PATIENCE,
        build=build,
    )
    async with asked as investigation:
        await investigation.wait()
        return Asked(incident, investigation.answers())


def _incident(case: Placed) -> Incident:
    playbook = case.loaded.playbook
    alerts = [
        Alert(
            fingerprint=str(index),
            labels={"alertname": playbook.alert, "severity": playbook.severity, **labels},
            annotations={},
            status=AlertStatus.FIRING,
            starts_at=case.now,
        )
        for index, labels in enumerate(case.loaded.case.alerts)
    ]
    return opened("test", alerts, case.now).incident


def judged(loaded: Loaded, asked: Asked) -> Outcome:
    """What the case missed, each with its place."""
    report = asked.explained(loaded.playbook)
    found = list(missed(loaded, report))
    problems = tuple(loaded.document.problem(path, words) for path, words in found)
    lines = tuple(line for path in _rankings(found) for line in _why(loaded, report, path))
    return Outcome(loaded, asked, report, problems, lines)


def _rankings(found: Sequence[tuple[KeyPath, str]]) -> list[KeyPath]:
    """Where a ranking was missed: each expectation once."""
    paths = (path for path, _ in found)
    return list(dict.fromkeys(up[:-1] for path in paths for up in (path, path[:-1]) if up[-1] in RANKING))


def _why(loaded: Loaded, report: Report, path: KeyPath) -> Iterator[str]:
    expect = loaded.case.expect
    one = expect.each[path[-1]] if isinstance(path[-1], int) else expect
    alert = alert_of(loaded, one.alert, report) if isinstance(one, OneAlert) else report.alerts[0]
    if len(report.alerts) > 1:
        yield " ".join(value for _, value in alert.subject) + ":"
    yield from why(loaded.about, one, alert)
