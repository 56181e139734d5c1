"""Sends the calls that agents made to Langfuse, in the background and in batches, as its library does."""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

import httpx

from responder.demo.langfuse_link import LangfuseLink, ModelCall
from responder.testing.langfuse import PUBLIC_KEY, SECRET_KEY
from responder.testing.loopback import client_for

BATCH: Final = 500
EVERY: Final = 0.25
"""Seconds from one batch to the next, once there is nothing left to catch up with."""

log = logging.getLogger("hypertool")


class Tracer:
    """Keeps what can't be sent now; the oldest is lost where that becomes too much.

    Args:
        link: where the calls wait.
        moment: the real time of a simulated second.
        url: Langfuse's address.
    """

    def __init__(self, link: LangfuseLink, moment: Callable[[float], datetime], url: str) -> None:
        self._link = link
        self._moment = moment
        self._url = f"{url}/api/public/ingestion"
        self._sent = 0

    async def run(self) -> None:
        """Send until cancelled."""
        async with client_for(self._url, auth=(PUBLIC_KEY, SECRET_KEY)) as http:
            while True:
                sent = await self._send(http)
                await asyncio.sleep(0 if sent == BATCH else EVERY)

    async def _send(self, http: httpx.AsyncClient) -> int:
        """Send the oldest batch, and answer how many calls that were."""
        waiting = self._link.unsent
        batch = list(islice(waiting, BATCH))
        if not batch:
            return 0
        events = [event for call in batch for event in self._events(call)]
        try:
            (await http.post(self._url, json={"batch": events})).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("langfuse: %d calls wait: %s", len(waiting), type(error).__name__)
            return 0
        _drop(waiting, batch)
        return len(batch)

    def _events(self, call: ModelCall) -> Sequence[dict[str, Any]]:
        """A trace and the call in it, marked with who was at work."""
        self._sent += 1
        at = self._moment(call.at).isoformat()
        name = hashlib.sha256(f"{call.at}/{call.prompt}/{self._sent}".encode()).hexdigest()
        trace, observation = name[:32], name[32:48]
        stage = call.stage
        marks = {"persona": stage.persona, "workflow": stage.workflow, "stage": stage.name}
        tokens = {
            "input": call.tokens_in,
            "output": call.tokens_out,
            "total": call.tokens_in + call.tokens_out,
        }
        generation = {
            "id": observation,
            "traceId": trace,
            "name": "model call",
            "startTime": at,
            "endTime": at,
            "model": call.model,
            "input": call.prompt,
            "promptName": f"{stage.workflow}/{stage.name}",
            "promptVersion": call.prompt_version,
            "metadata": {**marks, "chatmode": stage.chatmode},
            "usageDetails": tokens,
        }
        traced = {"id": trace, "name": f"{stage.workflow}/{stage.name}", "timestamp": at, "metadata": marks}
        return (
            {"id": f"{trace}-t", "type": "trace-create", "timestamp": at, "body": traced},
            {"id": f"{trace}-g", "type": "generation-create", "timestamp": at, "body": generation},
        )


def _drop(waiting: deque[ModelCall], sent: Sequence[ModelCall]) -> None:
    """Take what was sent from those that wait; some of them may have been lost meanwhile."""
    for call in sent:
        if waiting and waiting[0] is call:
            waiting.popleft()
