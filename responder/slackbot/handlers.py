"""Handles what people decide about quick fixes in Slack, by buttons and in the form."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from responder.domain.clock import Clock
from responder.domain.errors import Busy
from responder.domain.ids import is_incident_id
from responder.render.buttons import APPROVE
from responder.slackbot import modal, words
from responder.slackbot.deciding import Deciding
from responder.slackbot.modal import CHOICE, REASON, REASON_LONGEST, Place
from responder.slackbot.payload import Click, Submission, value_of
from responder.slackbot.replies import Replies
from responder.slackbot.whispering import place_of, whisper

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Handlers:
    """One method for each thing that people can do; the names of its arguments are the library's."""

    replies: Replies
    deciding: Deciding
    clock: Clock

    async def pressed(self, ack: AsyncAck, body: Body) -> None:
        """A button that decides."""
        click = Click.model_validate(body)
        await self.replies.to_click(ack, click, self._decide(click))

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """The button for the form with all quick fixes."""
        click = Click.model_validate(body)
        await self.replies.to_click(ack, click, self._open(click))

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """The form was sent off: it shows what came of it."""
        sent = Submission.model_validate(body)
        if wrong := _wrong(sent):
            await ack(response_action="errors", errors=wrong)
            return
        place = value_of(Place, sent.view.private_metadata) or Place()
        await self.replies.to_form(ack, sent, self._approve(sent), modal.told, place)

    async def unknown(self, ack: AsyncAck, body: Body) -> None:
        """A button that is no longer known. Slack tells of links too, which have no value."""
        click = Click.model_validate(body)
        await ack()
        if click.pressed.value:
            await whisper(self.replies.slack, place_of(click), click.user, words.UNREADABLE)

    async def _decide(self, click: Click) -> str:
        """The message itself shows what was done, words are for what was not."""
        pressed = click.pressed
        outcome = await self.deciding.decide(pressed.action_id, pressed.value, click.user)
        return "" if outcome.done else outcome.words

    async def _open(self, click: Click) -> str:
        """Open the form, or say why not."""
        if refused := await self.deciding.refusal(click.user):
            return refused
        if not is_incident_id(click.pressed.value):
            return words.UNREADABLE
        try:
            proposals = await self.deciding.proposals(click.pressed.value)
        except Busy:
            return words.BUSY
        view = modal.form(proposals, self.clock(), place_of(click))
        return await self.replies.open(click.trigger_id, view, words.NOT_OPENED)

    async def _approve(self, sent: Submission) -> str:
        choice = sent.view.field(CHOICE).selected_option
        reason = sent.view.field(REASON).value or ""
        outcome = await self.deciding.decide(APPROVE, choice.value if choice else "", sent.user, reason)
        return outcome.words


def _wrong(sent: Submission) -> dict[str, str]:
    """What is wrong with the fields of a form, by their blocks."""
    if sent.view.field(CHOICE).selected_option is None:
        return {CHOICE: "Choose one."}
    if len(sent.view.field(REASON).value or "") > REASON_LONGEST:
        return {REASON: f"At most {REASON_LONGEST} characters."}
    return {}
