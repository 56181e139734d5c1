"""A place where slash commands are kept and answered: what the engine does of it, a step at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from responder.clients.slack import SlackClient
from responder.diagnose.clients import Clients
from responder.diagnose.registry import specs
from responder.domain.command import Asked
from responder.domain.errors import AdapterError
from responder.domain.notice import Notice
from responder.domain.watchdog import Watch
from responder.engine.commands.answering import Answering
from responder.engine.commands.keeping import Commands
from responder.engine.commands.known import Known
from responder.engine.commands.parts import CommandParts
from responder.engine.commands.working import Working
from responder.engine.desk import Desk
from responder.engine.diagnosing import playbook_for
from responder.engine.orders import Move, Order
from responder.notify.answers import AnswerVoice
from responder.playbook.load import load
from responder.playbook.model import Playbooks
from responder.render import answers
from responder.resources import resource_dir
from responder.slackbot import Commanding
from responder.storage import commands
from responder.testing.engine import Orders
from responder.testing.samples import SEVEN

KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "persona": ("backend-engineer", "data-scientist"),
    "workflow": ("bug-fix", "feature-implementation"),
    "stage": ("implement", "review"),
}
ORDERED_WITHIN: Final = 20.0
"""Seconds."""


@dataclass(slots=True)
class AskedWorld:
    """Keeps commands in a real database; a test has them answered when it wants to.

    Args:
        desk: with `orders` as its book.
        orders: what is to be done.
        values: which values labels have; an error: that can't be had.
    """

    desk: Desk
    orders: Orders
    values: Mapping[str, Sequence[str]] | AdapterError = field(default_factory=lambda: dict(KNOWN))
    diagnosed: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """Which playbooks were run, and for which labels."""
    playbooks: Playbooks = field(default_factory=lambda: load(resource_dir("playbooks"), specs()))
    watch: Watch = field(default_factory=lambda: Watch(expected=False, heard_at=None, lost_at=None))
    _client: SlackClient | None = None

    def parts(self, client: SlackClient) -> Commanding:
        """What the Slack side works with."""
        self._client = client
        known = Known(self, self.desk.clock)
        return Commanding(commands=Commands(self.desk), playbooks=lambda: self.playbooks, known=known)

    async def answer(self) -> list[str]:
        """Make the moves that were ordered, or soon will be; how they ended.

        Raises:
            TimeoutError: nothing is ordered.
        """
        return [await self.answer_by(order) for order in await self._ordered()]

    async def answer_by(self, order: Order) -> str:
        """Make the move of one order."""
        return await self._move()(order.id, *_arguments(order))

    def kept(self, order: Order) -> Asked:
        """What an order is about, as it is kept."""
        with self.desk.database.read() as connection:
            found = commands.load(connection, _arguments(order)[0])
        if found is None:
            raise LookupError(order.id)
        return found

    async def label_values(
        self,
        label: str,
        selectors: Sequence[str],  # noqa: ARG002 - it has one answer
        *,
        start: datetime,  # noqa: ARG002 - likewise
        end: datetime,  # noqa: ARG002 - likewise
        within: float,  # noqa: ARG002 - likewise
    ) -> tuple[str, ...]:
        """What Prometheus would say."""
        if isinstance(self.values, AdapterError):
            raise self.values
        return tuple(self.values.get(label, ()))

    async def diagnose(self, alert: str, labels: Mapping[str, str]) -> Notice:
        """A report that was made before, whatever the labels."""
        playbook_for(self.playbooks, alert, labels)
        self.diagnosed.append((alert, labels))
        return replace(SEVEN[alert](), asked=True)

    async def _ordered(self) -> Sequence[Order]:
        """On a slow machine Slack has its answer before the command is kept."""
        async with asyncio.timeout(ORDERED_WITHIN):
            while not (ordered := self.orders.take(Move.ANSWER)):  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.01)
        return ordered

    def _move(self) -> Answering:
        if self._client is None:
            raise RuntimeError("nobody is connected")
        parts = CommandParts(
            voice=AnswerVoice(self._client, answers),
            diagnose=self.diagnose,
            clients=Clients(),
            values=self,
        )
        return Answering(self.desk, Working(self.desk, parts, lambda _: "", lambda: self.watch), parts.voice)


def _arguments(order: Order) -> tuple[str, int]:
    command, attempt = order.args
    return str(command), int(attempt)
