"""Says answers in Slack, where they were asked: by the answer address, else by the bot in the channel."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from responder.clients.slack import SlackClient, marked
from responder.domain.answers import Answer, Plain
from responder.domain.command import Asked, Said, Way
from responder.notify.slack import Rendered

EVENT_TYPE: Final = "hypertool_responder_answer"
"""The kind of message in the metadata of what the bot says to everybody itself."""


class Renderer(Protocol):
    """What it needs to have rendered."""

    def answer(self, found: Answer, asked: Asked) -> Rendered: ...

    def for_everybody(
        self, blocks: Sequence[Mapping[str, Any]], asked: Asked
    ) -> Sequence[Mapping[str, Any]]: ...


class AnswerVoice:
    """Speaks in one workspace. Raises `AdapterError`; never retries."""

    def __init__(self, client: SlackClient, renderer: Renderer) -> None:
        self._client = client
        self._renderer = renderer

    def worded(self, answer: Answer, asked: Asked) -> Said:
        """The answer in words. One that is only a sentence concerns nobody but who asked."""
        made = self._renderer.answer(answer, asked)
        everybody = asked.command.shared and not isinstance(answer, Plain)
        return {"text": made.text, "blocks": [dict(block) for block in made.blocks], "everybody": everybody}

    def shared(self, said: Said, asked: Asked) -> Said:
        """The same for everybody, with who asked."""
        blocks = self._renderer.for_everybody(said["blocks"], asked)
        return {"text": said["text"], "blocks": [dict(block) for block in blocks], "everybody": True}

    async def say(self, asked: Asked, said: Said, way: Way) -> None:
        """Say it."""
        text, blocks, everybody = said["text"], said["blocks"], said["everybody"]
        if way is Way.URL:
            kind = "in_channel" if everybody else "ephemeral"
            told = {"text": text, "blocks": blocks, "response_type": kind, "replace_original": False}
            await self._client.answer(asked.answer_url, told)
        elif not everybody:
            await self._client.whisper(asked.channel, asked.user, text, blocks)
        elif asked.attempts == 1 or not await self._is_there(asked):
            await self._client.post(asked.channel, text, blocks, metadata=marked(EVENT_TYPE, asked.id))

    async def _is_there(self, asked: Asked) -> bool:
        """Whether the bot said it before, and nobody knows of it."""
        return await self._client.find(asked.channel, EVENT_TYPE, asked.id, oldest=asked.at) is not None
