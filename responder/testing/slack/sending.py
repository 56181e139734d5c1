"""Sends the app what people did: signed as Slack signs, and with Slack's patience."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from responder.testing.loopback import client_for
from responder.testing.slack.workspace import Workspace

PATIENCE: Final = 3.0
"""Seconds an app has to answer."""
LATE: Final = "The app did not answer within 3 seconds."
FAILED: Final = "The app answered with status {status}."
NOT_REACHED: Final = "The app could not be reached."


@dataclass(frozen=True)
class Sent:
    """What the app answered, or what people are told instead."""

    trouble: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)


def signed_headers(secret: str, at: float, body: bytes) -> dict[str, str]:
    """The headers that Slack signs a body with."""
    timestamp = str(int(at))
    digest = hmac.new(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def form_of(payload: Mapping[str, Any]) -> bytes:
    """The body that a payload is sent in."""
    return urlencode({"payload": json.dumps(payload)}).encode()


async def send(workspace: Workspace, payload: Mapping[str, Any]) -> Sent:
    """Send a payload to the app, over its socket if it has one open, else to its request URL."""
    return await _sent(workspace, "interactive", payload, form_of(payload))


async def send_command(workspace: Workspace, command: Mapping[str, str]) -> Sent:
    """Send a slash command, as `send` does."""
    return await _sent(workspace, "slash_commands", command, urlencode(command).encode())


async def _sent(workspace: Workspace, kind: str, payload: Mapping[str, Any], body: bytes) -> Sent:
    interactive = workspace.interactive
    if interactive.sockets.open:
        said = await interactive.sockets.send(kind, payload, PATIENCE)
        return Sent(LATE) if said is None else Sent(answer=said)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        **signed_headers(interactive.signing_secret, workspace.clock().timestamp(), body),
    }
    try:
        async with client_for(interactive.request_url, timeout=PATIENCE) as http:
            answer = await http.post(interactive.request_url, content=body, headers=headers)
    except httpx.TimeoutException:
        return Sent(LATE)
    except httpx.HTTPError:
        return Sent(NOT_REACHED)
    if answer.status_code != HTTPStatus.OK:
        return Sent(FAILED.format(status=answer.status_code))
    return Sent(answer=_object(answer))


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
