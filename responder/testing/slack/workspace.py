"""The state of the stand-in: what can be done to a workspace, with the refusals Slack would give."""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from responder.domain.clock import Clock, system_clock
from responder.testing.slack import limits
from responder.testing.slack.check import (
    block_faults,
    has_too_many_tables,
    json_length,
    metadata_fault,
)
from responder.testing.slack.faults import FaultBoard
from responder.testing.slack.interactive import Interactive, Whisper
from responder.testing.slack.model import App, Block, Call, Channel, Message, SlackError, Version
from responder.testing.slack.pace import Pace, Tempo

TOKEN: Final = "xoxb-stand-in"  # noqa: S105 - the stand-in's own, known to everybody
CALLS_KEPT: Final = 5_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TS: Final = re.compile(r"\d{10,}\.\d{6}")


class Workspace:
    """A Slack workspace in memory.

    Args:
        channels: names of the channels the bot is a member of.
        apps: the apps installed; the first is ours.
        clock: where the time of messages and of rate limits comes from.
        tempo: whether Slack's rate limits are kept.
        interactive: what becomes of clicks, and who is there.
    """

    def __init__(
        self,
        channels: Iterable[str] = ("alerts",),
        *,
        apps: Sequence[App] = (App(TOKEN),),
        clock: Clock = system_clock,
        tempo: Tempo = Tempo.OFF,
        interactive: Interactive | None = None,
    ) -> None:
        self.clock = clock
        self.interactive = interactive or Interactive()
        self.base = ""
        """The address it was last reached at, for addresses that it hands out."""
        self.apps = tuple(apps)
        self.channels: dict[str, Channel] = {}
        self.faults = FaultBoard()
        self.pace = Pace(tempo, clock)
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.revision = 0
        self._last_ts = 0
        for name in channels:
            self.add_channel(name)

    def add_channel(self, name: str, *, is_member: bool = True, is_archived: bool = False) -> Channel:
        """A new empty channel; its id is made from the name."""
        letters = re.sub(r"[^A-Z0-9]", "", name.upper())
        channel = Channel(f"C0{letters:0<7}", name, is_member, is_archived)
        self.channels[channel.id] = channel
        return channel

    def app_of(self, token: str | None, *, by_app_token: bool = False) -> App:
        """The app a token belongs to; refuses `not_authed`, `not_allowed_token_type`, `invalid_auth`."""
        if not token:
            raise SlackError("not_authed")
        for app in self.apps:
            if token == (app.app_token if by_app_token else app.token):
                return app
            if token in {app.app_token, app.token}:
                raise SlackError("not_allowed_token_type")
        raise SlackError("invalid_auth")

    def channel(self, name_or_id: str, *, by_name: bool = False) -> Channel:
        """A channel by id, or by name where Slack allows it; refuses `channel_not_found`."""
        found = self.channels.get(name_or_id)
        if found is None and by_name:
            name = name_or_id.removeprefix("#")
            found = next((channel for channel in self.channels.values() if channel.name == name), None)
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def post(  # noqa: PLR0913 - the arguments of chat.postMessage
        self,
        app: App,
        channel: Channel,
        text: str,
        blocks: Sequence[Block] = (),
        *,
        metadata: Mapping[str, Any] | None = None,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Message:
        """Add a message. Refuses what chat.postMessage refuses."""
        if channel.is_archived:
            raise SlackError("is_archived")
        if not channel.is_member:
            raise SlackError("not_in_channel")
        _check_content(text, blocks, metadata)
        _check_thread(channel, thread_ts, broadcast=broadcast)
        version = Version(self.clock(), text, tuple(blocks), metadata or None)
        message = Message(self.next_ts(), app, [version], thread_ts, broadcast)
        channel.messages.append(message)
        self.revision += 1
        return message

    def update(  # noqa: PLR0913 - the arguments of chat.update
        self,
        app: App,
        channel: Channel,
        ts: str,
        *,
        text: str | None,
        blocks: Sequence[Block] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Message:
        """Change a message of the app's own. Refuses what chat.update refuses.

        A `text` without `blocks` takes the blocks away; `metadata` that isn't given stays.
        """
        message = channel.message(ts)
        if message is None:
            raise SlackError("message_not_found")
        if message.author != app:
            raise SlackError("cant_update_message")
        if channel.is_archived:
            raise SlackError("is_inactive")
        before = message.now
        kept = before.blocks if blocks is None and text is None else tuple(blocks or ())
        words = before.text if text is None else text
        _check_content(words, kept, metadata)
        stays = before.metadata if metadata is None else metadata or None
        message.versions.append(Version(self.clock(), words, kept, stays))
        message.edited = message.edited or not kept
        self.revision += 1
        return message

    def delete(self, channel: Channel, ts: str) -> None:
        """What is no longer wanted there goes; nothing happens where there is none."""
        channel.messages = [message for message in channel.messages if message.ts != ts]
        self.revision += 1

    def whisper(self, whisper: Whisper) -> None:
        """Show something to one person."""
        self.interactive.whispers.append(whisper)
        self.revision += 1

    def notified(self) -> tuple[Channel, Message] | None:
        """What a phone showed last: the newest message seen in a channel; edits don't notify."""
        seen = [(channel, message) for channel in self.channels.values() for message in channel.timeline()]
        return max(seen, key=lambda pair: pair[1].ts, default=None)

    def note(self, method: str, outcome: str) -> None:
        """Remember that a call came in and what became of it."""
        self.calls.append(Call(self.clock(), method, outcome))

    def next_ts(self) -> str:
        """Microseconds of the clock, always higher than the one before."""
        now = (self.clock() - EPOCH) // timedelta(microseconds=1)
        self._last_ts = max(now, self._last_ts + 1)
        seconds, micros = divmod(self._last_ts, 1_000_000)
        return f"{seconds}.{micros:06d}"


def _check_content(text: str, blocks: Sequence[Block], metadata: Mapping[str, Any] | None) -> None:
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > limits.TEXT_LONGEST:
        raise SlackError("msg_too_long")
    if faults := block_faults(list(blocks)):
        raise SlackError("invalid_blocks", tuple(map(str, faults)))
    if has_too_many_tables(blocks):
        raise SlackError("invalid_attachments", ("only_one_table_allowed",))
    if json_length(blocks) > limits.BLOCKS_JSON_LONGEST:
        raise SlackError("msg_blocks_too_long")
    if metadata is not None and (refusal := metadata_fault(metadata)):
        raise SlackError(refusal)


def _check_thread(channel: Channel, thread_ts: str | None, *, broadcast: bool) -> None:
    if thread_ts is None:
        if broadcast:  # Slack would say nothing and not broadcast: a sender that does this has a mistake
            raise SlackError("invalid_arguments", ("reply_broadcast without thread_ts",))
        return
    if not TS.fullmatch(thread_ts):
        raise SlackError("invalid_thread_ts")
    parent = channel.message(thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.thread_ts is not None:
        raise SlackError("cannot_reply_to_message")
