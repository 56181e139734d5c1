"""`/_stand-in/hooks/<name>`: the `response_url` of what somebody did, good for 5 answers in 30 minutes."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from responder.testing.slack.interactive import Hook
from responder.testing.slack.model import SlackError
from responder.testing.slack.said import say
from responder.testing.slack.workspace import Workspace


def hooks_router(workspace: Workspace) -> APIRouter:
    """Where an app answers clicks without a token."""
    router = APIRouter(prefix="/_stand-in/hooks")

    @router.post("/{name}")
    async def answer(name: str, request: Request) -> Response:
        try:
            said = await request.json()
            _obey(workspace, workspace.interactive.answering(name, workspace.clock), said)
        except SlackError as error:
            return JSONResponse({"ok": False, "error": error.code}, 404)
        except (ValueError, AttributeError):
            return JSONResponse({"ok": False, "error": "invalid_payload"}, 400)
        return PlainTextResponse("ok")

    return router


def _obey(workspace: Workspace, hook: Hook, said: dict[str, Any]) -> None:
    """Refuses what posting and editing refuse."""
    channel, app = workspace.channel(hook.channel), workspace.apps[0]
    if said.get("delete_original"):
        workspace.delete(channel, hook.ts)
    elif said.get("replace_original"):
        text, blocks = str(said.get("text") or ""), said.get("blocks") or []
        workspace.update(app, channel, hook.ts, text=text, blocks=blocks)
    else:
        say(workspace, hook, said)
