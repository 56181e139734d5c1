"""What waits in one queue is begun in the order in which it matters, not in which it came."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from responder.engine import orders
from responder.engine.durable import LIMITS, Durable
from responder.engine.orders import FIXES, Move
from responder.storage.database import Database

WITHIN: Final = 60.0
MANY: Final = 40


async def test_a_quick_fixs_move_waits_for_no_proposals(database: Database) -> None:
    """Whenever one is applied all is proposed anew that is proposed anywhere; a lease's end can't wait."""
    begun: list[Move] = []
    durable = Durable(database, "one", [])

    async def run(move: Move, _order: str, _arguments: Sequence[Any]) -> str:
        begun.append(move)
        return "done"

    with database.write() as connection:
        durable.place(connection, [orders.propose(f"incident-{number}", 1) for number in range(MANY)])
    with database.write() as connection:
        durable.place(connection, [orders.fix("undo", 5)])
    await durable.start(run)
    async with asyncio.timeout(WITHIN):
        while len(begun) <= MANY:  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(0.02)
    await durable.stop()
    assert begun.index(Move.FIX) < LIMITS[FIXES]
