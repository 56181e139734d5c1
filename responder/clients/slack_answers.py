"""Answers by the address that came with what somebody did in Slack (`response_url`). No token goes along."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import httpx

from responder.clients.http import Answer
from responder.clients.slack_failure import SYSTEM

HOST: Final = "hooks.slack.com"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
LIMIT: Final = 64 * 1024
"""Bytes of what it says to an answer that are read."""
LONGEST: Final = 500
"""Characters of an address; Slack's have about 90."""


def is_answer_url(url: str, api_url: str) -> bool:
    """Whether what somebody asked may be answered there: at Slack, or on this machine where Slack is, too.

    Only who knows the signing secret can send us an address; it must not lead anywhere else all the same.
    """
    try:
        parts = urlsplit(url)
        plain = not (parts.username or parts.password) and len(url) <= LONGEST
    except ValueError:
        return False
    if urlsplit(api_url).hostname in LOOPBACK:
        return plain and parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK
    return plain and parts.scheme == "https" and parts.netloc == HOST


async def send(session: aiohttp.ClientSession, proxy: str | None, url: str, said: Mapping[str, Any]) -> None:
    """Send one answer.

    Raises:
        AdapterError: it is used up, too old, or what was said is not taken.
        aiohttp.ClientError: it can't be reached.
    """
    async with session.post(url, json=dict(said), proxy=proxy, allow_redirects=False) as response:
        body = await response.content.read(LIMIT)
    headers = httpx.Headers(list(response.headers.items()))
    Answer(system=SYSTEM, status=response.status, headers=headers, body=body).checked()
