"""Slack's Web API, as far as messages need it: post, edit, find again what was posted.

Slack has no idempotency key. Every message carries metadata with a key of ours, and `find` looks for it:
after an answer that was lost, look before you post again.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from responder.clients import slack_answers
from responder.clients.failure import translated
from responder.clients.slack_answers import LOOPBACK
from responder.clients.slack_failure import (
    SYSTEM,
    SlackRefusal,
    refusal,
    slack_translated,
    too_many,
    unreadable,
)
from responder.clients.slack_pace import POST, UPDATE, Pace
from responder.clients.slack_session import slack_session
from responder.domain.errors import Effect, Reason, Refused, Unreachable

Block = Mapping[str, Any]
Turn = tuple[str, str, str, int]
"""Of a call: its method, its channel, what it is about, and its urgency."""
HISTORY: Final = "conversations.history"
REPLIES: Final = "conversations.replies"

DELETE: Final = "chat.delete"
LEAST_URGENT: Final = 100

DEADLINE: Final = 10.0
"""Seconds that one call may take."""
PAGE: Final = 200
"""Messages or channels asked for at once; Slack recommends no more."""
PAGES: Final = 10
"""Pages that a search goes through before it gives up."""
CLOCKS_APART: Final = timedelta(minutes=5)
"""How far our clock may be ahead of Slack's; a search begins so much earlier."""
CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{5,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom Slack takes us for."""

    team: str
    team_id: str
    url: str
    name: str
    user_id: str
    bot_id: str


class Posted(NamedTuple):
    """Where a message stands: its channel's id, also where it was posted by name, and its `ts`."""

    channel: str
    ts: str


class Marked(NamedTuple):
    """A message of ours that carries a key; `in_thread`: it is a reply."""

    key: str
    ts: str
    in_thread: bool


class SlackClient:
    """Speaks with one workspace as one bot. Never retries. To be closed.

    Every method raises `Unreachable` (no answer, too late, too many calls, their fault) or `Refused`: a
    `SlackRefusal` with Slack's own word as `code`, where it was Slack that refused.

    Args:
        token: the bot's token.
        api_url: where the Web API is; the stand-in's in tests and in the demo.
        deadline: seconds that one call may take.
        pace: whose turn it is, once Slack said that there were too many calls.
    """

    def __init__(
        self,
        token: str,
        api_url: str = "https://slack.com/api",
        *,
        deadline: float = DEADLINE,
        pace: Pace | None = None,
    ) -> None:
        self._web = AsyncWebClient(token, api_url, retry_handlers=[])
        self.api_url = api_url
        if urlsplit(api_url).hostname in LOOPBACK:
            self._web.proxy = None  # the library takes it from the environment, even for this machine
        self._deadline = deadline
        self._pace = pace or Pace()
        self._me: Identity | None = None
        self._ids: dict[str, str] = {}

    async def identity(self) -> Identity:
        """Ask Slack who we are: proves address and token."""
        said = await self._ask(self._web.auth_test())
        return Identity(
            team=_text(said, "team"),
            team_id=_text(said, "team_id"),
            url=_text(said, "url"),
            name=_text(said, "user"),
            user_id=_text(said, "user_id"),
            bot_id=_text(said, "bot_id"),
        )

    async def post(  # noqa: PLR0913 - a message has this many parts
        self,
        channel: str,
        text: str,
        blocks: Sequence[Block],
        *,
        metadata: Mapping[str, Any],
        thread_ts: str | None = None,
        broadcast: bool = False,
        urgency: int = 0,
    ) -> Posted:
        """Post a message, or a reply where `thread_ts` is given.

        Args:
            channel: an id, or a name with or without `#`.
            text: what notifications and screen readers say; it is parsed, so it must be escaped.
            blocks: the message itself.
            metadata: made by `marked`.
            thread_ts: the message to reply to; never itself a reply.
            broadcast: whether the reply is shown in the channel too.
            urgency: of those that wait for their turn in the channel a lower one goes first.
        """
        place = self._ids.get(channel, channel)
        said = await self._in_turn(
            (POST, place, str(metadata), urgency),
            lambda: self._web.chat_postMessage(
                channel=channel,
                text=text,
                blocks=[dict(block) for block in blocks],
                metadata=dict(metadata),
                thread_ts=thread_ts,
                reply_broadcast=broadcast or None,
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        posted = Posted(_text(said, "channel"), _text(said, "ts"))
        self._ids[channel] = posted.channel
        return posted

    async def update(  # noqa: PLR0913 - a message has this many parts
        self,
        channel: str,
        ts: str,
        text: str,
        blocks: Sequence[Block],
        *,
        metadata: Mapping[str, Any] | None = None,
        urgency: int = 0,
    ) -> None:
        """Replace a message of ours, named by its channel's id; metadata stays unless it is given.

        Nobody is notified of it.
        """
        changed = None if metadata is None else dict(metadata)
        await self._in_turn(
            (UPDATE, channel, f"{channel}/{ts}", urgency),
            lambda: self._web.chat_update(
                channel=channel,
                ts=ts,
                text=text,
                blocks=[dict(block) for block in blocks],
                metadata=changed,
            ),
        )

    async def find(
        self, channel: str, event_type: str, key: str, *, oldest: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        """The message of ours that carries this key, or None.

        Looks at the channel, or at one thread, from `oldest` on: the newest 2,000 messages, the oldest of a
        thread's. Where the bot's token lacks the scope to read history, that is refused as `missing_scope`.
        """
        channel_id = await self._channel_id(channel)
        async for one in self._marked(channel_id, event_type, oldest, thread_ts):
            if one.key == key:
                return Posted(channel_id, one.ts)
        return None

    async def marked_with(
        self, channel: str, event_type: str, start: str, *, oldest: datetime, thread_ts: str | None = None
    ) -> list[Marked]:
        """All messages of ours whose keys begin so, where `find` looks."""
        found = self._marked(await self._channel_id(channel), event_type, oldest, thread_ts)
        return [one async for one in found if one.key.startswith(start)]

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours, named by its channel's id; one that is gone already is as good."""
        try:
            await self._in_turn(
                (DELETE, channel, f"{channel}/{ts}", LEAST_URGENT),
                lambda: self._web.chat_delete(channel=channel, ts=ts),
            )
        except SlackRefusal as refused:
            if refused.code != "message_not_found":
                raise

    async def permalink(self, channel: str, ts: str) -> str:
        """The address of a message for people."""
        said = await self._ask(self._web.chat_getPermalink(channel=channel, message_ts=ts))
        return _text(said, "permalink")

    async def team_id(self) -> str:
        """The id of the workspace the bot is in."""
        return (await self._myself()).team_id

    async def whisper(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: Sequence[Block] = (),
        *,
        thread_ts: str | None = None,
    ) -> None:
        """Show something to one person only, for as long as they look; `text` must be escaped."""
        await self._ask(
            self._web.chat_postEphemeral(
                channel=channel,
                user=user,
                text=text,
                blocks=[dict(block) for block in blocks] or None,
                thread_ts=thread_ts,
            )
        )

    async def answer(self, url: str, said: Mapping[str, Any]) -> None:
        """Answer by the address that came with a command or a click, which is good for 30 min and 5 times."""
        if not slack_answers.is_answer_url(url, self.api_url):
            raise Refused(SYSTEM, Reason.REFUSED, "the answer address is none of Slack's", effect=Effect.NONE)
        with translated(SYSTEM):
            async with asyncio.timeout(self._deadline):
                await slack_answers.send(self._session(), self._web.proxy, url, said)

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal for whoever did what the trigger came with, which is good for 3 s and for one use."""
        await self._ask(self._web.views_open(trigger_id=trigger_id, view=dict(view)))

    async def members(self, group: str) -> frozenset[str]:
        """The ids of the users in a user group (`S…`); the scope for it is `usergroups:read`."""
        said = await self._ask(self._web.usergroups_users_list(usergroup=group))
        users = said.get("users")
        if not isinstance(users, list):
            raise unreadable("no users in it")
        return frozenset(user for user in users if isinstance(user, str))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._web.session is not None:
            await self._web.session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _in_turn(
        self, turn: Turn, call: Callable[[], Awaitable[AsyncSlackResponse]]
    ) -> Mapping[str, Any]:
        """Make a call if its turn has come; it never waits.

        Raises:
            Unreachable: rate limited, with no effect: not before `retry_after`.
        """
        if wait := self._pace.turn(*turn):
            raise too_many(wait)
        try:
            return await self._ask(call())
        except Unreachable as error:
            if error.reason is not Reason.RATE_LIMITED:
                raise
            method, channel, *_ = turn
            self._pace.limited(method, channel, error.retry_after)
            raise too_many(self._pace.turn(*turn)) from error

    async def _ask(self, call: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
        self._session()
        with translated(SYSTEM), slack_translated():
            async with asyncio.timeout(self._deadline):
                answer = (await call).data
        if not isinstance(answer, dict):
            raise unreadable()
        return answer

    def _session(self) -> aiohttp.ClientSession:
        if self._web.session is None or self._web.session.closed:
            self._web.session = slack_session()
        return self._web.session

    async def _marked(
        self, channel: str, event_type: str, oldest: datetime, thread_ts: str | None
    ) -> AsyncIterator[Marked]:
        me = await self._myself()
        async for message in self._messages(channel, oldest - CLOCKS_APART, thread_ts):
            mark, ts = _mark_of(message), _text(message, "ts")
            if message.get("bot_id") == me.bot_id and mark.get("event_type") == event_type:
                yield Marked(str(mark.get("key")), ts, message.get("thread_ts") not in {None, "", ts})

    async def _messages(
        self, channel: str, oldest: datetime, thread_ts: str | None
    ) -> AsyncIterator[Mapping[str, Any]]:
        cursor: str | None = None
        since = f"{oldest.timestamp():.6f}"
        for _ in range(PAGES):
            asked = partial(self._history, channel, since, thread_ts, cursor)
            said = await self._in_turn((REPLIES if thread_ts else HISTORY, channel, since, 0), asked)
            for message in _objects(said, "messages"):
                yield message
            cursor = _next_cursor(said)
            if not cursor:
                return

    def _history(
        self, channel: str, oldest: str, thread_ts: str | None, cursor: str | None
    ) -> Awaitable[AsyncSlackResponse]:
        if thread_ts is None:
            return self._web.conversations_history(
                channel=channel, oldest=oldest, cursor=cursor, limit=PAGE, include_all_metadata=True
            )
        return self._web.conversations_replies(
            channel=channel, ts=thread_ts, oldest=oldest, cursor=cursor, limit=PAGE, include_all_metadata=True
        )

    async def _myself(self) -> Identity:
        if self._me is None:
            self._me = await self.identity()
        return self._me

    async def _channel_id(self, channel: str) -> str:
        """The id of a channel: reading, unlike posting, takes no names."""
        if CHANNEL_ID.fullmatch(channel):
            return channel
        if channel not in self._ids:
            self._ids[channel] = await self._look_up(channel.removeprefix("#"))
        return self._ids[channel]

    async def _look_up(self, name: str) -> str:
        cursor: str | None = None
        for _ in range(PAGES):
            said = await self._ask(
                self._web.conversations_list(cursor=cursor, limit=PAGE, exclude_archived=True)
            )
            for channel in _objects(said, "channels"):
                if channel.get("name") == name:
                    return _text(channel, "id")
            cursor = _next_cursor(said)
            if not cursor:
                break
        raise refusal("channel_not_found")


def marked(event_type: str, key: str) -> Mapping[str, Any]:
    """The metadata by which `find` knows a message: a kind of message and a key of ours."""
    return {"event_type": event_type, "event_payload": {"key": key}}


def _mark_of(message: Mapping[str, Any]) -> Mapping[str, object]:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(payload := metadata.get("event_payload"), dict):
        return {}
    return {"event_type": metadata.get("event_type"), "key": payload.get("key")}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise unreadable(f"no {name} in it")
    return value


def _objects(said: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    values = said.get(name)
    if not isinstance(values, list):
        raise unreadable(f"no {name} in it")
    return [value for value in values if isinstance(value, dict)]


def _next_cursor(said: Mapping[str, Any]) -> str | None:
    more = said.get("response_metadata")
    return more.get("next_cursor") or None if isinstance(more, dict) else None
