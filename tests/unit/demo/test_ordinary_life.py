"""The reference Hypertool's ordinary life: repeatable, silent, and the same for history and live."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from responder.demo.history import Target, write_history
from responder.demo.reference import ReferenceHypertool
from responder.demo.simclock import DAY, HISTORY_START, HOUR, LIVE, LIVE_HOUR, SimClock
from responder.demo.world import STAGES
from responder.domain.clock import instant
from responder.hypertool import DEFAULT_BUDGETS, Variant

LIVE_FROM = instant("2026-03-03T09:30:00Z")
CLOCK = SimClock(LIVE_FROM, 60.0)


def hypertool(seed: int = 7) -> ReferenceHypertool:
    return ReferenceHypertool(CLOCK, seed)


def metrics(registry: CollectorRegistry) -> str:
    """What is exported, without when each series was made."""
    lines = generate_latest(registry).decode().splitlines()
    return "\n".join(line for line in lines if "_created" not in line)


def test_the_same_seed_gives_the_same_life() -> None:
    one, same, other = hypertool(1), hypertool(1), hypertool(2)
    for each in (one, same, other):
        each.advance(HISTORY_START + DAY)
    assert metrics(one.registry) == metrics(same.registry)
    assert metrics(one.registry) != metrics(other.registry)


def test_a_life_is_the_same_however_often_it_is_looked_at() -> None:
    """History is stepped coarsely, live at every scrape."""
    seldom, often = hypertool(), hypertool()
    seldom.advance(HISTORY_START + 6 * HOUR)
    for step in range(6 * 240):
        often.advance(HISTORY_START + (step + 1) * 15)
    assert metrics(seldom.registry) == metrics(often.registry)


@pytest.mark.parametrize("variant", list(Variant))
def test_an_ordinary_day_and_night_fire_nothing(
    watch: Callable[..., Any], alerts: tuple[str, ...], variant: Variant
) -> None:
    """From the start of live into the night and the new period."""
    life = watch(3, variant)
    life.live(12 * HOUR)
    assert {alert for alert in alerts if life.ever_firing(alert)} == set()


def test_an_ordinary_day_keeps_clear_of_the_thresholds() -> None:
    """Every persona keeps at least a tenth of its budget, and switches stay below half the threshold."""
    life = hypertool()
    life.advance(LIVE - DAY)
    before = switches(life)
    least = dict(DEFAULT_BUDGETS)
    for minute in range(24 * 60):
        life.advance(LIVE - DAY + minute * 60)
        least = {persona: min(left, life.remaining(persona)) for persona, left in least.items()}
    assert all(left > DEFAULT_BUDGETS[persona] / 10 for persona, left in least.items())
    assert (switches(life) - before) * CLOCK.factor / DAY < 1.0


def switches(life: ReferenceHypertool) -> float:
    families = life.registry.collect()
    samples = [sample for family in families for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == "hypertool_persona_switches_total")


def test_each_stage_has_a_gate_in_every_window_of_its_rule() -> None:
    """Within 5 minutes, and more than a real second before they end: machines stand still for a moment."""
    life, step = hypertool(), 10.0
    life.advance(LIVE)
    last, since, longest = gates(life), dict.fromkeys(gates(life), 0.0), 0.0
    for number in range(int(12 * HOUR / step)):
        life.advance(LIVE + (number + 1) * step)
        now = gates(life)
        since = {stage: since[stage] + step if now[stage] == last[stage] else 0.0 for stage in now}
        longest, last = max(longest, *since.values()), now
    assert len(last) == len(STAGES)
    assert 120 < longest < 300 - CLOCK.factor - step


def gates(life: ReferenceHypertool) -> dict[tuple[str, str], float]:
    """How many gates each stage has had, whatever came of them."""
    counted: dict[tuple[str, str], float] = {}
    (family,) = life.registry.restricted_registry(["hypertool_workflow_quality_gate_total"]).collect()
    for sample in family.samples:
        stage = sample.labels["workflow"], sample.labels["stage"]
        counted[stage] = counted.get(stage, 0.0) + sample.value
    return counted


@pytest.mark.parametrize("factor", [1.0, 20.0, 60.0, 120.0])
def test_switches_a_real_second_do_not_depend_on_the_factor(factor: float) -> None:
    """The rule's threshold is not scaled, so the rate must not be; at most 1 a second at any factor."""
    life = ReferenceHypertool(SimClock(LIVE_FROM, factor), 7, start=LIVE - 12 * HOUR)
    life.advance(LIVE)
    assert switches(life) * factor / (12 * HOUR) < 1.0


