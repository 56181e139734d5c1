"""Changes that wait at the same time share a transaction, and none of them another one's failure."""

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from responder.domain.errors import Busy
from responder.engine.desk import Desk, Work
from responder.engine.together import BATCH, Together
from responder.storage import receivers
from responder.storage.database import Database

Kept = Callable[[], frozenset[str]]


@pytest.fixture
def begun(database: Database) -> list[str]:
    """A word for each transaction that began."""
    words: list[str] = []
    sa.event.listen(database.engine, "begin", lambda _: words.append("begun"))
    return words


@pytest.fixture
def kept(database: Database) -> Kept:
    def call() -> frozenset[str]:
        with database.read() as connection:
            return receivers.known(connection)

    return call


def keeping(name: str) -> Callable[[Work], str]:
    def change(work: Work) -> str:
        receivers.put(work.connection, name)
        return name

    return change


def spoiling(work: Work) -> str:
    receivers.put(work.connection, "spoiled")
    raise KeyError("spoiled")


def names(number: int) -> list[str]:
    return [f"receiver-{one}" for one in range(number)]


async def test_each_gets_its_own_answer(desk: Desk, kept: Kept) -> None:
    wanted = names(2 * BATCH + 3)
    answers = await asyncio.gather(*(desk.change(keeping(name)) for name in wanted))
    assert answers == wanted
    assert kept() == frozenset(wanted)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_those_that_wait_share_a_transaction(desk: Desk, begun: list[str]) -> None:
    await asyncio.gather(*(desk.change(keeping(name)) for name in names(2 * BATCH)))
    assert len(begun) == 2


async def test_what_spoils_its_transaction_spoils_nobody_elses(desk: Desk, kept: Kept) -> None:
    changes = [keeping("one"), spoiling, keeping("two")]
    one, spoiled, two = await asyncio.gather(*map(desk.change, changes), return_exceptions=True)
    assert (one, two) == ("one", "two")
    assert isinstance(spoiled, KeyError)
    assert kept() == {"one", "two"}


async def test_who_is_told_that_the_database_is_busy_has_kept_nothing(desk: Desk, kept: Kept) -> None:
    def busy(work: Work) -> None:
        receivers.put(work.connection, "busy")
        raise Busy("another one writes")

    with pytest.raises(Busy):
        await desk.change(busy)
    assert await desk.change(keeping("later")) == "later"
    assert kept() == {"later"}


async def test_who_gives_up_waiting_leaves_the_others_alone(desk: Desk, kept: Kept) -> None:
    gives_up = asyncio.ensure_future(desk.change(keeping("gave up")))
    stays = asyncio.ensure_future(desk.change(keeping("stayed")))
    await asyncio.sleep(0)
    gives_up.cancel()
    assert await stays == "stayed"
    assert "stayed" in kept()


async def test_where_no_transaction_can_even_be_begun_whoever_waits_hears_of_it() -> None:
    async def no_thread(_: object) -> list[object]:
        raise RuntimeError("can't start new thread")

    together = Together[Work](no_thread)
    answers = await asyncio.gather(*(together.make(keeping(name)) for name in "ab"), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["can't start new thread"] * 2
