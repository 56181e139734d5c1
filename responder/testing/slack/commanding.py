"""`/_stand-in/command`: what people write in the composer of a channel; slash commands go to the app."""

import re
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from responder.testing.slack.doing import me
from responder.testing.slack.interactive import Hook, Whisper
from responder.testing.slack.methods import TEAM_ID
from responder.testing.slack.model import Channel, SlackError
from responder.testing.slack.people import Person
from responder.testing.slack.said import say
from responder.testing.slack.sending import send_command
from responder.testing.slack.workspace import Workspace

_COMMAND: Final = re.compile(r"(/[a-z0-9_-]+)(?:\s+(.*))?", re.DOTALL)
_URL: Final = re.compile(r"https?://[^\s<>]+")
_MENTION: Final = re.compile(r"@([a-z0-9._-]+)")
ONLY_COMMANDS: Final = "Only slash commands can be sent here, such as /hypertool help."
NOT_LIVE: Final = "{command} failed because no app takes it."
FAILED: Final = '{command} failed with the error "{trouble}"'


class Write(BaseModel):
    """What was written in the composer; without `user` it is whoever the page says one is."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    text: str = Field(max_length=4_000)
    user: str = ""


def commanding_router(workspace: Workspace) -> APIRouter:
    """Where the composer sends what is written."""
    router = APIRouter(prefix="/_stand-in")

    @router.post("/command", status_code=204)
    async def write(order: Write, request: Request) -> None:
        try:
            person = (
                workspace.interactive.directory.person(order.user) if order.user else me(workspace, request)
            )
            channel = workspace.channel(order.channel)
        except SlackError as error:
            raise HTTPException(404, error.code) from error
        workspace.base = str(request.base_url).rstrip("/")
        if trouble := await _written(workspace, person, channel, order.text):
            said = Whisper(workspace.next_ts(), channel.id, person.id, trouble, by_slack=True)
            workspace.whisper(said)

    return router


async def _written(workspace: Workspace, person: Person, channel: Channel, text: str) -> str:
    """Send a command, and show what the app answers to it; what went wrong, as Slack says it."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return ONLY_COMMANDS
    command, rest = found[1], found[2] or ""
    if not workspace.interactive.live:
        return NOT_LIVE.format(command=command)
    hook = Hook(person.id, channel.id, "", workspace.clock())
    sent = await send_command(workspace, command_of(workspace, hook, person, (command, rest)))
    if sent.trouble:
        return FAILED.format(command=command, trouble=sent.trouble)
    if sent.answer:
        try:
            say(workspace, hook, sent.answer)
        except SlackError as error:
            return FAILED.format(command=command, trouble=error.code)
    return ""


def command_of(workspace: Workspace, hook: Hook, person: Person, written: tuple[str, str]) -> dict[str, str]:
    """A slash command as Slack tells an app of it, with `should_escape`."""
    command, text = written
    interactive = workspace.interactive
    return {
        "token": "deprecated",
        "team_id": TEAM_ID,
        "team_domain": "hypertool",
        "channel_id": hook.channel,
        "channel_name": workspace.channel(hook.channel).name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": escaped(workspace, text),
        "api_app_id": workspace.apps[0].app_id,
        "is_enterprise_install": "false",
        "response_url": f"{workspace.base}/_stand-in/hooks/{interactive.hook(hook)}",
        "trigger_id": interactive.trigger(person.id, workspace.clock),
    }


def escaped(workspace: Workspace, text: str) -> str:
    """What was written, as Slack marks it up: three letters, links and people that are there."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    people = {one.name: one.id for one in workspace.interactive.directory.people}

    def mention(found: re.Match[str]) -> str:
        name = found[1]
        return f"<@{people[name]}|{name}>" if name in people else found[0]

    return _MENTION.sub(mention, _URL.sub(lambda found: f"<{found[0]}>", text))