def test_a_new_day_fills_every_budget() -> None:
    life = hypertool()
    life.advance(LIVE + (24 - LIVE_HOUR) * HOUR - 1)
    assert all(life.remaining(persona) < budget for persona, budget in DEFAULT_BUDGETS.items())
    life.advance(LIVE + (24 - LIVE_HOUR) * HOUR)
    assert all(life.remaining(persona) == budget for persona, budget in DEFAULT_BUDGETS.items())


def test_simulated_time_runs_faster_by_the_factor() -> None:
    assert CLOCK.simulated(LIVE_FROM) == LIVE
    assert CLOCK.simulated(LIVE_FROM + timedelta(seconds=10)) == LIVE + 600
    assert CLOCK.moment(LIVE + 600) == LIVE_FROM + timedelta(seconds=10)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight days, written once."""
    path = tmp_path_factory.mktemp("history") / "past.om"
    write_history(path, hypertool(), Target("127.0.0.1:9464"), scrape_every=5.0)
    return path


def test_the_history_ends_where_live_begins(history: Path) -> None:
    """Its last values are those of a Hypertool of the same seed at that moment, under a scrape's labels."""
    live = hypertool()
    live.advance(LIVE)
    last = last_values(history)
    for family in live.registry.collect():
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                labels = {**sample.labels, "job": "hypertool", "instance": "127.0.0.1:9464"}
                assert last[sample.name, frozenset(labels.items())] == (sample.value, LIVE_FROM.timestamp())


def test_the_history_says_that_the_target_was_up_all_the_time(history: Path) -> None:
    up = [line for line in history.read_text().splitlines() if line.startswith("up{")]
    times = [float(line.rsplit(" ", 1)[1]) for line in up]
    assert times == sorted(times)
    assert max(later - sooner for sooner, later in pairwise(times)) <= 60.001
    compared = [time for time in times if time >= times[-1] - 2 * DAY / 60]
    assert max(later - sooner for sooner, later in pairwise(compared)) <= 5.001
    assert times[-1] - times[0] == pytest.approx(8 * DAY / 60, abs=60.001)
    started = last_values(history)[
        "process_start_time_seconds", frozenset({("job", "hypertool"), ("instance", "127.0.0.1:9464")})
    ]
    assert started[0] == pytest.approx(LIVE_FROM.timestamp() - 8 * DAY / 60)


def test_in_an_ordinary_past_no_alert_was_written_down(history: Path) -> None:
    assert [line for line in history.read_text().splitlines() if line.startswith("ALERTS")] == []


Key = tuple[str, frozenset[tuple[str, str]]]


def last_values(path: Path) -> dict[Key, tuple[float, float]]:
    """The value and the time of each series in the last sample of all, which has them all."""
    lines = path.read_text().splitlines()
    newest = lines[-2].rsplit(" ", 1)[1]
    found = {}
    for line in lines[-1000:]:
        series, value, when = line.rsplit(" ", 2) if line.endswith(newest) else ("", "", "")
        if series:
            name, labels = series.removesuffix("}").split("{")
            pairs = frozenset((key, text) for key, text in re.findall(r'(\w+)="([^"]*)"', labels))
            found[name, pairs] = (float(value), float(when))
    return found
