"""A test alert, sent to Alertmanager and looked for at the running server: the whole way, once."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import TypeAdapter

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http, bearer
from responder.domain.alert import ROUND_TRIP, Alert, AlertStatus
from responder.domain.clock import Clock
from responder.domain.watchdog import Watch

PATIENCE_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.25
LASTS: Final = timedelta(minutes=1)
"""How long the test alert is said to last: it ends by itself if nobody ends it."""
LABELS: Final = {"alertname": ROUND_TRIP, "severity": "info"}
"""What routes see of it."""
NOT_FOUND: Final = 404
_WATCH: Final = TypeAdapter(Watch)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, to be asked whether the test alert has arrived."""

    http: Http
    url: str
    token: str | None

    async def ready(self) -> str:
        """That it can take things in."""
        answer = await self.http.ask("The responder", "GET", f"{self.url}/-/ready", within=PATIENCE_SECONDS)
        answer.checked()
        return f"ready at {self.url}"

    async def watchdog(self) -> Watch:
        """How it stands with the watchdog there."""
        url = f"{self.url}/api/v1/watchdog"
        answer = await self.http.ask(
            "The responder", "GET", url, within=PATIENCE_SECONDS, headers=bearer(self.token)
        )
        return answer.read(_WATCH)

    async def arrived(self, nonce: str) -> bool:
        """Whether the test alert of this nonce has come in."""
        url = f"{self.url}/api/v1/round-trips/{nonce}"
        answer = await self.http.ask(
            "The responder", "GET", url, within=PATIENCE_SECONDS, headers=bearer(self.token)
        )
        if answer.status == NOT_FOUND:
            return False
        answer.checked()
        return True


async def sent_and_seen(
    alertmanager: Alertmanager, server: Server, clock: Clock, patience: float
) -> float | None:
    """Send a test alert to Alertmanager and see it arrive at the server.

    Answers the seconds that took; None if it did not arrive within `patience` seconds.

    Raises:
        AdapterError: one of the two doesn't answer, or doesn't let us in.
    """
    nonce, began = secrets.token_hex(8), clock()
    alert = Alert(
        fingerprint="",
        labels={**LABELS, "nonce": nonce},
        annotations={"summary": "A test alert of `responder doctor`; it pages nobody."},
        status=AlertStatus.FIRING,
        starts_at=began,
        ends_at=began + LASTS,
    )
    await alertmanager.post([alert], within=PATIENCE_SECONDS)
    try:
        async with asyncio.timeout(patience):
            while not await server.arrived(nonce):  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return None
    return (clock() - began).total_seconds()


def lost(patience: float) -> str:
    """What is said where it did not arrive within so many seconds."""
    return (
        f"the test alert did not arrive within {patience:.0f} s: does a route of Alertmanager's for "
        f"{ROUND_TRIP} lead to this server's /webhooks/alertmanager (rules/alertmanager.yml has one), with "
        "one of alertmanager.webhook_tokens? Alertmanager's log says what it was answered"
    )
