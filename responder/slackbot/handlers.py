"""Answers what people did in Slack within its 3 seconds, and tells them what came of it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from responder.domain.clock import Clock
from responder.domain.errors import AdapterError, Busy
from responder.domain.ids import is_incident_id
from responder.log import Action, get_logger
from responder.render.buttons import APPROVE
from responder.slackbot import modal, words
from responder.slackbot.deciding import Deciding, Outcome
from responder.slackbot.intime import ACK_WITHIN, in_time
from responder.slackbot.modal import CHOICE, REASON, REASON_LONGEST, Place
from responder.slackbot.parts import Slack
from responder.slackbot.payload import Click, Submission, value_of
from responder.slackbot.whispering import place_of, whisper

Body = dict[str, Any]

log = get_logger()


@dataclass(frozen=True, slots=True)
class Handlers:
    """One method for each thing that people can do; the names of its arguments are the library's."""

    slack: Slack
    deciding: Deciding
    clock: Clock
    ack_within: float = ACK_WITHIN

    async def pressed(self, ack: AsyncAck, body: Body) -> None:
        """A button that decides: the message itself shows what was done, words are for what was not."""
        click = Click.model_validate(body)
        pressed = click.pressed
        deciding = self.deciding.decide(pressed.action_id, pressed.value, click.user)
        outcome = await in_time(ack, deciding, self.ack_within)
        if not outcome.done:
            await whisper(self.slack, place_of(click), click.user, outcome.words)

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """The button for the form with all quick fixes."""
        click = Click.model_validate(body)
        if refused := await in_time(ack, self._open(click), self.ack_within):
            await whisper(self.slack, place_of(click), click.user, refused)

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """The form was sent off: it shows what came of it."""
        sent = Submission.model_validate(body)
        if wrong := _wrong(sent):
            await ack(response_action="errors", errors=wrong)
            return
        deciding = asyncio.ensure_future(self._approve(sent))
        await asyncio.wait({deciding}, timeout=self.ack_within)
        if deciding.done():
            await ack(response_action="update", view=dict(modal.told(deciding.result().words)))
            return
        await ack()
        place = value_of(Place, sent.view.private_metadata) or Place()
        await whisper(self.slack, place, sent.user, (await deciding).words)

    async def unknown(self, ack: AsyncAck, body: Body) -> None:
        """A button that is no longer known. Slack tells of links too, which have no value."""
        click = Click.model_validate(body)
        await ack()
        if click.pressed.value:
            await whisper(self.slack, place_of(click), click.user, words.UNREADABLE)

    async def _open(self, click: Click) -> str:
        """Open the form, or say why not."""
        if refused := await self.deciding.refusal(click.user):
            return refused
        if not is_incident_id(click.pressed.value):
            return words.UNREADABLE
        try:
            proposals = await self.deciding.proposals(click.pressed.value)
            await self.slack.open_view(click.trigger_id, modal.form(proposals, self.clock(), place_of(click)))
        except Busy:
            return words.BUSY
        except AdapterError as error:
            log.warning(Action.SLACK_ANSWER_FAILED, error=str(error))
            return words.NOT_OPENED
        return ""

    async def _approve(self, sent: Submission) -> Outcome:
        choice = sent.view.field(CHOICE).selected_option
        reason = sent.view.field(REASON).value or ""
        return await self.deciding.decide(APPROVE, choice.value if choice else "", sent.user, reason)


def _wrong(sent: Submission) -> dict[str, str]:
    """What is wrong with the fields of a form, by their blocks."""
    if sent.view.field(CHOICE).selected_option is None:
        return {CHOICE: "Choose one."}
    if len(sent.view.field(REASON).value or "") > REASON_LONGEST:
        return {REASON: f"At most {REASON_LONGEST} characters."}
    return {}
