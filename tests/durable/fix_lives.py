"""What tests of quick fixes need whose responders are processes: their lives, and a Hypertool to be fixed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from responder.domain.clock import system_clock
from responder.domain.fix import FixState
from responder.hypertool import Terms, collector_knobs, control_router
from responder.testing.deployed import DeployedCollector
from responder.testing.loopback import loopback_client, until_ready

REPLICA: Final = Path(__file__).with_name("fixing_replica.py")
ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "open-sesame"  # noqa: S105 - of two stand-ins
BUDGET: Final = 2000
PATIENCE: Final = 90.0
POLL: Final = 0.02
FALLBACK: Final = timedelta(seconds=1)
"""So long after a lease's end Hypertool sets the value back itself: a downtime may well be longer."""


@dataclass
class Life:
    """One responder's life."""

    process: Process
    api: httpx.AsyncClient

    async def fires(self, number: int, *, over: bool = False) -> str:
        """Another persona has used up its budget, or that is over; the incident. Sent until it is kept."""
        async with asyncio.timeout(PATIENCE):
            while (answer := await self._fire(number, over)).status_code == httpx.codes.SERVICE_UNAVAILABLE:  # noqa: ASYNC110 - as Alertmanager does
                await asyncio.sleep(POLL)
        return str(answer.raise_for_status().json()["incidents"][0])

    async def _fire(self, number: int, over: bool) -> httpx.Response:  # noqa: FBT001 - of a payload
        return await self.api.post("/webhooks/alertmanager", json=payload(number, over=over))

    async def approve(self, incident: str, named: str = "raise-budget") -> str:
        """Approve the fix of this name, once it is proposed; its id."""
        async with asyncio.timeout(PATIENCE):
            while not (found := [one for one in await self.fixes(incident) if one["quick_fix"] == named]):  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL)
        (fix,) = found
        await self.order(f"fixes/{fix['id']}/approve", digest=fix["digest"])
        return str(fix["id"])

    async def order(self, path: str, **body: object) -> None:
        """Have something done."""
        (await self.api.post(f"/api/v1/{path}", json=body)).raise_for_status()

    async def ended(self, fix: str) -> Mapping[str, Any]:
        """The fix with its audit log, once it is over."""
        return await self.gets_to(fix, FixState.ENDED)

    async def gets_to(self, fix: str, state: FixState) -> Mapping[str, Any]:
        """The fix with its audit log, once it is in this state."""
        async with asyncio.timeout(PATIENCE):
            while (found := await self.get(f"fixes/{fix}"))["state"] != state:  # noqa: ASYNC110
                await asyncio.sleep(POLL)
        return found

    async def fixes(self, incident: str) -> list[dict[str, Any]]:
        """All of one incident, also those that nobody has approved."""
        return list((await self.get("fixes", incident=incident))["fixes"])

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """What the API answers."""
        answer = await self.api.get(f"/api/v1/{path}", params=query)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def freezes(self) -> None:
        """In the middle of whatever it does."""
        self.process.send_signal(signal.SIGSTOP)

    async def wakes_up(self) -> None:
        """As if no time had passed; when this ends it knows what time it is."""
        self.process.send_signal(signal.SIGCONT)
        await until_ready(self.api)


@asynccontextmanager
async def life(database_url: str, control_url: str, *as_replica: str) -> AsyncIterator[Life]:
    """A responder until it is killed, at the latest when the block is left.

    `as_replica`: its name, and the address of an Alertmanager.
    """
    async with lived(str(REPLICA), database_url, control_url, TOKEN, *as_replica) as one:
        yield one


@asynccontextmanager
async def lived(*command: str, log: Path | None = None) -> AsyncIterator[Life]:
    """The same of any program of Python's that says its address first; what it logs goes to that file."""
    with log.open("w") if log else nullcontext() as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=PIPE, stderr=stderr, cwd=ROOT
        )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http"), f"it did not start: {log or 'standard error'} says why"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with loopback_client(base_url=url, headers=headers, timeout=PATIENCE) as client:
            yield Life(process, client)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def hypertool(personas: int, fallback_after: timedelta = FALLBACK) -> FastAPI:
    """A Hypertool with so many personas, and the control API mounted on it."""
    collector, app = DeployedCollector(CollectorRegistry()), FastAPI()
    collector._token_budgets = {persona(number): BUDGET for number in range(personas)}
    knobs, terms = collector_knobs(collector), Terms(fallback_after=fallback_after)
    app.include_router(control_router(knobs, {"responder": TOKEN}, terms=terms))
    return app


def persona(number: int) -> str:
    return f"persona-{number}"


def payload(number: int, *, over: bool) -> dict[str, object]:
    labels = {"alertname": "TokenBudgetExceeded", "persona": persona(number)}
    now = system_clock()
    return {
        "version": "4",
        "groupKey": f"{{}}:{persona(number)}",
        "receiver": "responder",
        "truncatedAlerts": 0,
        "alerts": [
            {
                "status": "resolved" if over else "firing",
                "labels": labels,
                "annotations": {},
                "startsAt": now.isoformat(),
                "endsAt": now.isoformat() if over else "0001-01-01T00:00:00Z",
                "generatorURL": "",
                "fingerprint": f"{number:016x}",
            }
        ],
    }
