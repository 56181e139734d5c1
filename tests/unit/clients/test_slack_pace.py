"""Whose turn it is, once Slack has said that there were too many calls."""

import pytest

from responder.clients.slack_pace import POST, REMEMBERED, UPDATE, Pace


class Clock:
    """Seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock)


def test_nothing_is_held_back_until_slack_says_so(pace: Pace) -> None:
    assert [pace.turn(POST, "C1", str(number)) for number in range(100)] == [0.0] * 100


def test_after_that_each_has_a_turn_of_its_own_not_before_slack_said(pace: Pace) -> None:
    pace.limited(POST, "C1", 30)
    assert [pace.turn(POST, "C1", what) for what in "abc"] == [30.0, 31.0, 32.0]


def test_whoever_comes_when_it_is_his_turn_goes(pace: Pace, clock: Clock) -> None:
    pace.limited(POST, "C1", 1)
    waits = {what: pace.turn(POST, "C1", what) for what in "abc"}
    for what, wait in waits.items():
        clock.now = 1000 + wait
        assert pace.turn(POST, "C1", what) == 0.0


def test_whoever_comes_again_too_early_keeps_his_turn(pace: Pace) -> None:
    pace.limited(POST, "C1", 5)
    assert [pace.turn(POST, "C1", what) for what in "aba"] == [5.0, 6.0, 5.0]


def test_somebody_late_takes_nobodys_turn(pace: Pace, clock: Clock) -> None:
    """Orders are handed out once a second: two that come together, one of them late, both go."""
    pace.limited(POST, "C1", 1)
    for what in "ab":
        pace.turn(POST, "C1", what)
    clock.now += 2.0
    assert [pace.turn(POST, "C1", what) for what in "ab"] == [0.0, 0.0]


def test_a_newcomer_goes_behind_those_that_wait(pace: Pace, clock: Clock) -> None:
    pace.limited(POST, "C1", 1)
    pace.turn(POST, "C1", "first")
    clock.now += 1.0
    assert pace.turn(POST, "C1", "newcomer") == 1.0
    assert pace.turn(POST, "C1", "first") == 0.0


def test_what_is_urgent_goes_before_what_waits_and_the_rest_moves_up_by_one(pace: Pace, clock: Clock) -> None:
    pace.limited(POST, "C1", 1)
    for what in "abc":
        pace.turn(POST, "C1", what, urgency=2)
    assert pace.turn(POST, "C1", "urgent", urgency=1) == 1.0
    clock.now += 1.0
    assert pace.turn(POST, "C1", "a", urgency=2) == 1.0  # though it comes first
    assert pace.turn(POST, "C1", "urgent", urgency=1) == 0.0


def test_posts_wait_for_their_own_channel_only_and_edits_for_no_post(pace: Pace) -> None:
    pace.limited(POST, "C1", 30)
    assert (pace.turn(POST, "C2", "a"), pace.turn(UPDATE, "C1", "a")) == (0.0, 0.0)


def test_edits_have_one_limit_in_all_channels(pace: Pace) -> None:
    pace.limited(UPDATE, "C1", 3)
    assert pace.turn(UPDATE, "C2", "a") == 3.0


def test_where_slack_does_not_say_how_long_it_is_left_alone_for_a_while(pace: Pace) -> None:
    pace.limited(POST, "C1", None)
    assert pace.turn(POST, "C1", "a") == 10.0


def test_a_turn_that_nobody_took_holds_nobody_up_for_ever(pace: Pace, clock: Clock) -> None:
    pace.limited(POST, "C1", 1)
    for number in range(20):
        pace.turn(POST, "C1", str(number))
    clock.now += 90.0
    assert pace.turn(POST, "C1", "new") == 0.0


def test_what_was_learned_is_forgotten(pace: Pace, clock: Clock) -> None:
    pace.limited(POST, "C1", 1)
    clock.now += REMEMBERED + 2
    assert [pace.turn(POST, "C1", str(number)) for number in range(50)] == [0.0] * 50
