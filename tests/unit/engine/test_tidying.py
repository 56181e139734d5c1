"""What may have been said twice is looked for: when, with which receipt, and by whom; on both databases."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from responder.domain.errors import Effect, Reason, Refused, Unreachable
from responder.domain.notice import Notice, Receipt
from responder.engine.delivering import LEASE, Told
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.telling import Telling
from responder.engine.tidying import ATTEMPTS, Tidied, Tidying
from responder.storage import deliveries, leases
from responder.storage.database import Database
from responder.storage.leases import Lease
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import Orders, ScriptedNotifier

DOWN = Unreachable("Slack", Reason.TIMEOUT, "no answer")
LIMITED = Unreachable("Slack", Reason.RATE_LIMITED, retry_after=30, effect=Effect.NONE)
NO_SCOPE = Refused("Slack", Reason.UNAUTHORIZED, "missing_scope")


@dataclass(slots=True)
class ScriptedTidier:
    """Finds so many doubles, after the errors it is given."""

    name: str = "slack"
    finds: int = 0
    errors: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, datetime, Receipt]] = field(default_factory=list)

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:
        self.asked.append((about, since, receipt))
        if self.errors:
            raise self.errors.pop(0)
        return self.finds


@dataclass(slots=True)
class Frozen:
    """A notifier that gets no answer before it wakes up, and none then."""

    name: str = "slack"
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    wakes: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        self.begun.set()
        await self.wakes.wait()
        raise DOWN


@pytest.fixture
def tidier() -> ScriptedTidier:
    return ScriptedTidier()


@pytest.fixture
def tidying(desk: Desk, tidier: ScriptedTidier) -> Tidying:
    return Tidying(desk, {"slack": tidier})


async def test_one_that_wakes_up_overwrites_nothing_and_has_it_tidied(  # noqa: PLR0913, PLR0917 - fixtures
    telling: Telling,
    slack: ScriptedNotifier,
    incident: str,
    clock: ManualClock,
    database: Database,
    orders: Orders,
) -> None:
    """Both work on the very same order: the second was given it because the first was silent."""
    slack.hold = asyncio.Event()
    frozen = asyncio.create_task(telling("o", incident, "slack", 1))
    await slack.begun.wait()
    held, slack.hold = slack.hold, None
    clock.forward(seconds=25)
    assert await telling("o", incident, "slack", 1) is Told.DELIVERED
    assert slack.sure == [True, False]
    [late] = orders.take(Move.TIDY)  # what the first sent without an answer may still arrive
    assert late.delay > 0
    clock.forward(seconds=5)
    held.set()
    assert await frozen is Told.LOST
    [soon] = orders.take(Move.TIDY)
    assert (soon.args, soon.id != late.id) == ((incident, "slack", 1), True)
    with database.read() as connection:
        assert deliveries.one(connection, incident, "slack").delivery.receipt == Receipt(data={"told": 1})


async def test_one_that_fails_after_another_took_over_changes_nothing_either(  # noqa: PLR0913, PLR0917 - fixtures
    desk: Desk, telling: Telling, incident: str, clock: ManualClock, database: Database, orders: Orders
) -> None:
    """Its answer got lost while it was frozen; it is no failure of what has been told by now."""
    frozen = Frozen()
    first = asyncio.create_task(Telling(desk, {"slack": frozen}, str)("o", incident, "slack", 1))
    await frozen.begun.wait()
    clock.forward(seconds=25)
    await telling("o", incident, "slack", 1)
    orders.take()
    clock.forward(seconds=5)
    frozen.wakes.set()
    assert await first is Told.LOST
    assert [order.move for order in orders.take()] == [Move.TIDY]
    with database.read() as connection:
        assert deliveries.one(connection, incident, "slack").delivery.error == ""


async def test_what_was_sent_once_and_surely_is_not_looked_for(
    telling: Telling, incident: str, orders: Orders
) -> None:
    assert await telling("o", incident, "slack", 1) is Told.DELIVERED
    assert orders.take(Move.TIDY) == []


async def test_after_a_timeout_it_is_looked_for(
    telling: Telling, slack: ScriptedNotifier, incident: str, orders: Orders, clock: ManualClock
) -> None:
    slack.errors = [DOWN]
    await telling("o1", incident, "slack", 1)
    clock.forward(seconds=2)
    assert await telling("o2", incident, "slack", 2) is Told.DELIVERED
    assert [order.args for order in orders.take(Move.TIDY)] == [(incident, "slack", 1)]


@pytest.mark.parametrize(
    ("finds", "errors", "outcome", "waits"),
    [
        (0, [], Tidied.CLEAN, None),
        (2, [], Tidied.REMOVED, None),
        (0, [DOWN], Tidied.RETRYING, 2),
        (0, [LIMITED], Tidied.RETRYING, 30),  # not before it said so
        (0, [NO_SCOPE], Tidied.REFUSED, None),
    ],
)
async def test_how_tidying_ends(  # noqa: PLR0913, PLR0917 - a table
    telling: Telling, tidying: Tidying, tidier: ScriptedTidier, incident: str, orders: Orders,
    finds: int, errors: list[Exception], outcome: Tidied, waits: float | None,
) -> None:  # fmt: skip
    await telling("o", incident, "slack", 1)
    tidier.finds, tidier.errors = finds, [*errors]
    assert await tidying("t", incident, "slack", 1) is outcome
    assert tidier.asked == [(incident, NOON, Receipt(data={"told": 1}))]
    assert [order.delay for order in orders.take(Move.TIDY)] == ([] if waits is None else [waits])


async def test_it_gives_up_after_some_tries(
    telling: Telling, tidying: Tidying, incident: str, orders: Orders
) -> None:
    await telling("o", incident, "slack", 1)
    tidying.tidiers["slack"].errors = [DOWN]  # type: ignore[attr-defined] # the scripted one
    assert await tidying("t", incident, "slack", ATTEMPTS) is Tidied.RETRYING
    assert orders.take(Move.TIDY) == []


async def test_it_never_looks_while_something_is_told(  # noqa: PLR0913, PLR0917 - fixtures
    telling: Telling,
    slack: ScriptedNotifier,
    tidying: Tidying,
    tidier: ScriptedTidier,
    incident: str,
    orders: Orders,
) -> None:
    """What is being posted is in no receipt yet."""
    slack.hold = asyncio.Event()
    under_way = asyncio.create_task(telling("o", incident, "slack", 1))
    await slack.begun.wait()
    assert await tidying("t", incident, "slack", 1) is Tidied.UNDER_WAY
    [again] = orders.take(Move.TIDY)
    slack.hold.set()
    await under_way
    assert await tidying(again.id, *again.args) is Tidied.CLEAN  # type: ignore[arg-type] # the order's own
    assert len(tidier.asked) == 1


async def test_it_does_not_hide_that_somebody_was_at_it(
    tidying: Tidying, incident: str, database: Database, clock: ManualClock
) -> None:
    """A killed replica's lease says that nothing is sure; so it does after tidying."""
    with database.write() as connection:
        leases.acquire(connection, f"tell/{incident}/slack", "killed", clock(), clock() + LEASE)
    clock.forward(seconds=61)
    assert await tidying("t", incident, "slack", 1) is Tidied.CLEAN
    now = clock()
    with database.write() as connection:
        key = f"tell/{incident}/slack"
        assert leases.acquire(connection, key, "next", now, now + timedelta(minutes=1)) is Lease.LEFT


async def test_nothing_is_known_of_what_is_gone(tidying: Tidying, tidier: ScriptedTidier) -> None:
    for about in ("22222222", "storm/22222222"):
        assert await tidying("t", about, "slack", 1) is Tidied.NOTHING_TOLD
    assert await tidying("t", "22222222", "console", 1) is Tidied.NOTHING_TOLD
    assert tidier.asked == []
