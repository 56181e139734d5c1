"""Forms that people have open in the stand-in for Slack: what stands in them, and sending them off."""

import json

import httpx

from responder.testing.slack import Workspace
from responder.testing.slack.interactive import Modal


def top(workspace: Workspace, user: str) -> Modal:
    """The form that a person sees.

    Raises:
        LookupError: there is none; with what they were told instead.
    """
    modal = workspace.interactive.top(user)
    if modal is None:
        raise LookupError([one.text for one in workspace.interactive.whispers])
    return modal


def words_of(modal: Modal) -> str:
    """Everything that stands in it."""
    return json.dumps(modal.view["blocks"], ensure_ascii=False)


async def submit(web: httpx.AsyncClient, modal: Modal, **values: str) -> None:
    """Send it off with what was chosen or written in each block."""
    answer = await web.post("/_stand-in/submit", json={"view": modal.id, "values": values})
    answer.raise_for_status()
