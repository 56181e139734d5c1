"""Methods of the Web API for modals, for one person only, and about people."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from responder.testing.slack.check import block_faults
from responder.testing.slack.interactive import Modal, Whisper
from responder.testing.slack.methods import TEAM_ID, Answer, Call
from responder.testing.slack.model import SlackError
from responder.testing.slack.payloads import view_of
from responder.testing.slack.view_check import view_faults


def chat_post_ephemeral(call: Call) -> Answer:
    arguments = call.arguments
    channel = call.channel()
    if not channel.is_member:
        raise SlackError("not_in_channel")
    user = call.workspace.interactive.directory.person(arguments.text("user") or "").id
    text = arguments.text("text") or ""
    blocks = arguments.structure("blocks", "invalid_blocks_format") or []
    if not text and not blocks:
        raise SlackError("no_text")
    if faults := block_faults(blocks):
        raise SlackError("invalid_blocks", tuple(map(str, faults)))
    ts = call.workspace.next_ts()
    thread_ts = arguments.text("thread_ts")
    call.workspace.whisper(Whisper(ts, channel.id, user, text, tuple(blocks), thread_ts))
    return {"message_ts": ts}


def views_open(call: Call) -> Answer:
    return _opened(call, push=False)


def views_push(call: Call) -> Answer:
    return _opened(call, push=True)


def views_update(call: Call) -> Answer:
    view, arguments = _view(call), call.arguments
    modal = call.workspace.interactive.updated(arguments.text("view_id") or "", view, arguments.text("hash"))
    return _shown(call, modal)


def apps_connections_open(call: Call) -> Answer:
    sockets = call.workspace.interactive.sockets
    if not sockets.address or sockets.full:
        raise SlackError("internal_error")
    return {"url": sockets.ticket()}


def usergroups_users_list(call: Call) -> Answer:
    group = call.workspace.interactive.directory.group(call.arguments.text("usergroup") or "")
    return {"users": list(group.users)}


def users_info(call: Call) -> Answer:
    person = call.workspace.interactive.directory.person(call.arguments.text("user") or "")
    profile = {"real_name": person.real_name, "display_name": person.name}
    user = {"id": person.id, "team_id": TEAM_ID, "name": person.name, "real_name": person.real_name}
    return {"user": user | {"profile": profile, "tz": "Etc/UTC", "is_bot": False, "deleted": False}}


MORE_METHODS: Final[Mapping[str, Callable[[Call], Answer]]] = {
    "chat.postEphemeral": chat_post_ephemeral,
    "views.open": views_open,
    "apps.connections.open": apps_connections_open,
    "views.push": views_push,
    "views.update": views_update,
    "usergroups.users.list": usergroups_users_list,
    "users.info": users_info,
}


def _opened(call: Call, *, push: bool) -> Answer:
    view = _view(call)
    trigger = call.arguments.text("trigger_id") or ""
    workspace = call.workspace
    return _shown(call, workspace.interactive.opened(trigger, view, workspace.clock, push=push))


def _view(call: Call) -> Mapping[str, Any]:
    """The view of a call, with an id for each of its blocks; refuses `invalid_arguments`."""
    view = call.arguments.structure("view", "invalid_arguments")
    if faults := view_faults(view):
        raise SlackError("invalid_arguments", tuple(map(str, faults)))
    blocks = [{"block_id": f"b{number}", **block} for number, block in enumerate(view["blocks"])]
    return {**view, "blocks": blocks}


def _shown(call: Call, modal: Modal) -> Answer:
    call.workspace.revision += 1
    return {"view": view_of(call.workspace, modal)}
