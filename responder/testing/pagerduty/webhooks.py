"""Tells of what happened: webhooks of version 3, signed as PagerDuty signs, with its patience."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, Final

import httpx

from responder.testing.loopback import client_for
from responder.testing.pagerduty.account import Account
from responder.testing.pagerduty.model import Sent

PATIENCE: Final = 5.0
"""Seconds that a webhook may take to answer."""


def signature_of(secrets: Sequence[str], body: bytes) -> str:
    """One signature for each secret, separated by commas."""
    return ",".join(f"v1={hmac.new(one.encode(), body, hashlib.sha256).hexdigest()}" for one in secrets)


async def deliver(account: Account) -> None:
    """Send what was not told yet, in order; what fails stays failed and can be sent again."""
    while account.outbox:
        await send(account, account.outbox.pop(0))


async def send(account: Account, event: dict[str, Any]) -> None:
    """Send one event."""
    body = json.dumps({"event": event}).encode()
    account.sent.append(Sent(account.clock(), event["event_type"], body, await _posted(account, body)))
    account.revision += 1


async def _posted(account: Account, body: bytes) -> str:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "PagerDuty-Webhook/V3.0",
        "X-PagerDuty-Signature": signature_of(account.secrets, body),
        "X-Webhook-Subscription": "PSUB001",
    }
    try:
        async with client_for(account.webhook_url, timeout=PATIENCE) as http:
            answer = await http.post(account.webhook_url, content=body, headers=headers)
    except httpx.TimeoutException:
        return "no answer in time"
    except httpx.HTTPError:
        return "not reached"
    return str(answer.status_code)
