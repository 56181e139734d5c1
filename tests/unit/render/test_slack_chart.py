"""The chart in the message: the measure, its threshold, the moment of firing, within Slack's limits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responder.domain.report import Direction, Reading
from responder.domain.units import Unit
from responder.render import slack
from responder.render.slack_chart import chart_block
from responder.testing.samples import NOTICES, lives, seven
from responder.testing.slack.check import block_faults

START = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)


def reading(*values: float, step: float = 60, unit: Unit = Unit.TOKENS, threshold: float = 5) -> Reading:
    points = tuple((START.timestamp() + place * step, value) for place, value in enumerate(values))
    return Reading(
        value=values[-1] if values else None,
        unit=unit,
        threshold=threshold,
        direction=Direction.ABOVE,
        as_of=START,
        points=points,
    )


def chart_of(read: Reading, fired: datetime = START) -> Any:
    block = chart_block("Tokens", read, fired)
    assert block is not None
    assert block_faults([dict(block)]) == []
    return block["chart"]


def test_it_has_the_measure_and_its_threshold() -> None:
    measured, limit = chart_of(reading(1, 7, 3))["series"]
    assert [(point["label"], point["value"]) for point in measured["data"]] == [
        ("03:00 fired", 1),
        ("03:01", 7),
        ("03:02", 3),
    ]
    assert limit["name"] == "limit 5 tokens"
    assert [point["value"] for point in limit["data"]] == [5, 5, 5]


@pytest.mark.parametrize(
    ("fired", "marked", "words"),
    [
        (timedelta(minutes=33), "03:33 fired", "UTC; fired at 03:33"),
        (timedelta(minutes=33, seconds=20), "03:33 fired", "UTC; fired at 03:33"),  # the point next to it
        (timedelta(minutes=-5), None, "UTC; fired at 02:55"),  # before all that is drawn
        (timedelta(days=-2), None, "UTC; fired at 12 Nov 03:00"),
        (timedelta(minutes=59), "03:59 fired", "UTC; fired at 03:59"),
    ],
)
def test_the_moment_of_firing_is_marked_whichever_points_are_left_out(
    fired: timedelta, marked: str | None, words: str
) -> None:
    chart = chart_of(reading(*range(60)), START + fired)
    labels = chart["axis_config"]["categories"]
    assert len(labels) == 20
    assert [one for one in labels if "fired" in one] == ([marked] if marked else [])
    assert labels[-1].startswith("03:59")
    assert chart["axis_config"]["x_label"] == words


@pytest.mark.parametrize(
    ("step", "label"),
    [
        (3, "03:00:03"),  # faster than a minute
        (60, "03:01"),
        (86_400, "15 Nov 03:00"),
    ],
)
def test_labels_tell_the_points_apart(step: float, label: str) -> None:
    labels = chart_of(reading(*range(20), step=step))["axis_config"]["categories"]
    assert labels[1] == label
    assert len(set(labels)) == 20


def test_a_ratio_is_drawn_in_percent() -> None:
    chart = chart_of(reading(0.123456789, 0.5, unit=Unit.RATIO, threshold=0.3))
    assert [point["value"] for point in chart["series"][0]["data"]] == [12.3457, 50]
    assert chart["series"][1]["name"] == "limit 30 %"
    assert chart["axis_config"]["y_label"] == "%"


@pytest.mark.parametrize(
    "read",
    [
        None,
        reading(1),
        reading(1, float("nan")),
        reading(0, 1, unit=Unit.YES_NO),
    ],
)
def test_what_is_no_course_is_not_drawn(read: Reading | None) -> None:
    assert chart_block("Tokens", read, START) is None


def test_the_message_has_it_above_its_buttons_while_it_is_open_and_can_do_without() -> None:
    message = slack.Voice().message(seven.token_budget_exceeded())
    kinds = [block["type"] for block in message.blocks]
    assert kinds.index("data_visualization") < kinds.index("actions")
    assert message.simpler is not None
    assert "data_visualization" not in [block["type"] for block in message.simpler.blocks]
    over = slack.Voice().message(lives.resolved())
    assert "data_visualization" not in [block["type"] for block in over.blocks]
    assert over.simpler is None
    off = slack.Voice(charted=False).message(seven.token_budget_exceeded())
    assert off.simpler is None


@pytest.mark.parametrize("name", NOTICES)
def test_with_it_every_sample_is_within_slacks_limits(name: str) -> None:
    message = slack.Voice(mentions=()).message(NOTICES[name]())
    assert block_faults([dict(block) for block in message.blocks]) == []
