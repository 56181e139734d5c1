"""A lease that is asked for again, because it was not heard whether it was had; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
import sqlalchemy as sa

from responder.storage.database import Database
from responder.storage.leases import Claim, Lease
from responder.storage.migrate import migrate
from responder.testing.clock import NOON

MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    database = Database(database_url)
    migrate(database)
    with database.write() as connection:
        yield connection
    database.close()


def claim() -> Claim:
    return Claim("k", "an order")


def test_what_was_had_unheard_is_its_own(connection: sa.Connection) -> None:
    one = claim()
    assert one.take(connection, NOON, MINUTE) is Lease.FRESH
    assert one.take(connection, NOON + SECOND, MINUTE) is Lease.LEFT
    assert one.take(connection, NOON + 2 * SECOND, MINUTE) is Lease.LEFT
    assert one.until == NOON + 2 * SECOND + MINUTE


def test_another_life_of_the_order_takes_what_the_first_one_left(connection: sa.Connection) -> None:
    claim().take(connection, NOON, MINUTE)
    assert claim().take(connection, NOON + SECOND, MINUTE) is Lease.LEFT


def test_what_another_replica_was_given_meanwhile_is_left_to_it(connection: sa.Connection) -> None:
    """The same order: this one was silent for long."""
    silent, other = claim(), claim()
    silent.take(connection, NOON, MINUTE)
    other.take(connection, NOON + 20 * SECOND, MINUTE)
    assert silent.take(connection, NOON + 21 * SECOND, MINUTE) is Lease.TAKEN
    assert not silent.holds(connection, NOON + 21 * SECOND)
    assert other.holds(connection, NOON + 21 * SECOND)


def test_what_an_earlier_life_left_is_its_own_also_if_the_first_try_was_not_kept(
    connection: sa.Connection,
) -> None:
    claim().take(connection, NOON, MINUTE)
    one = claim()
    begun = connection.begin_nested()
    one.take(connection, NOON + SECOND, MINUTE)
    begun.rollback()
    assert one.take(connection, NOON + 2 * SECOND, MINUTE) is Lease.LEFT


def test_it_is_had_no_longer_than_it_lasts(connection: sa.Connection) -> None:
    one = claim()
    one.take(connection, NOON, MINUTE)
    assert one.holds(connection, NOON + 59 * SECOND)
    assert not one.holds(connection, NOON + MINUTE)
