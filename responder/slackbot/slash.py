"""Answers `/hypertool` within Slack's 3 seconds: keeps what was asked, opens forms, says what is wrong."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.context.ack.async_ack import AsyncAck

from responder.domain.clock import Clock
from responder.domain.command import Asked, Command, Verb
from responder.domain.errors import AdapterError, Busy
from responder.domain.ids import command_id
from responder.render.answers import help_message
from responder.render.asks import SILENCE
from responder.slackbot import ask_forms, labels, modal, words
from responder.slackbot.ask_forms import About
from responder.slackbot.asks import Asks
from responder.slackbot.commands import Missing, Wrong, read, silence_lasts, usage
from responder.slackbot.deciding import Deciding, Outcome
from responder.slackbot.labels import Kept
from responder.slackbot.modal import Place
from responder.slackbot.parts import Commanding
from responder.slackbot.payload import Click, CommandId, Slash, Submission, User, value_of
from responder.slackbot.replies import Replies
from responder.slackbot.whispering import whisper

KNOWN_WITHIN: Final = 1.0
"""Seconds that Prometheus has to say which values there are: a form must be open within 3."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SlashCommands:
    """One method for each thing that people can do; the names of its arguments are the library's."""

    replies: Replies
    commanding: Commanding
    deciding: Deciding
    asks: Asks
    clock: Clock

    async def asked(self, ack: AsyncAck, body: Body) -> None:
        """A slash command: what needs no looking up is said in the answer itself."""
        sent = Slash.model_validate(body)
        found = read(sent.text, self.commanding.variables())
        match found:
            case Wrong():
                await ack(words.not_understood(found.words), response_type="ephemeral")
                return
            case Command(verb=Verb.HELP):
                told = help_message(usage())
                await ack(told.text, [dict(block) for block in told.blocks], response_type="ephemeral")
                return
        doing = asyncio.ensure_future(self._do(sent, found))
        await asyncio.wait({doing}, timeout=self.replies.ack_within)
        if not doing.done():
            await ack()
            place, said = Place(channel=sent.channel_id), (await doing).words
            await whisper(self.replies.slack, place, sent.user, said, url=sent.response_url)
            return
        outcome = doing.result()
        if not outcome.words:
            await ack()
            return
        shared = outcome.done and isinstance(found, Command) and found.shared
        await ack(outcome.words, response_type="in_channel" if shared else "ephemeral")

    async def labelled(self, ack: AsyncAck, body: Body) -> None:
        """The form with the missing labels was sent off."""
        sent = Submission.model_validate(body)
        kept = value_of(Kept, sent.view.private_metadata)
        if kept is None:
            await ack(response_action="update", view=dict(labels.told(words.UNREADABLE)))
            return
        values = labels.given(sent.view, kept.missing)
        if wrong := labels.wrong(values):
            await ack(response_action="errors", errors=wrong)
            return
        asked = self._made(kept.command(values), sent.user, kept.channel, kept.answer_url, sent.trigger_id)
        place = Place(channel=kept.channel)
        keeping = self._keep(asked)
        await self.replies.to_form(ack, sent, keeping, labels.told, place, url=kept.answer_url)

    async def shared(self, ack: AsyncAck, body: Body) -> None:
        """The button by which an answer is shown to the channel: once, however often it is pressed."""
        click = Click.model_validate(body)
        of = value_of(CommandId, click.pressed.value)
        if click.channel is None or of is None:
            await ack()
            return
        command = Command(verb=Verb.SHARE, subject=of.id, shared=True)
        once = f"{Verb.SHARE}/{of.id}"
        asked = self._made(command, click.user, click.channel.id, click.response_url, once)
        await self.replies.to_click(ack, click, self._keep(asked, words.SHARED))

    async def _do(self, sent: Slash, found: Command | Missing) -> Outcome:
        match found:
            case Missing():
                return Outcome(await self._ask_for_labels(sent, found))
            case Command(verb=Verb.FIX):
                return Outcome(await self._open_fixes(sent, found.subject))
            case Command(verb=Verb.SILENCE, text=""):
                return Outcome(await self._open_silence(sent, found.subject))
            case Command(verb=Verb.PAUSE | Verb.RESUME | Verb.SILENCE | Verb.UNSILENCE):
                return await self._decide(sent.user, found)
            case _:
                asked = self._made(found, sent.user, sent.channel_id, sent.response_url, sent.trigger_id)
                return Outcome(await self._keep(asked))

    async def _decide(self, user: User, command: Command) -> Outcome:
        """What is decided by the words alone."""
        match command.verb:
            case Verb.PAUSE:
                return await self.deciding.pause(user, command.text)
            case Verb.RESUME:
                return await self.deciding.resume(user)
            case Verb.SILENCE:
                return await self._silence(user, command)
            case _:
                return await self.asks.unsilence(command.subject, user)

    async def _silence(self, user: User, command: Command) -> Outcome:
        """For as long as the first word says, and why the others say."""
        written, _, why = command.text.partition(" ")
        lasts = silence_lasts(written)
        if lasts is None:  # it was read before
            return Outcome(words.UNREADABLE)
        return await self.asks.silence(command.subject, user, lasts, why)

    def _made(self, command: Command, user: User, channel: str, url: str, moment: str) -> Asked:
        return Asked(
            id=command_id(moment),
            command=command,
            who=user.who,
            user=user.id,
            channel=channel,
            at=self.clock(),
            answer_url=url,
        )

    async def _keep(self, asked: Asked, known: str = "") -> str:
        """Keep it; why it could not be, and `known` where it was kept before."""
        try:
            new = await self.commanding.commands.keep(asked)
        except Busy:
            return words.ASK_AGAIN
        return "" if new else known

    async def _ask_for_labels(self, sent: Slash, found: Missing) -> str:
        kept = Kept(
            alert=found.command.subject,
            labels=found.command.labels,
            missing=found.labels,
            shared=found.command.shared,
            channel=sent.channel_id,
            answer_url=sent.response_url,
        )
        view = labels.form(kept, await self._known(found))
        if view is None:
            wanted = " ".join(f"{name}=…" for name in found.labels)
            return words.not_understood(f"{found.command.subject} needs more labels: add {wanted}")
        return await self._open(sent, view)

    async def _known(self, found: Missing) -> Mapping[str, tuple[str, ...]]:
        """The values of each missing label, as far as they can be had at once."""
        command = found.command
        playbook = self.commanding.playbooks()[command.subject]

        async def values(label: str) -> tuple[str, ...]:
            try:
                async with asyncio.timeout(KNOWN_WITHIN):
                    return await self.commanding.known.choices(
                        playbook, label, command.labels, within=KNOWN_WITHIN
                    )
            except (AdapterError, TimeoutError):
                return ()

        found_values = await asyncio.gather(*map(values, found.labels))
        return dict(zip(found.labels, found_values, strict=True))

    async def _open_fixes(self, sent: Slash, incident: str) -> str:
        if refused := await self.deciding.refusal(sent.user):
            return refused
        try:
            waiting = () if incident else await self.deciding.waiting()
            of = {fix.incident for fix in waiting}
            incident = incident or (of.pop() if len(of) == 1 else "")
            if not waiting and not incident:
                return await self.deciding.none_waits()
            if not incident:
                return words.which_fixes(waiting)
            proposals = await self.deciding.proposals(incident)
        except Busy:
            return words.ASK_AGAIN
        return await self._open(sent, modal.form(proposals, self.clock(), Place(channel=sent.channel_id)))

    async def _open_silence(self, sent: Slash, incident: str) -> str:
        if refused := await self.asks.refusal(sent.user):
            return refused
        try:
            title = await self.asks.title(incident, SILENCE)
        except Busy:
            return words.ASK_AGAIN
        if not title.done:
            return title.words
        about = About(incident=incident, channel=sent.channel_id)
        return await self._open(sent, ask_forms.form(SILENCE, about, title.words))

    async def _open(self, sent: Slash, view: modal.View) -> str:
        return await self.replies.open(sent.trigger_id, view, words.NO_FORM)
