"""`/_stand-in/…`: what a test or a demo may ask of the stand-in itself; Slack has nothing like it."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from responder.testing.slack.faults import ANY, Fault, FaultKind
from responder.testing.slack.methods import described
from responder.testing.slack.model import Channel, Message, Version
from responder.testing.slack.pace import Tempo
from responder.testing.slack.workspace import Workspace


class FaultOrder(BaseModel):
    """What the next calls of a method shall suffer; see `Fault`."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    method: str = ANY
    times: int = Field(1, ge=1)
    status: int = Field(500, ge=400, le=599)
    error: str = "internal_error"
    retry_after: int = Field(30, ge=1)
    seconds: float = Field(30.0, gt=0, le=600)


class NewChannel(BaseModel):
    """A channel to add."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    is_member: bool = True
    is_archived: bool = False


class NewTempo(BaseModel):
    """Whether rate limits are kept from now on."""

    model_config = ConfigDict(extra="forbid")

    tempo: Tempo


def admin_router(workspace: Workspace) -> APIRouter:
    """State, faults, channels and tempo of a workspace."""
    router = APIRouter(prefix="/_stand-in")

    @router.get("/state")
    async def state() -> dict[str, Any]:
        return snapshot(workspace)

    @router.post("/faults", status_code=204)
    async def order_fault(order: FaultOrder) -> None:
        workspace.faults.add(Fault(**order.model_dump()))

    @router.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        workspace.faults.clear()

    @router.post("/release", status_code=204)
    async def release() -> None:
        workspace.faults.release()

    @router.post("/channels", status_code=201)
    async def add_channel(channel: NewChannel) -> dict[str, str]:
        return {"id": workspace.add_channel(**channel.model_dump()).id}

    @router.put("/tempo", status_code=204)
    async def set_tempo(order: NewTempo) -> None:
        workspace.pace.tempo = order.tempo

    return router


def snapshot(workspace: Workspace) -> dict[str, Any]:
    """All of the workspace as JSON: channels → messages with their edits and replies, and the calls made."""
    return {
        "revision": workspace.revision,
        "channels": [_channel(channel) for channel in workspace.channels.values()],
        "calls": [
            {"at": call.at.isoformat(), "method": call.method, "outcome": call.outcome}
            for call in workspace.calls
        ],
        "faults_waiting": len(workspace.faults.waiting),
        "whispers": [asdict(one) for one in workspace.interactive.whispers],
        "modals": [asdict(one) for stack in workspace.interactive.modals.values() for one in stack],
    }


def _channel(channel: Channel) -> dict[str, Any]:
    parents = [message for message in channel.messages if message.thread_ts is None]
    return {
        "id": channel.id,
        "name": channel.name,
        "is_member": channel.is_member,
        "is_archived": channel.is_archived,
        "messages": [_message(message, channel) for message in parents],
    }


def _message(message: Message, channel: Channel) -> dict[str, Any]:
    replies = channel.replies(message.ts) if message.thread_ts is None else []
    return described(message, channel, metadata=True) | {
        "author": message.author.name,
        "broadcast": message.broadcast,
        "edits": [_version(version) for version in message.versions[:-1]],
        "replies": [_message(reply, channel) for reply in replies],
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "at": version.at.isoformat(),
        "text": version.text,
        "blocks": list(version.blocks),
        "metadata": version.metadata,
    }
