"""The Web API methods the stand-in speaks: one small function a method, all in one table."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from responder.testing.slack.arguments import Arguments
from responder.testing.slack.model import App, Channel, Message, SlackError
from responder.testing.slack.workspace import Workspace

Item = TypeVar("Item")
Answer = dict[str, Any]
TEAM_ID: Final = "T0HYPERTOOL"


class Call(NamedTuple):
    """One call, with the app that makes it."""

    workspace: Workspace
    app: App
    arguments: Arguments
    base: str
    """The address the stand-in is reached at, without a slash at its end."""

    def channel(self, *, by_name: bool = False) -> Channel:
        return self.workspace.channel(self.arguments.text("channel") or "", by_name=by_name)


def auth_test(call: Call) -> Answer:
    return {
        "url": f"{call.base}/",
        "team": "Hypertool",
        "team_id": TEAM_ID,
        "user": call.app.name.lower().replace(" ", "_"),
        "user_id": call.app.user_id,
        "bot_id": call.app.bot_id,
        "is_enterprise_install": False,
    }


def chat_post_message(call: Call) -> Answer:
    arguments = call.arguments
    channel = call.channel(by_name=True)
    message = call.workspace.post(
        call.app,
        channel,
        arguments.text("text") or "",
        _blocks(arguments) or (),
        metadata=arguments.structure("metadata", "invalid_metadata_format"),
        thread_ts=arguments.text("thread_ts"),
        broadcast=arguments.flag("reply_broadcast"),
    )
    return {"channel": channel.id, "ts": message.ts, "message": described(message, channel, metadata=True)}


def chat_update(call: Call) -> Answer:
    arguments = call.arguments
    channel = call.channel()
    message = call.workspace.update(
        call.app,
        channel,
        arguments.text("ts") or "",
        text=arguments.given_text("text"),
        blocks=_blocks(arguments),
        metadata=arguments.structure("metadata", "invalid_metadata_format"),
    )
    answer = {"channel": channel.id, "ts": message.ts, "text": message.now.text}
    return answer | {"message": described(message, channel, metadata=True)}


def chat_delete(call: Call) -> Answer:
    channel, ts = call.channel(), call.arguments.text("ts") or ""
    message = channel.message(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.author != call.app:
        raise SlackError("cant_delete_message")
    call.workspace.delete(channel, ts)
    return {"channel": channel.id, "ts": ts}


def chat_get_permalink(call: Call) -> Answer:
    channel, ts = call.channel(), call.arguments.text("message_ts") or ""
    if channel.message(ts) is None:
        raise SlackError("message_not_found")
    link = f"{call.base}/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def conversations_info(call: Call) -> Answer:
    return {"channel": _channel(call.channel())}


def conversations_list(call: Call) -> Answer:
    everything = [_channel(channel) for channel in call.workspace.channels.values()]
    page, cursor = _page(everything, call.arguments, 100)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def conversations_history(call: Call) -> Answer:
    channel = _readable(call)
    newest_first = list(reversed(_in_range(channel.timeline(), call.arguments)))
    return _messages(newest_first, channel, call.arguments, 100)


def conversations_replies(call: Call) -> Answer:
    channel = _readable(call)
    parent = channel.message(call.arguments.text("ts") or "")
    if parent is None:
        raise SlackError("thread_not_found")
    replies = _in_range(channel.replies(parent.ts), call.arguments)
    return _messages([parent, *replies], channel, call.arguments, 999)


METHODS: Final[Mapping[str, Callable[[Call], Answer]]] = {
    "auth.test": auth_test,
    "chat.postMessage": chat_post_message,
    "chat.update": chat_update,
    "chat.delete": chat_delete,
    "chat.getPermalink": chat_get_permalink,
    "conversations.info": conversations_info,
    "conversations.list": conversations_list,
    "conversations.history": conversations_history,
    "conversations.replies": conversations_replies,
}


def described(message: Message, channel: Channel, *, metadata: bool) -> Answer:
    """A message as the Web API shows it."""
    now = message.now
    answer: Answer = {
        "type": "message",
        "user": message.author.user_id,
        "bot_id": message.author.bot_id,
        "app_id": message.author.app_id,
        "team": TEAM_ID,
        "ts": message.ts,
        "text": now.text,
    }
    if now.blocks:
        answer["blocks"] = list(now.blocks)
    if metadata and now.metadata:
        answer["metadata"] = now.metadata
    if message.edited:
        answer["edited"] = {"user": message.author.user_id, "ts": f"{now.at.timestamp():.6f}"}
    return answer | _thread_of(message, channel)


def _thread_of(message: Message, channel: Channel) -> Answer:
    if message.thread_ts is not None:
        broadcast = {"subtype": "thread_broadcast"} if message.broadcast else {}
        return {"thread_ts": message.thread_ts} | broadcast
    replies = channel.replies(message.ts)
    if not replies:
        return {}
    return {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}


def _blocks(arguments: Arguments) -> list[Any] | None:
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    return blocks


def _readable(call: Call) -> Channel:
    channel = call.channel()
    if not channel.is_member:
        raise SlackError("not_in_channel")
    return channel


def _channel(channel: Channel) -> Answer:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_private": False,
        "is_member": channel.is_member,
        "is_archived": channel.is_archived,
    }


def _in_range(messages: Sequence[Message], arguments: Arguments) -> list[Message]:
    inclusive = arguments.flag("inclusive")
    oldest = _bound(arguments, "oldest")
    latest = _bound(arguments, "latest")

    def inside(message: Message) -> bool:
        ts = float(message.ts)
        if inclusive and ts in {oldest, latest}:
            return True
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return [message for message in messages if inside(message)]


def _bound(arguments: Arguments, name: str) -> float | None:
    value = arguments.text(name)
    try:
        return None if value is None else float(value)
    except ValueError as error:
        raise SlackError(f"invalid_ts_{name}") from error


def _messages(found: Sequence[Message], channel: Channel, arguments: Arguments, default: int) -> Answer:
    page, cursor = _page(found, arguments, default)
    metadata = arguments.flag("include_all_metadata")
    return {
        "messages": [described(message, channel, metadata=metadata) for message in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _page(items: Sequence[Item], arguments: Arguments, default: int) -> tuple[Sequence[Item], str]:
    limit = arguments.count("limit", default)
    start = _start(arguments.text("cursor"))
    rest = start + limit
    return items[start:rest], _cursor(rest) if rest < len(items) else ""


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
