"""Each of the seven alerts from Hypertool's metrics to Slack, on the real Prometheus and Alertmanager.

What happens is played by the reference Hypertool, which knows nothing of alerts; nothing here sets a metric.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from responder.demo.likely import LIKELY
from responder.demo.outcome import Outcome, Step
from responder.demo.play import play
from responder.demo.scenario import Scenario
from responder.demo.scenarios import scenario as named
from responder.demo.watch import Watch
from responder.diagnose.registry import specs
from responder.domain.incident import Ending
from responder.domain.report import AlertReport, Ranking, Verdict
from responder.playbook.load import load
from responder.playbook.ranking import CANT_TELL, rank
from responder.resources import resource_dir

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

FIRST: Final = {one.alert: one for one in reversed(LIKELY)}
WITH_A_FIX: Final = (Step.PROPOSED, Step.APPROVED, Step.VERIFIED, Step.UNDONE)
TOUCHED_BY_THE_VARIANT: Final = ("TokenBudgetExceeded", "HighQualityGateFailureRate")


def on(stage: str, scenarios: Sequence[Scenario]) -> Iterator[object]:
    """These scenarios on one stage, one after the other: a stage has one Hypertool."""
    for scenario in scenarios:
        yield pytest.param(stage, scenario, id=f"{stage}-{scenario.name}")


def each_alerts(number: int) -> list[Scenario]:
    """The first, second or third scenario of each alert: on one stage the same alert would only come back."""
    by_alert = ([one for one in LIKELY if one.alert == alert] for alert in FIRST)
    return [own[number - 1] for own in by_alert if len(own) >= number]


STAGED: Final = (
    *on("designed-first", each_alerts(1)),
    *on("designed-second", each_alerts(2)),
    *on("designed-third", each_alerts(3)),
    # Of the rarer ones those that are made in a way of their own; all are played by `make soak`.
    *on("designed-third", [named("quality-gate-prompt-issues"), named("metrics-network")]),
    *on("designed-every-day", [named("depletion-budget-too-low")]),
    *on("deployed", [one for one in LIKELY if one.alert in TOUCHED_BY_THE_VARIANT]),
)


async def silent(step: Step, outcome: Outcome) -> None:
    """Nobody watches."""


@pytest.mark.parametrize(("watch", "scenario"), STAGED, indirect=["watch"], scope="module")
async def test_an_alert_is_explained_told_once_and_told_to_be_over(watch: Watch, scenario: Scenario) -> None:
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


def assert_says_whether_it_can_tell(scenario: Scenario, outcome: Outcome) -> None:
    """One true cause is the only one that leads; two that nothing measured tells apart lead together."""
    tied = len(scenario.causes) > 1
    assert set(outcome.leaders) == set(scenario.causes)
    assert outcome.verdict == (Verdict.TIED if tied else Verdict.CLEAR)
    assert (" or " in outcome.message) == tied


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
