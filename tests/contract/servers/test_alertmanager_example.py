"""The example configuration in a real Alertmanager: who is muted, and what comes to the webhook when."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from responder.domain.clock import system_clock
from responder.resources import resource_dir
from responder.testing.loopback import loopback_client
from responder.testing.servers import alertmanager

pytestmark = pytest.mark.scenario

DEADLINE = 5
"""Seconds. Any other critical alert waits twice as long."""


class Webhook:
    """Listens where the responder would; each request's authorization and body go to `seen`."""

    def __init__(self) -> None:
        self.seen: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.strip().splitlines()[1:])
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await self.seen.put((headers["authorization"], json.loads(body)))


@pytest.fixture
async def webhook() -> AsyncIterator[tuple[Webhook, str]]:
    """The webhook and its address."""
    hook = Webhook()
    server = await asyncio.start_server(hook.take, "127.0.0.1", 0)
    async with server:
        yield hook, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def http(webhook: tuple[Webhook, str], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real Alertmanager with the example configuration, which sends to the webhook."""
    config = (resource_dir("rules") / "alertmanager.yml").read_text()
    config = config.replace("localhost:8080", webhook[1]).replace("/etc/alertmanager/", "")
    async with (
        alertmanager(config, folder=tmp_path, files={"responder-token": "secret"}) as server,
        loopback_client(base_url=server.url) as client,
    ):
        yield client


async def test_the_round_trip_comes_at_once_with_the_token(
    http: httpx.AsyncClient, webhook: tuple[Webhook, str]
) -> None:
    await _fire(http, {"alertname": "ResponderRoundTrip", "severity": "critical", "trip": "1"})
    async with asyncio.timeout(DEADLINE):
        authorization, body = await webhook[0].seen.get()
    assert authorization == "bearer secret"
    assert body["receiver"] == "responder-round-trip"
    assert [alert["labels"]["trip"] for alert in body["alerts"]] == ["1"]


async def test_an_exceeded_budget_mutes_the_prediction_of_its_own_persona_only(
    http: httpx.AsyncClient,
) -> None:
    await _fire(
        http,
        {"alertname": "TokenBudgetExceeded", "persona": "a", "severity": "critical"},
        {"alertname": "TokenBudgetDepletionPredicted", "persona": "a", "severity": "info"},
        {"alertname": "TokenBudgetDepletionPredicted", "persona": "b", "severity": "info"},
        {"alertname": "SlowWorkflowStage", "persona": "a", "severity": "warning"},
    )
    expected = {
        ("TokenBudgetExceeded", "a"): False,
        ("TokenBudgetDepletionPredicted", "a"): True,
        ("TokenBudgetDepletionPredicted", "b"): False,
        ("SlowWorkflowStage", "a"): False,
    }
    async with asyncio.timeout(DEADLINE):
        while await _muted(http) != expected:  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)


async def _fire(http: httpx.AsyncClient, *alerts: dict[str, str]) -> None:
    now = system_clock()
    body = [
        {
            "labels": labels,
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(minutes=5)).isoformat(),
        }
        for labels in alerts
    ]
    (await http.post("/api/v2/alerts", json=body)).raise_for_status()


async def _muted(http: httpx.AsyncClient) -> dict[tuple[str, str], bool]:
    alerts = (await http.get("/api/v2/alerts")).json()
    return {
        (alert["labels"]["alertname"], alert["labels"]["persona"]): bool(alert["status"]["inhibitedBy"])
        for alert in alerts
    }
