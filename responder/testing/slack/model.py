"""What a workspace holds: apps, channels, messages with all their versions, and calls that were made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

Block = Mapping[str, Any]
APP_TOKEN: Final = "xapp-stand-in"  # noqa: S105 - the stand-in's own, known to everybody


class SlackError(Exception):
    """An answer `ok: false`.

    Args:
        code: Slack's word for it, for example `channel_not_found`.
        details: what Slack adds about each place in the blocks.
    """

    def __init__(self, code: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class App:
    """An app installed in the workspace, with the bot it speaks as."""

    token: str
    name: str = "Hypertool Responder"
    user_id: str = "U0RESPONDER"
    bot_id: str = "B0RESPONDER"
    app_id: str = "A0RESPONDER"
    app_token: str = APP_TOKEN


@dataclass(frozen=True)
class Version:
    """A message as it read from a moment on."""

    at: datetime
    text: str
    blocks: tuple[Block, ...] = ()
    metadata: Mapping[str, Any] | None = None


@dataclass
class Message:
    """A message in a channel or a thread; the last version is what people see now."""

    ts: str
    author: App
    versions: list[Version]
    thread_ts: str | None = None
    broadcast: bool = False
    edited: bool = False
    """Slack marks edits of text only: a message whose blocks are replaced stays unmarked."""

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def posted(self) -> Version:
        return self.versions[0]

    @property
    def in_channel(self) -> bool:
        """Whether it is seen without opening a thread."""
        return self.thread_ts is None or self.broadcast


@dataclass
class Channel:
    """A channel and everything said in it, oldest first."""

    id: str
    name: str
    is_member: bool = True
    is_archived: bool = False
    messages: list[Message] = field(default_factory=list)

    def message(self, ts: str) -> Message | None:
        """The message of this `ts`, wherever it stands."""
        return next((message for message in self.messages if message.ts == ts), None)

    def existing(self, ts: str) -> Message:
        """The same; refuses `message_not_found`."""
        found = self.message(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def replies(self, ts: str) -> list[Message]:
        """The replies of a thread, oldest first."""
        return [message for message in self.messages if message.thread_ts == ts]

    def timeline(self) -> list[Message]:
        """What the channel itself shows, oldest first: no replies but those that were broadcast."""
        return [message for message in self.messages if message.in_channel]


@dataclass(frozen=True)
class Call:
    """One call that came in and how it ended: `ok`, Slack's error word, or the fault that was played."""

    at: datetime
    method: str
    outcome: str
