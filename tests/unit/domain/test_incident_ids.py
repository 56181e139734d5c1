"""The short ids of incidents."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from responder.domain.ids import is_incident_id, new_incident_id

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def test_a_storm_of_one_moment_gets_as_many_ids() -> None:
    """They are given in one transaction: two alike would spoil it for all."""
    made = [new_incident_id(NOW) for _ in range(20_000)]
    assert len(set(made)) == len(made)
    assert all(is_incident_id(one) for one in made)


def test_later_incidents_come_later_in_the_order_of_ids() -> None:
    """So they lie side by side in an index; after four hours it begins anew."""
    hour = [new_incident_id(NOW + timedelta(seconds=second)) for second in range(3600)]
    breaks = sum(one > other for one, other in pairwise(hour))
    assert breaks <= 1
