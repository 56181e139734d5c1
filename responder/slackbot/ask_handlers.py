"""Handles what people ask of an incident in Slack, by its buttons and their forms."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from responder.domain.errors import Busy
from responder.render.asks import SILENCE
from responder.slackbot import ask_forms, words
from responder.slackbot.ask_forms import About
from responder.slackbot.asks import Asks, OfIncident
from responder.slackbot.modal import Place
from responder.slackbot.payload import Click, Submission, value_of
from responder.slackbot.replies import Replies
from responder.slackbot.whispering import place_of

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AskHandlers:
    """One method for each thing that people can do; the names of its arguments are the library's."""

    replies: Replies
    asks: Asks

    async def pressed(self, ack: AsyncAck, body: Body) -> None:
        """A button that asks for something at once."""
        click = Click.model_validate(body)
        pressed = click.pressed
        await self.replies.to_click(ack, click, self.asks.press(pressed.action_id, pressed.value, click.user))

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """A button for one of the forms."""
        click = Click.model_validate(body)
        await self.replies.to_click(ack, click, self._open(click))

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """A form was sent off: it shows what came of it."""
        sent = Submission.model_validate(body)
        name = sent.view.callback_id
        if wrong := ask_forms.wrong(name, sent):
            await ack(response_action="errors", errors=wrong)
            return
        about = value_of(About, sent.view.private_metadata)
        await self.replies.to_form(
            ack, sent, self._ask(sent, about), lambda text: ask_forms.told(name, text), about or Place()
        )

    async def _open(self, click: Click) -> str:
        """Open the form, or say why not."""
        about, name = value_of(OfIncident, click.pressed.value), click.pressed.action_id
        if about is None:
            return words.UNREADABLE
        if name == SILENCE and (refused := await self.asks.refusal(click.user)):
            return refused
        try:
            title = await self.asks.title(about.incident, name)
        except Busy:
            return words.BUSY
        if not title.done:
            return title.words
        place = About(incident=about.incident, **place_of(click).model_dump())
        form = ask_forms.form(name, place, title.words)
        return await self.replies.open(click.trigger_id, form, words.NOT_OPENED)

    async def _ask(self, sent: Submission, about: About | None) -> str:
        if about is None:
            return words.UNREADABLE
        lasts, why = ask_forms.lasts(sent), ask_forms.why(sent)
        if sent.view.callback_id == SILENCE and lasts is not None:
            return (await self.asks.silence(about.incident, sent.user, lasts, why)).words
        return (await self.asks.false_alarm(about.incident, sent.user, why)).words
