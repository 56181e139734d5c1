"""When there is a storm, and when it has ended."""

import pytest

from responder.policy import storm


@pytest.mark.parametrize(
    ("opened", "begins", "over"),
    [
        (0, False, True),
        (10, False, True),
        (11, False, False),  # no new one begins, and one that is on goes on: it does not flap
        (20, False, False),
        (21, True, False),  # more than twenty
    ],
)
def test_it_begins_above_the_limit_and_ends_well_below(opened: int, begins: bool, over: bool) -> None:  # noqa: FBT001 - a table
    assert (storm.begins(opened, 20), storm.is_over(opened, 20)) == (begins, over)


def test_a_limit_of_one_can_be_kept() -> None:
    assert storm.begins(2, 1)
    assert storm.is_over(0, 1)
