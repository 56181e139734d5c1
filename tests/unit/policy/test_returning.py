"""When an alert counts as having come back after the end of a lease."""

from datetime import timedelta

import pytest

from responder.domain.fix import FixEnd, FixKind
from responder.policy.returning import RETURNS, came_back, lease_over_at
from responder.testing.clock import NOON
from responder.testing.engine import alert_of
from responder.testing.fixes import LEASE, a_lease

MINUTE = timedelta(minutes=1)
AT_THE_END = a_lease(end=FixEnd.EXPIRED, ended_at=NOON, labels={"alertname": "A", "persona": "p"})


def fires(after: timedelta, persona: str = "p") -> list[object]:
    """What came back of one alert that fires so long after noon."""
    alert = alert_of(start=NOON + after, persona=persona)
    found = came_back([alert], [AT_THE_END])
    return [] if found is None else [found[0].fingerprint, found[1].id]


@pytest.mark.parametrize(
    ("after", "back"),
    [
        (-MINUTE, False),            # it fired before the lease's end: the lease never held it
        (timedelta(0), True),
        (12 * MINUTE, True),
        (RETURNS, True),             # the last second counts
        (RETURNS + MINUTE, False),
    ],
)  # fmt: skip
def test_within_thirty_minutes_of_the_end(after: timedelta, *, back: bool) -> None:
    assert bool(fires(after)) is back


@pytest.mark.parametrize(
    ("after", "back"),
    [
        (-MINUTE, False),            # while the lease held
        (2 * MINUTE, True),          # Hypertool let go of it, and nobody had seen that yet
        (40 * MINUTE, True),         # within 30 minutes of its being seen
    ],
)  # fmt: skip
def test_a_lease_whose_end_was_seen_late_ended_with_its_time(after: timedelta, *, back: bool) -> None:
    """The responder was down in between."""
    late = a_lease(end=FixEnd.EXPIRED, expires_at=NOON, ended_at=NOON + 15 * MINUTE, labels=AT_THE_END.labels)
    found = came_back([alert_of(start=NOON + after, persona="p")], [late])
    assert bool(found) is back
    assert lease_over_at(late) == NOON


def test_a_lease_that_was_undone_before_its_time_ended_then() -> None:
    early = a_lease(end=FixEnd.REVERTED, expires_at=NOON + MINUTE, ended_at=NOON, labels=AT_THE_END.labels)
    assert lease_over_at(early) == NOON


def test_only_the_very_same_alert() -> None:
    assert fires(MINUTE, persona="q") == []
    assert came_back([alert_of(start=NOON, persona="p", host="h")], [AT_THE_END]) is None


@pytest.mark.parametrize("end", FixEnd)
def test_only_after_what_held_until_its_time_or_until_a_person_undid_it(end: FixEnd) -> None:
    over = a_lease(end=end, ended_at=NOON, labels=AT_THE_END.labels)
    alert = alert_of(start=NOON, persona="p")
    assert bool(came_back([alert], [over])) is (end in {FixEnd.EXPIRED, FixEnd.REVERTED})


def test_not_after_what_is_done_once_and_the_last_of_several_counts() -> None:
    alert = alert_of(start=NOON + MINUTE, persona="p")
    silence = a_lease(kind=FixKind.ONE_SHOT, end=FixEnd.EXPIRED, ended_at=NOON, labels=AT_THE_END.labels)
    assert came_back([alert], [silence, LEASE]) is None
    later = a_lease(id="f2", end=FixEnd.REVERTED, ended_at=NOON + MINUTE, labels=AT_THE_END.labels)
    found = came_back([alert], [later, AT_THE_END, silence])
    assert found is not None
    assert found[1].id == "f2"
