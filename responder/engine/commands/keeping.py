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
        """Keep it: from then on it will be answered.

        Whether it is new: what was kept is not asked again, unless nobody could be told.

        Raises:
            Busy: nothing was kept.
        """

        def call() -> bool:
            due = replace(asked, due_at=asked.at)
            with self.desk.work() as work:
                tried = (
                    0 if commands.keep(work.connection, due) else commands.keep_again(work.connection, due)
                )
                if tried is not None:
                    work.order([orders.answer(asked.id, tried + 1)])
                return tried is not None

        return await self.desk.aside(call)
