"""Replies to what people did within Slack's 3 seconds: what takes longer is told where they did it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from slack_bolt.context.ack.async_ack import AsyncAck

from responder.domain.errors import AdapterError
from responder.log import Action, get_logger
from responder.slackbot.intime import ACK_WITHIN, in_time
from responder.slackbot.modal import Place, View
from responder.slackbot.parts import Slack
from responder.slackbot.payload import Click, Submission
from responder.slackbot.whispering import place_of, whisper

log = get_logger()


@dataclass(frozen=True, slots=True)
class Replies:
    """Tells one person what came of it; no words mean that there is nothing to be told."""

    slack: Slack
    ack_within: float = ACK_WITHIN

    async def to_click(self, ack: AsyncAck, click: Click, doing: Awaitable[str]) -> None:
        """A button was pressed: whoever pressed alone hears of it."""
        said = await in_time(ack, doing, self.ack_within)
        await whisper(self.slack, place_of(click), click.user, said)

    async def to_form(  # noqa: PLR0913 - a form has this many parts
        self,
        ack: AsyncAck,
        sent: Submission,
        doing: Awaitable[str],
        told: Callable[[str], View],
        place: Place,
        *,
        url: str = "",
    ) -> None:
        """A form was sent off: it shows what came of it; without words it closes.

        `url`: the address that came with the command which opened it.
        """
        working = asyncio.ensure_future(doing)
        await asyncio.wait({working}, timeout=self.ack_within)
        if working.done() and working.result():
            await ack(response_action="update", view=dict(told(working.result())))
            return
        await ack()
        await whisper(self.slack, place, sent.user, await working, url=url)

    async def open(self, trigger_id: str, view: View, failed: str) -> str:
        """Open a form; `failed` where Slack doesn't."""
        try:
            await self.slack.open_view(trigger_id, view)
        except AdapterError as error:
            log.warning(Action.SLACK_ANSWER_FAILED, error=str(error))
            return failed
        return ""
