"""Over is not always better: how an incident ended is what the measure says, and no data proves nothing."""

from datetime import UTC, datetime

import pytest

from responder.diagnose.measure import NO_DATA
from responder.domain.incident import Ending
from responder.domain.report import Direction, Reading
from responder.domain.units import Unit
from responder.engine.assessing import ending_of
from responder.playbook.model import Measure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BUDGET = Measure(query="up", unit=Unit.TOKENS, threshold=0, direction=Direction.BELOW)
SHARE = Measure(query="up", unit=Unit.RATIO, threshold=0.2, direction=Direction.ABOVE)


def reading(value: float | None, measure: Measure = BUDGET, reason: str = "") -> Reading:
    return Reading(
        value=value,
        unit=measure.unit,
        threshold=measure.threshold,
        direction=measure.direction,
        as_of=NOON,
        reason=reason,
    )


@pytest.mark.parametrize(
    ("values", "ending", "text"),
    [
        # on the good side again: then and now
        ([1400.0], Ending.RECOVERED, "-250 → 1400 tokens"),
        # exactly on the threshold is not beyond it
        ([0.0], Ending.RECOVERED, "-250 → 0 tokens"),
        # of several the one that is worst off now
        ([1400.0, 300.0], Ending.RECOVERED, "-250 → 300 tokens"),
        # resolved by Alertmanager, but still bad: nobody knows why it resolved
        ([-10.0], Ending.UNKNOWN, "resolved, yet the measure still reads -10 tokens"),
        ([1400.0, -10.0], Ending.UNKNOWN, "resolved, yet the measure still reads -10 tokens"),
    ],
)
def test_a_measured_ending_says_then_and_now(values: list[float], ending: Ending, text: str) -> None:
    assessment = ending_of(BUDGET, [reading(value) for value in values], reading(-250.0))
    assert (assessment.ending, assessment.text) == (ending, text)


def test_a_measure_whose_threshold_is_bad_has_not_recovered_at_it() -> None:
    """A collector that stops at 0 says 0 for a budget that is used up, also once nobody uses it any more."""
    clamped = BUDGET.model_copy(update={"at_threshold": "bad"})
    assert ending_of(clamped, [reading(0.0)], reading(0.0)).ending is Ending.UNKNOWN
    assert ending_of(clamped, [reading(1.0)], reading(0.0)).ending is Ending.RECOVERED


def test_a_ratio_is_compared_in_percent() -> None:
    assessment = ending_of(SHARE, [reading(0.02, SHARE)], reading(0.46, SHARE))
    assert assessment.text == "46 % → 2 %"


def test_without_a_value_then_only_now_is_said() -> None:
    assert ending_of(BUDGET, [reading(1400.0)], None).text == "1400 tokens"


def test_a_series_that_ended_is_gone_even_if_others_recovered() -> None:
    assessment = ending_of(BUDGET, [reading(1400.0), reading(None, reason=NO_DATA)], reading(-250.0))
    assert assessment.ending is Ending.GONE


def test_a_failed_measure_is_unknown_never_gone() -> None:
    """A Prometheus that is away says nothing about Hypertool."""
    readings = [reading(None, reason=NO_DATA), reading(None, reason="no connection")]
    assessment = ending_of(BUDGET, readings, reading(-250.0))
    assert assessment.ending is Ending.UNKNOWN
    assert "no connection" in assessment.text


def test_no_reading_at_all_is_unknown() -> None:
    assert ending_of(BUDGET, [], None).ending is Ending.UNKNOWN


def test_what_was_good_again_when_it_was_first_asked_has_no_then() -> None:
    """An arrow from yes to yes would tell nobody anything."""
    up = Measure(query="up", unit=Unit.YES_NO, threshold=1, direction=Direction.BELOW)
    assert ending_of(up, [reading(1.0, up)], reading(1.0, up)).text == "yes"
    assert ending_of(up, [reading(1.0, up)], reading(0.0, up)).text == "no → yes"
