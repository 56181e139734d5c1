"""A scenario that is told by the days before has them in its past: played, not written."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from responder.demo.history import Target, write_history
from responder.demo.predictions import ALERT, Predictions
from responder.demo.reference import ReferenceHypertool
from responder.demo.routine import FROM, UNTIL, play_every_day
from responder.demo.run import casts
from responder.demo.scenario import Scenario
from responder.demo.scenarios import scenario
from responder.demo.simclock import DAY, HISTORY_START, HOUR, LIVE, SimClock
from responder.domain.clock import instant

LIVE_FROM = instant("2026-03-03T09:30:00Z")
CLOCK = SimClock(LIVE_FROM, 60.0)


def born(every_day: str) -> ReferenceHypertool:
    """A Hypertool at the start of history."""
    hypertool = ReferenceHypertool(CLOCK, 7)
    play_every_day(hypertool, every_day)
    return hypertool


def switches(hypertool: ReferenceHypertool, start: float, end: float) -> float:
    """Switches a real second between these simulated ones."""
    counted = []
    for until in (start, end):
        hypertool.advance(until)
        samples = (sample for family in hypertool.registry.collect() for sample in family.samples)
        counted.append(sum(one.value for one in samples if one.name == "hypertool_persona_switches_total"))
    return (counted[1] - counted[0]) * CLOCK.factor / (end - start)


def test_it_is_played_on_each_whole_day_before_and_at_no_other_hour() -> None:
    """The daily batch makes five switches a second; ordinary life makes less than one."""
    hypertool = born("switching-intended")
    midnight = HISTORY_START - HISTORY_START % DAY
    rates = {}
    for day in range(9):
        for hour in (FROM - HOUR, FROM, UNTIL - HOUR, UNTIL):
            start = midnight + day * DAY + hour
            if HISTORY_START <= start < LIVE:
                rates[day, hour] = switches(hypertool, start, start + HOUR)
    busy = {when for when, rate in rates.items() if rate > 4}
    assert busy == {(day, hour) for day in range(1, 8) for hour in (FROM, UNTIL - HOUR)}
    assert all(rate < 1 for when, rate in rates.items() if when not in busy)
    assert (8, FROM) in rates  # the day that goes live: it has not begun


def fired(path: Path) -> Iterator[tuple[str, int]]:
    """Whose alert it is and on which simulated day, for each of its samples."""
    for line in path.read_text().splitlines():
        if line.startswith("ALERTS{"):
            series, _, when = line.rsplit(" ", 2)
            labels = dict(re.findall(r'(\w+)="([^"]*)"', series))
            persona = labels.pop("persona")
            assert labels == {"alertname": ALERT, "alertstate": "firing", **LABELS_OF_THE_RULE}
            simulated = LIVE + (float(when) - LIVE_FROM.timestamp()) * CLOCK.factor
            yield persona, int(simulated // DAY)


LABELS_OF_THE_RULE = {"severity": "info", "component": "hypertool", "category": "cost"}


def test_the_past_says_on_which_days_the_prediction_fired(tmp_path: Path) -> None:
    hypertool = born("depletion-budget-too-low")
    write_history(tmp_path / "past.om", hypertool, Target("127.0.0.1:9464"), scrape_every=5.0)
    assert set(fired(tmp_path / "past.om")) == {("backend-engineer", day) for day in range(1, 8)}


@pytest.mark.parametrize(
    ("names", "stages"),
    [
        (["switching-oscillation", "metrics-network"], [2]),
        (["switching-intended"], [1]),
        (["switching-oscillation", "switching-intended", "metrics-network", "metrics-disabled"], [1, 1, 2]),
        (["switching-intended", "depletion-budget-too-low"], [1, 1]),
    ],
)
def test_what_was_played_every_day_has_a_stage_of_its_own(names: list[str], stages: list[int]) -> None:
    chosen: list[Scenario] = [scenario(name) for name in names]
    assert [len(cast) for cast in casts(chosen)] == stages
    assert [one.name for cast in casts(chosen) for one in cast] == names


@pytest.mark.parametrize(
    ("a_minute", "fires"),
    [
        (0.6, range(0)),  # an hour's are left all the time
        (1.0, range(51, 61)),  # less than an hour's are left after 40 minutes; ten more must it hold
        (2.5, range(11, 40)),  # from the first two looks on, until there is nothing left to predict
    ],
)
def test_a_prediction_fires_once_it_has_held_until_the_budget_is_used_up(
    a_minute: float, fires: range
) -> None:
    """A budget of 100 tokens, looked at every minute of an hour."""
    predictions = Predictions()
    left = [{"tester": round(100 - a_minute * minute)} for minute in range(61)]
    fired = [minute for minute in range(61) if [*predictions.firing(60.0 * minute, left[minute])]]
    assert fired == [*fires]
