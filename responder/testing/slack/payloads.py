"""What Slack tells an app of a click and of a form that was sent off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from responder.testing.slack.interactive import Hook, Modal, Whisper
from responder.testing.slack.methods import TEAM_ID, described
from responder.testing.slack.model import Block, Channel, Message, SlackError
from responder.testing.slack.people import Person
from responder.testing.slack.workspace import Workspace

Payload = dict[str, Any]
INPUTS: Final = ("radio_buttons", "static_select", "plain_text_input")


def block_actions(
    workspace: Workspace, person: Person, where: tuple[Channel, Message], pressed: Payload
) -> Payload:
    """A button of a message was pressed; `pressed` is its element, with its block's id."""
    channel, message = where
    hook = Hook(person.id, channel.id, message.ts, workspace.clock())
    container: Payload = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return {
        "type": "block_actions",
        **_by(workspace, person),
        "container": container | {"is_ephemeral": False},
        "channel": {"id": channel.id, "name": channel.name},
        "message": described(message, channel, metadata=True),
        "state": {"values": {}},
        "response_url": f"{workspace.base}/_stand-in/hooks/{workspace.interactive.hook(hook)}",
        "actions": [pressed | {"action_ts": f"{workspace.clock().timestamp():.6f}"}],
    }


def whisper_actions(workspace: Workspace, person: Person, said: Whisper, pressed: Payload) -> Payload:
    """A button was pressed in what only this person sees, of which Slack tells no more than where it was."""
    hook = Hook(person.id, said.channel, said.ts, workspace.clock())
    place = {"type": "message", "message_ts": said.ts, "channel_id": said.channel, "is_ephemeral": True}
    return {
        "type": "block_actions",
        **_by(workspace, person),
        "container": place,
        "channel": {"id": said.channel, "name": workspace.channel(said.channel).name},
        "state": {"values": {}},
        "response_url": f"{workspace.base}/_stand-in/hooks/{workspace.interactive.hook(hook)}",
        "actions": [pressed | {"action_ts": f"{workspace.clock().timestamp():.6f}"}],
    }


def view_submission(workspace: Workspace, modal: Modal, values: Payload) -> Payload:
    """A form was sent off with these values."""
    person = workspace.interactive.directory.person(modal.user)
    view = view_of(workspace, modal) | {"state": {"values": values}}
    return {"type": "view_submission", **_by(workspace, person), "view": view, "response_urls": []}


def view_of(workspace: Workspace, modal: Modal) -> Payload:
    """A modal as Slack tells of it."""
    app = workspace.apps[0]
    empty = {"callback_id": "", "private_metadata": "", "state": {"values": {}}}
    ids = {"id": modal.id, "hash": modal.hash, "team_id": TEAM_ID}
    return {**empty, **modal.view, **ids, "app_id": app.app_id, "bot_id": app.bot_id}


def pressed_in(message: Message, action_id: str, value: str) -> Payload:
    """The button, also of an earlier version: a page that wasn't refreshed still shows it.

    Refuses `invalid_action`.
    """
    for version in reversed(message.versions):
        if (found := button_in(version.blocks, action_id, value)) is not None:
            return found
    raise SlackError("invalid_action")


def button_in(blocks: Sequence[Block], action_id: str, value: str) -> Payload | None:
    """The button of this name and value, as Slack tells of it."""
    for block_id, element in _elements(blocks):
        if element.get("action_id") == action_id and element.get("value", "") == value:
            named = {"block_id": block_id, "action_id": action_id, "type": "button"}
            kept = {name: element[name] for name in ("text", "value", "style") if name in element}
            return named | kept
    return None


def values_of(view: Mapping[str, Any], given: Mapping[str, str]) -> tuple[Payload, dict[str, str]]:
    """The values of a view's fields as Slack tells of them, and what Slack itself finds wrong, by block.

    Args:
        view: the view.
        given: what people chose or wrote, by block.
    """
    values: Payload = {}
    wrong: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        name, element = block["block_id"], block["element"]
        said = given.get(name, "")
        values[name] = {element["action_id"]: _value(element, said)}
        if not said and not block.get("optional"):
            wrong[name] = "Please complete this required field."
        elif len(said) > element.get("max_length", 3000):
            wrong[name] = f"Must be less than {element['max_length'] + 1} characters."
    return values, wrong


def _value(element: Mapping[str, Any], said: str) -> Payload:
    if element["type"] == "plain_text_input":
        return {"type": "plain_text_input", "value": said or None}
    chosen = next((option for option in element["options"] if option.get("value") == said), None)
    return {"type": element["type"], "selected_option": chosen}


def _elements(blocks: Sequence[Block]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, block in enumerate(blocks):
        block_id = str(block.get("block_id") or f"b{number}")
        found = [*block.get("elements", []), block.get("accessory")]
        yield from ((block_id, one) for one in found if isinstance(one, dict) and one.get("type") == "button")


def _by(workspace: Workspace, person: Person) -> Payload:
    app = workspace.apps[0]
    user = {"id": person.id, "username": person.name, "name": person.name, "team_id": TEAM_ID}
    return {
        "user": user,
        "api_app_id": app.app_id,
        "token": "deprecated",
        "team": {"id": TEAM_ID, "domain": "hypertool"},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": workspace.interactive.trigger(person.id, workspace.clock),
    }
