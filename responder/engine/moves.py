"""The border between orders and moves: every order ends in an outcome, none in an error."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from responder.engine.orders import Move
from responder.engine.rush import Rush
from responder.log import Action, get_logger

log = get_logger()

MakeMove = Callable[..., Awaitable[str]]


class Moves:
    """All moves by their kind; knows how many are under way."""

    def __init__(self, moves: dict[Move, MakeMove], rush: Rush | None = None) -> None:
        self._moves = moves
        self._rush = rush or Rush()
        self._under_way: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, move: Move, order: str, arguments: Sequence[Any]) -> str:
        """Make one move. What it could not foresee is logged; the sweep orders again what stays due."""
        self._under_way.add(order)
        self._idle.clear()
        try:
            async with self._rush.turn():
                return await self._moves[move](order, *arguments)
        except Exception as error:  # The border: an order never ends in an error.
            log.exception(Action.MOVE_FAILED, move=move, order=order, exc_info=error)
            return "failed"
        finally:
            self._under_way.discard(order)
            if not self._under_way:
                self._idle.set()

    async def finished(self, within: float) -> bool:
        """Wait up to so many seconds until no move is under way; whether that is so."""
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True
