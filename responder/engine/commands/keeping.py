"""Keeps what people ask, together with the order to answer it."""

from dataclasses import dataclass, replace

from responder.domain.command import Asked
from responder.engine import orders
from responder.engine.desk import Desk
from responder.storage import commands


@dataclass(frozen=True, slots=True)
class Commands:
    """Takes commands."""

    desk: Desk

    async def keep(self, asked: Asked) -> bool:
        """Keep it: from then on it will be answered. Whether it is new: what was kept is not asked again.

        Raises:
            Busy: nothing was kept.
        """

        def call() -> bool:
            with self.desk.work() as work:
                new = commands.keep(work.connection, replace(asked, due_at=asked.at))
                if new:
                    work.order([orders.answer(asked.id)])
                return new

        return await self.desk.aside(call)
