"""The demo's stage for tests: real servers, started once for all scenarios that share it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from responder.demo.cures import CURES
from responder.demo.faster import Faster
from responder.demo.likely import LIKELY
from responder.demo.outcome import Outcome, Step
from responder.demo.play import play
from responder.demo.run import FACTOR, watching
from responder.demo.scenario import Scenario
from responder.demo.stage import Life, stage
from responder.demo.watch import Watch
from responder.diagnose.registry import specs
from responder.domain.clock import system_clock
from responder.domain.incident import Ending
from responder.domain.report import AlertReport, Ranking, Verdict
from responder.playbook.load import load
from responder.playbook.ranking import CANT_TELL, rank
from responder.resources import resource_dir

SEEDS: Final = {
    "designed-first": 11,
    "designed-second": 12,
    "designed-third": 15,
    "designed-fixes": 17,
    "designed-more-fixes": 18,
    "deployed": 13,
    "deployed-dashboards": 14,
    "deployed-fixes": 19,
}

FIRST: Final = {one.alert: one for one in reversed(LIKELY)}
WITH_A_FIX: Final = (Step.PROPOSED, Step.APPROVED, Step.VERIFIED, Step.UNDONE)
ONE_SHOTS: Final = ("metrics-crashed", "langfuse-unreachable")
"""What mends these leaves nothing to undo."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def watch(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    database_of: Callable[[Path], AbstractContextManager[str]],
) -> AsyncIterator[Watch]:
    """Whoever looks at a running stage; the parameter names the stage, and its beginning the variant."""
    name: str = request.param
    life = Life(
        seed=SEEDS[name],
        variant=name.partition("-")[0],
        live_from=system_clock(),
    )
    folder = tmp_path_factory.mktemp(name)
    with database_of(folder) as url:
        async with (
            stage(folder, Faster(FACTOR), life, print, database=url) as found,
            watching(found) as watch,
        ):
            yield watch


@pytest.fixture(scope="session")
def play_and_check() -> Callable[[Watch, Scenario], Awaitable[None]]:
    """Play a scenario to its end: explained by its evidence, told once, and told to be over."""
    return _play_and_check


@pytest.fixture(scope="session")
def mend_and_check() -> Callable[[Watch, Scenario, bool], Awaitable[None]]:
    """Play a scenario until the quick fix that answers it is over; at its lease's end, or undone by hand."""
    return _mend_and_check


async def silent(step: Step, outcome: Outcome) -> None:
    """Nobody watches."""


async def _play_and_check(watch: Watch, scenario: Scenario) -> None:
    outcome = await play(watch, scenario, silent)

    assert outcome.wrong == []  # it fired with all its alerts, and each one's true cause leads
    assert list(outcome.seconds) == [step for step in Step if step not in WITH_A_FIX]
    assert outcome.ending == Ending.RECOVERED
    assert outcome.posts == 1
    assert [reply.part for reply in outcome.replies] == ["detail/1"]
    assert not any(reply.broadcast for reply in outcome.replies)

    assert outcome.report is not None
    ours = [one for one in outcome.report.alerts if one.ranking.leading]
    assert ours
    assert_says_whether_it_can_tell(scenario, outcome)
    for alert in ours:
        assert_the_evidence_decided(scenario, alert)


async def _mend_and_check(watch: Watch, scenario: Scenario, natural_end: bool) -> None:  # noqa: FBT001 - a port's
    """What went wrong lasts until the fix is undone; on the way it is looked where the knob stands."""
    cure = replace(CURES[scenario.name], natural_end=natural_end)

    outcome = await play(watch, scenario, silent, cure=cure)

    assert outcome.wrong == []
    assert outcome.fixed is True
    assert outcome.ending == Ending.RECOVERED
    reached = list(outcome.seconds)
    assert reached[reached.index(Step.TOLD) :] == [
        Step.TOLD,
        Step.PROPOSED,
        Step.APPROVED,
        Step.VERIFIED,
        Step.RESOLVED,
        *([] if scenario.name in ONE_SHOTS else [Step.UNDONE]),
        Step.ENDING,
    ]
    assert outcome.posts == 1


def assert_says_whether_it_can_tell(scenario: Scenario, outcome: Outcome) -> None:
    """One true cause is the only one that leads; two that nothing measured tells apart lead together."""
    tied = len(scenario.causes) > 1
    assert set(outcome.leaders) == set(scenario.causes), asked(outcome)
    assert outcome.verdict == (Verdict.TIED if tied else Verdict.CLEAR)
    assert (" or " in outcome.message) == tied


def asked(outcome: Outcome) -> str:
    """What the diagnostics answered, for whoever reads why a test failed."""
    findings = outcome.report.findings if outcome.report else ()
    return "\n".join(
        f"{one.diagnostic}: {one.state} {one.detail} {[row.values for row in one.rows]} in {one.took:.1f} s"
        for one in findings
    )


def assert_the_evidence_decided(scenario: Scenario, alert: AlertReport) -> None:
    """By the runbook's likelihood alone the first scenario's cause leads as well; others don't lead so."""
    first = FIRST[scenario.alert] is scenario
    assert reranked(scenario, alert, use_evidence=True) == alert.ranking
    unmeasured = reranked(scenario, alert, use_evidence=False)
    in_front = {
        cause.cause for cause in unmeasured.causes if cause.score * CANT_TELL >= unmeasured.causes[0].score
    }
    assert set(scenario.causes) <= in_front if first else set(scenario.causes) != in_front


def reranked(scenario: Scenario, alert: AlertReport, *, use_evidence: bool) -> Ranking:
    """What was found about an alert, ranked once more."""
    playbook = load(resource_dir("playbooks"), specs())[scenario.alert]
    evidence = {cause.cause: cause.evidence for cause in alert.ranking.causes}
    return rank(playbook.causes, evidence, use_evidence=use_evidence)
