"""Taking in goes before working on, and nothing stands still for it."""

import asyncio

import pytest

from responder.engine import rush as rush_module
from responder.engine.moves import Moves
from responder.engine.orders import Move
from responder.engine.rush import FEW, MANY, Rush

LONG = 60.0
"""Seconds: no rush of a test ends by itself."""


@pytest.fixture
async def made() -> asyncio.Queue[str]:
    """The orders whose move was begun."""
    return asyncio.Queue()


def come(rush: Rush, number: int) -> None:
    for _ in range(number):
        rush.one_came()


def moves(rush: Rush, made: asyncio.Queue[str], let: asyncio.Semaphore) -> Moves:
    async def move(order: str) -> str:
        made.put_nowait(order)
        await let.acquire()
        return "done"

    return Moves({Move.INVESTIGATE: move}, rush)


def begin(moves: Moves, number: int) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(moves.run(Move.INVESTIGATE, f"order-{n}", ())) for n in range(number)]


async def test_a_few_notifications_hold_up_nothing(made: asyncio.Queue[str]) -> None:
    rush, let = Rush(LONG), asyncio.Semaphore(0)
    come(rush, MANY - 1)
    running = begin(moves(rush, made, let), 10)
    assert [await made.get() for _ in range(10)] == [f"order-{n}" for n in range(10)]
    for _ in running:
        let.release()
    await asyncio.gather(*running)


async def test_in_a_rush_moves_are_made_a_few_at_a_time_and_all_are_made(made: asyncio.Queue[str]) -> None:
    rush, let = Rush(LONG), asyncio.Semaphore(0)
    come(rush, MANY)
    running = begin(moves(rush, made, let), 10)
    for done in range(10):
        assert await made.get() == f"order-{done}"
        assert made.qsize() <= FEW - 1
        let.release()
    assert await asyncio.gather(*running) == ["done"] * 10


async def test_after_a_rush_all_go_on_together(made: asyncio.Queue[str]) -> None:
    rush, let, over = Rush(0.05), asyncio.Semaphore(0), asyncio.Event()
    rush.when_over(over.set)
    come(rush, MANY)
    running = begin(moves(rush, made, let), 10)
    await over.wait()
    assert not rush.on
    assert {await made.get() for _ in range(10)} == {f"order-{n}" for n in range(10)}
    for _ in running:
        let.release()
    await asyncio.gather(*running)


async def test_who_gives_up_waiting_takes_nobodys_turn(made: asyncio.Queue[str]) -> None:
    rush, let = Rush(LONG), asyncio.Semaphore(0)
    come(rush, MANY)
    first, second, third = begin(moves(rush, made, let), 3)
    await made.get()
    second.cancel()
    let.release()
    assert await made.get() == "order-2"
    let.release()
    await asyncio.gather(first, third)


async def test_a_move_that_took_long_lets_others_on_after_a_while(
    made: asyncio.Queue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for a far side, or for the database: nine times that would be an hour."""
    monkeypatch.setattr(rush_module, "LONGEST_REST", 0.0)
    monkeypatch.setattr(rush_module, "RESTS", 1e6)
    rush, let = Rush(LONG), asyncio.Semaphore(0)
    come(rush, MANY)
    running = begin(moves(rush, made, let), 2)
    for _ in running:
        let.release()
    assert [await made.get() for _ in range(2)] == ["order-0", "order-1"]
    await asyncio.gather(*running)
