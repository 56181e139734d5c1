"""What people read of a storm: within every limit, the worst first, and nothing from outside that acts."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from responder.render import slack
from responder.render.blocks import BLOCKS_MOST, SlackMessage
from responder.render.lines import PHONE_LINES, Part
from responder.render.storm import storm_line, storm_lines
from responder.testing.samples import STORMS, storms
from responder.testing.slack.check import block_faults

Faults = Callable[[SlackMessage], list[str]]


def text(name: str) -> str:
    return "\n".join(line.text for line in storm_lines(STORMS[name]()))


@pytest.mark.parametrize("name", STORMS)
def test_every_storm_is_within_slacks_limits_and_a_phones(name: str, published_faults: Faults) -> None:
    message = slack.storm(STORMS[name]())
    assert published_faults(message) == []
    assert block_faults(json.loads(json.dumps(message.blocks))) == []
    assert 0 < len(message.blocks) <= BLOCKS_MOST
    assert len(storm_line(STORMS[name]())) <= 150
    assert sum(line.room for line in storm_lines(STORMS[name]())) <= PHONE_LINES


def test_the_lock_screen_says_how_many_how_grave_and_what() -> None:
    line = "[storm] 4678 incidents, 4634 open, 312 of them critical; worst: TokenBudgetExceeded (311)"
    assert storm_line(storms.storm()) == line


def test_it_counts_by_name_and_severity_the_worst_first() -> None:
    counted = [line.text for line in storm_lines(storms.storm()) if line.part is Part.ALERT]
    assert counted[:2] == [
        "• critical, TokenBudgetExceeded: 311 open, 4 resolved",
        "• critical, HypertoolMetricsNotReported: 1 open",
    ]


def test_it_says_what_becomes_of_the_others_and_leads_to_the_list() -> None:
    said = text("storm")
    assert "Told one by one: the 20 worst; the others wait until it is over" in said
    assert "All incidents" in said


def test_it_closes_with_what_was_and_what_comes() -> None:
    said = text("storm over")
    assert said.startswith("[storm over] ")
    assert "It is over: 4215 resolved, told here only where they waited; " in said
    assert "463 still open, told now where they waited" in said


@pytest.mark.parametrize(
    ("still", "resolved", "mark", "closing"),
    [
        (29, 0, "⚠️", "It is over: 29 still open, told now where they waited"),
        (0, 29, "✅", "It is over: 29 resolved, told here only where they waited"),
    ],
)
def test_a_tick_stands_before_a_storm_only_where_nothing_is_left_of_it(
    still: int, resolved: int, mark: str, closing: str
) -> None:
    over = storms.storm_over()
    kind = replace(over.kinds[0], open=still, closed=resolved)
    blocks = json.dumps(slack.storm(replace(over, kinds=(kind,))).blocks, ensure_ascii=False)
    assert f'"{mark} [storm over]' in blocks
    assert [line.text for line in storm_lines(replace(over, kinds=(kind,))) if line.part is Part.ENDING] == [
        closing
    ]


def test_what_does_not_fit_is_counted() -> None:
    assert "+3976 more, of 994 other kinds" in text("many kinds")


def test_names_from_outside_mention_nobody_and_link_nowhere() -> None:
    message = slack.storm(storms.nasty_storm())
    assert "<!" not in message.text
    assert "<@" not in message.text
    assert "javascript:" not in json.dumps(message.blocks)
