"""`/_stand-in/…`: what people do on the page: press, fill in, send off, close, be somebody else."""

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from responder.testing.slack.interactive import Modal, Whisper
from responder.testing.slack.model import Channel, SlackError
from responder.testing.slack.payloads import (
    Payload,
    block_actions,
    button_in,
    pressed_in,
    values_of,
    view_submission,
    whisper_actions,
)
from responder.testing.slack.people import Person
from responder.testing.slack.sending import Sent, send
from responder.testing.slack.view_check import view_faults
from responder.testing.slack.workspace import Workspace

COOKIE: Final = "person"
TROUBLE: Final = "We had some trouble connecting. Try again? {trouble}"


class Press(BaseModel):
    """A button of a message; without `user` it is whoever the page says one is."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    ts: str
    action_id: str
    value: str = ""
    user: str = ""


class Submit(BaseModel):
    """A form that is sent off, with what was chosen or written in each block."""

    model_config = ConfigDict(extra="forbid")

    view: str
    values: dict[str, str] = Field(default_factory=dict)


class Close(BaseModel):
    """A form that is closed."""

    model_config = ConfigDict(extra="forbid")

    view: str


class Me(BaseModel):
    """Who somebody at the page is from now on."""

    model_config = ConfigDict(extra="forbid")

    user: str


def me(workspace: Workspace, request: Request) -> Person:
    """Who is at the page; the first person by default."""
    people = workspace.interactive.directory.people
    return next((one for one in people if one.id == request.cookies.get(COOKIE)), people[0])


def doing_router(workspace: Workspace) -> APIRouter:
    """What people do."""
    router = APIRouter(prefix="/_stand-in")

    @router.put("/me", status_code=204)
    async def be(order: Me, response: Response) -> None:
        response.set_cookie(COOKIE, _found(workspace, order.user).id, samesite="strict", httponly=True)

    @router.post("/press")
    async def press(order: Press, request: Request) -> dict[str, str]:
        person = _found(workspace, order.user) if order.user else me(workspace, request)
        workspace.base = str(request.base_url).rstrip("/")
        return {"trouble": await _press(workspace, person, order)}

    @router.post("/submit", status_code=204)
    async def submit(order: Submit) -> None:
        modal = _modal(workspace, order.view)
        values, wrong = values_of(modal.view, order.values)
        modal.errors, modal.given = wrong, order.values
        if not wrong:
            _obey(workspace, modal, await send(workspace, view_submission(workspace, modal, values)))
        workspace.revision += 1

    @router.post("/close", status_code=204)
    async def close(order: Close) -> None:
        workspace.interactive.close(_modal(workspace, order.view))
        workspace.revision += 1

    return router


async def _press(workspace: Workspace, person: Person, order: Press) -> str:
    """Send a click; what went wrong is whispered, as Slack does."""
    try:
        channel = workspace.channel(order.channel)
        payload, thread_ts = _clicked(workspace, person, channel, order)
    except SlackError as error:
        raise HTTPException(404, error.code) from error
    sent = await send(workspace, payload)
    if sent.trouble:
        said = Whisper(workspace.next_ts(), channel.id, person.id, sent.trouble, by_slack=True)
        workspace.whisper(replace(said, thread_ts=thread_ts))
    return sent.trouble


def _clicked(
    workspace: Workspace, person: Person, channel: Channel, order: Press
) -> tuple[Payload, str | None]:
    """What Slack tells of a click, and the thread it was in; in a message, or in what one person sees."""
    message = channel.message(order.ts)
    if message is not None:
        pressed = pressed_in(message, order.action_id, order.value)
        return block_actions(workspace, person, (channel, message), pressed), message.thread_ts
    said = workspace.interactive.whispered(order.ts)
    button = button_in(said.blocks, order.action_id, order.value)
    if button is None or said.user != person.id:
        raise SlackError("invalid_action")
    return whisper_actions(workspace, person, said, button), said.thread_ts


def _obey(workspace: Workspace, modal: Modal, sent: Sent) -> None:
    """Do with a form what the app answered: close it, show what is wrong, or show another one."""
    interactive = workspace.interactive
    if sent.trouble:
        modal.errors = {"": TROUBLE.format(trouble=sent.trouble)}
        return
    match sent.answer:
        case {"response_action": "errors", "errors": dict(errors)}:
            modal.errors = {str(name): str(said) for name, said in errors.items()}
        case {"response_action": "update" | "push", "view": view} if not view_faults(view):
            interactive.updated(modal.id, view)
        case {"response_action": "clear"}:
            interactive.close(modal, everything=True)
        case {"response_action": _}:
            modal.errors = {"": TROUBLE.format(trouble="The app's answer can't be shown.")}
        case _:
            interactive.close(modal)


def _modal(workspace: Workspace, view: str) -> Modal:
    try:
        return workspace.interactive.modal(view)
    except SlackError as error:
        raise HTTPException(404, error.code) from error


def _found(workspace: Workspace, user: str) -> Person:
    try:
        return workspace.interactive.directory.person(user)
    except SlackError as error:
        raise HTTPException(404, error.code) from error
