"""Each scenario makes its alert fire, with its labels and no other but those it names, until its end."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import httpx
import pytest

from responder.demo.reference import Port
from responder.demo.scenario import Scenario
from responder.demo.scenarios import SCENARIOS, UnknownScenarioError
from responder.demo.service import LiveHypertool, admin_app
from responder.demo.simclock import LIVE
from responder.hypertool import Variant

NOT_ON_METRICS = "HypertoolMetricsNotReported"
MEASURED = [one for one in SCENARIOS if one.alert != NOT_ON_METRICS]
PLAYED = 75 * 60.0
FIRES_WITHIN = 40 * 60.0
RECOVERS_WITHIN = 30 * 60.0

# Where the two collectors differ, the scenarios are judged on both.
DIFFERENT = {"TokenBudgetExceeded", "HighQualityGateFailureRate", "TokenBudgetDepletionPredicted"}
CASES = [(one, Variant.DESIGNED) for one in MEASURED] + [
    (one, Variant.DEPLOYED) for one in MEASURED if one.alert in DIFFERENT
]


@pytest.mark.parametrize(("scenario", "variant"), CASES, ids=[f"{one.name}-{which}" for one, which in CASES])
def test_a_scenario_fires_its_alert_and_no_other_until_it_is_ended(
    watch: Callable[..., Any], alerts: tuple[str, ...], scenario: Scenario, variant: Variant
) -> None:
    """Times are simulated; at a factor of 60 its alert is there within 40 s and gone 30 s after the end."""
    life = watch(5, variant)
    life.director.play(scenario.name)
    life.live(PLAYED)
    ended = life.hypertool.timeline.now
    life.director.play(None)
    life.live(RECOVERS_WITHIN)

    expected = {tuple(sorted(labels.items())) for labels in scenario.labels}
    fired = {alert: set(life.ever_firing(alert)) for alert in alerts}
    told = dict.fromkeys((scenario.alert, *scenario.also), expected)
    assert {alert: which for alert, which in fired.items() if which} == told
    states = life.firing(scenario.alert)
    kept = [which for when, which in states if LIVE + FIRES_WITHIN <= when <= ended]
    assert all(expected <= which for which in kept)
    assert states[-1][1] == frozenset()


def test_every_alert_has_at_least_two_scenarios_with_different_causes() -> None:
    by_alert: dict[str, list[tuple[str, ...]]] = {}
    for one in SCENARIOS:
        by_alert.setdefault(one.alert, []).append(one.causes)
    assert len(by_alert) == 7
    assert all(len(causes) == len(set(causes)) >= 2 for causes in by_alert.values())


def test_an_unknown_scenario_leaves_the_one_that_is_playing(watch: Callable[..., Any]) -> None:
    life = watch(5, Variant.DESIGNED)
    life.director.play("switching-oscillation")
    with pytest.raises(UnknownScenarioError):
        life.director.play("switching-oscilation")
    assert life.director.playing.name == "switching-oscillation"


def rate(life: Any, metric: str, **only: str) -> dict[Any, float]:
    """Increase each simulated second over the last half hour."""
    by = ("workflow", "stage", "persona", "chatmode", "from_persona", "to_persona", "model", "result")
    found: dict[Any, float] = life.rate(metric, life.hypertool.timeline.now, 1800, by, **only)
    return {labels: value for labels, value in found.items() if value}


@pytest.fixture(scope="module")
def played(watch: Callable[..., Any]) -> Callable[[str | None], Any]:
    """An hour of a scenario, or of an ordinary day; each is lived through once."""

    @cache
    def live(name: str | None) -> Any:
        life = watch(5, Variant.DESIGNED)
        life.director.play(name)
        life.live(3600)
        return life

    return live


def tokens_a_run(life: Any, persona: str) -> float:
    tokens = sum(rate(life, "hypertool_persona_tokens_used_total", persona=persona).values())
    return tokens / sum(
        rate(life, "hypertool_workflow_stage_duration_seconds_count", persona=persona).values()
    )


@pytest.mark.parametrize(
    ("name", "persona", "least", "most"),
    [
        ("token-budget-prompt-bloat", "backend-engineer", 3.0, 100.0),  # what prompt bloat is told by
        ("token-budget-unexpected-chatmode", "data-scientist", 0.7, 1.4),  # and this is not
        ("slow-stage-large-prompts", "data-scientist", 2.0, 10.0),
        ("slow-stage-model-latency", "data-scientist", 0.7, 1.4),
        ("depletion-expected-spike", "frontend-engineer", 0.7, 1.4),
        ("depletion-unexpected-usage", "testing-specialist", 0.7, 1.4),
    ],
)
def test_tokens_a_finished_stage_tell_the_causes_apart(
    played: Callable[[str | None], Any], name: str, persona: str, least: float, most: float
) -> None:
    """Against an ordinary hour, times."""
    ordinary, special = (tokens_a_run(played(which), persona) for which in (None, name))
    assert least < special / ordinary < most


def chatmodes(life: Any) -> set[str]:
    return {dict(labels)["chatmode"] for labels in rate(life, "hypertool_persona_tokens_used_total")}


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("token-budget-unexpected-chatmode", {"notebook-autopilot"}),
        ("depletion-unexpected-usage", {"mutation-testing"}),
        ("token-budget-prompt-bloat", set()),
        ("depletion-expected-spike", set()),
    ],
)
def test_only_the_unexpected_brings_a_new_chatmode(
    played: Callable[[str | None], Any], name: str, new: set[str]
) -> None:
    assert chatmodes(played(name)) - chatmodes(played(None)) == new


def shares(life: Any, label: Callable[[dict[str, str]], Any]) -> list[float]:
    sums: dict[Any, float] = {}
    for labels, value in rate(life, "hypertool_persona_switches_total").items():
        sums[label(dict(labels))] = sums.get(label(dict(labels)), 0.0) + value
    return sorted((value / sum(sums.values()) for value in sums.values()), reverse=True)


def pair(labels: dict[str, str]) -> Iterable[str]:
    return frozenset((labels["from_persona"], labels["to_persona"]))


def test_an_oscillation_is_one_pair_and_a_chatmode_bug_one_chatmode(
    played: Callable[[str | None], Any],
) -> None:
    """The limits are those by which the causes are told apart: 60 % for a pair, 80 % for a chatmode, 30 %."""
    oscillation, bug = (played(name) for name in ("switching-oscillation", "switching-chatmode-bug"))
    assert shares(oscillation, pair)[0] > 0.6
    assert shares(oscillation, lambda labels: labels["chatmode"])[0] < 0.8
    assert shares(bug, lambda labels: labels["chatmode"])[0] > 0.8
    assert shares(bug, pair)[0] < 0.3


def test_a_chatmode_bug_is_no_over_eager_routing(played: Callable[[str | None], Any]) -> None:
    """Half of the personas' durations or more are longer than 5 s."""
    life = played("switching-chatmode-bug")
    counted = sum(rate(life, "hypertool_persona_duration_seconds_count").values())
    assert sum(rate(life, "hypertool_persona_duration_seconds_bucket", le="5.0").values()) < counted / 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("langfuse-missing-credentials", "missing_credentials"),
        ("langfuse-unreachable", "unreachable"),
    ],
)
def test_the_control_api_says_why_there_are_no_traces(
    watch: Callable[..., Any], name: str, reason: str
) -> None:
    life = watch(5, Variant.DESIGNED)
    life.director.play(name)
    lost = life.hypertool.knobs.find("langfuse").read().as_json()
    life.director.play(None)
    back = life.hypertool.knobs.find("langfuse").read().as_json()
    assert (lost["connected"], lost["reason"]) == (False, reason)
    assert (back["connected"], back["reason"]) == (True, None)


