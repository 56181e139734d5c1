"""Answers what people ask of an incident in Slack: within its 3 seconds, and with what came of it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from responder.domain.errors import AdapterError
from responder.log import Action, get_logger
from responder.render.asks import SILENCE
from responder.slackbot import ask_forms, words
from responder.slackbot.ask_forms import About
from responder.slackbot.asks import Asks, OfIncident
from responder.slackbot.deciding import Outcome
from responder.slackbot.intime import ACK_WITHIN, in_time
from responder.slackbot.modal import Place
from responder.slackbot.parts import Slack
from responder.slackbot.payload import Click, Submission, value_of
from responder.slackbot.whispering import place_of, whisper

Body = dict[str, Any]

log = get_logger()


@dataclass(frozen=True, slots=True)
class AskHandlers:
    """One method for each thing that people can do; the names of its arguments are the library's."""

    slack: Slack
    asks: Asks
    ack_within: float = ACK_WITHIN

    async def pressed(self, ack: AsyncAck, body: Body) -> None:
        """A button that asks for something at once."""
        click = Click.model_validate(body)
        pressed = click.pressed
        asked = self.asks.press(pressed.action_id, pressed.value, click.user)
        await whisper(self.slack, place_of(click), click.user, await in_time(ack, asked, self.ack_within))

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """A button for one of the forms."""
        click = Click.model_validate(body)
        if refused := await in_time(ack, self._open(click), self.ack_within):
            await whisper(self.slack, place_of(click), click.user, refused)

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """A form was sent off: it shows what came of it."""
        sent = Submission.model_validate(body)
        name = sent.view.callback_id
        if wrong := ask_forms.wrong(name, sent):
            await ack(response_action="errors", errors=wrong)
            return
        about = value_of(About, sent.view.private_metadata)
        asking = asyncio.ensure_future(self._ask(sent, about))
        await asyncio.wait({asking}, timeout=self.ack_within)
        if asking.done():
            view = ask_forms.told(name, asking.result().words)
            await ack(response_action="update", view=dict(view))
            return
        await ack()
        await whisper(self.slack, about or Place(), sent.user, (await asking).words)

    async def _open(self, click: Click) -> str:
        """Open the form, or say why not."""
        about, name = value_of(OfIncident, click.pressed.value), click.pressed.action_id
        if about is None:
            return words.UNREADABLE
        if name == SILENCE and (refused := await self.asks.refusal(click.user)):
            return refused
        place = About(incident=about.incident, **place_of(click).model_dump())
        try:
            await self.slack.open_view(click.trigger_id, ask_forms.form(name, place))
        except AdapterError as error:
            log.warning(Action.SLACK_ANSWER_FAILED, error=str(error))
            return words.NOT_OPENED
        return ""

    async def _ask(self, sent: Submission, about: About | None) -> Outcome:
        if about is None:
            return Outcome(words.UNREADABLE)
        lasts, why = ask_forms.lasts(sent), ask_forms.why(sent)
        if sent.view.callback_id == SILENCE and lasts is not None:
            return await self.asks.silence(about.incident, sent.user, lasts, why)
        return await self.asks.false_alarm(about.incident, sent.user, why)
