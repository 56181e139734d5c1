"""Shows what an app answers to what somebody did: to them alone, or to the whole channel."""

from collections.abc import Mapping
from typing import Any

from responder.testing.slack.check import block_faults
from responder.testing.slack.interactive import Hook, Whisper
from responder.testing.slack.model import SlackError
from responder.testing.slack.workspace import Workspace


def say(workspace: Workspace, hook: Hook, said: Mapping[str, Any]) -> None:
    """Show it. Refuses what posting refuses, `no_text`, `invalid_blocks`."""
    channel = workspace.channel(hook.channel)
    text, blocks = str(said.get("text") or ""), said.get("blocks") or []
    thread_ts = said.get("thread_ts")
    if said.get("response_type") == "in_channel":
        workspace.post(workspace.apps[0], channel, text, blocks, thread_ts=thread_ts)
        return
    if not text and not blocks:
        raise SlackError("no_text")
    if faults := block_faults(blocks):
        raise SlackError("invalid_blocks", tuple(map(str, faults)))
    workspace.whisper(Whisper(workspace.next_ts(), channel.id, hook.user, text, tuple(blocks), thread_ts))