@pytest.mark.parametrize(
    ("name", "port"),
    [("metrics-port-conflict", Port.STRANGER), ("switching-oscillation", Port.METRICS)],
)
def test_what_answers_on_the_metrics_port(watch: Callable[..., Any], name: str, port: Port) -> None:
    life = watch(5, Variant.DESIGNED)
    life.director.play(name)
    assert life.hypertool.port is port
    life.director.play(None)
    assert life.hypertool.port is Port.METRICS


def test_the_crash_scenario_ends_the_process(watch: Callable[..., Any]) -> None:
    life = watch(5, Variant.DESIGNED)
    crashed: list[bool] = []
    life.hypertool.crash = lambda: crashed.append(True)
    life.director.play("metrics-crashed")
    assert crashed == [True]


async def test_scenarios_are_played_by_order(watch: Callable[..., Any]) -> None:
    hypertool = watch(5, Variant.DESIGNED).hypertool
    live = LiveHypertool(hypertool, lambda: hypertool.clock.moment(LIVE))
    transport = httpx.ASGITransport(admin_app(live))
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as demo:
        unknown = await demo.post("/demo/scenario", json={"name": "nothing"})
        begun = await demo.post("/demo/scenario", json={"name": "switching-oscillation"})
        state = await demo.get("/demo/state")
        ended = await demo.post("/demo/scenario", json={"name": None})
        known = await demo.get("/demo/scenarios")
    assert (unknown.status_code, begun.status_code) == (404, 200)
    assert (state.json()["scenario"], ended.json()["scenario"]) == ("switching-oscillation", None)
    assert [one["name"] for one in known.json()] == [one.name for one in SCENARIOS]
