"""Two Alertmanagers in a cluster, each with its own replica, before, while and after they are cut apart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.domain.alert import Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client
from responder.testing.servers import alertmanager

pytestmark = [pytest.mark.soak, pytest.mark.scenario, pytest.mark.postgres]

PATIENCE: Final = 90.0
LOOK: Final = 0.2
WITHIN: Final = 10.0
CONFIG: Final = """
route: {receiver: responder, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: responder, webhook_configs: [{url: "http://127.0.0.1:PORT/webhooks/alertmanager"}]}]
"""
QUICK: Final = (
    "--cluster.peer-timeout=2s",
    "--cluster.probe-interval=300ms",
    "--cluster.probe-timeout=200ms",
    "--cluster.gossip-interval=100ms",
    "--cluster.pushpull-interval=2s",
    "--cluster.reconnect-interval=1s",
    "--cluster.settle-timeout=1s",
)


@dataclass
class Relay(asyncio.DatagramProtocol):
    """Carries what is sent to one Alertmanager by the other, until it is cut."""

    target: int
    port: int
    cut: bool = False
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    udp: Any = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self.cut:
            self.udp.sendto(data, ("127.0.0.1", self.target))

    def connection_made(self, transport: Any) -> None:
        self.udp = transport

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.close()
            return
        answers, there = await asyncio.open_connection("127.0.0.1", self.target)
        self.open |= {writer, there}
        await asyncio.gather(_copy(reader, there), _copy(answers, writer), return_exceptions=True)
        self.open -= {writer, there}

    def cut_now(self) -> None:
        self.cut = True
        for writer in self.open:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64 * 1024):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def relay(target: int) -> AsyncIterator[Relay]:
    one = Relay(target, free_port())
    address = ("127.0.0.1", one.port)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: one, local_addr=address)
    async with await asyncio.start_server(one.serve, *address):
        try:
            yield one
        finally:
            one.cut_now()
            transport.close()


def flags(own: int, advertised: int, peer: int) -> Sequence[str]:
    return (
        f"--cluster.listen-address=127.0.0.1:{own}",
        f"--cluster.advertise-address=127.0.0.1:{advertised}",
        f"--cluster.peer=127.0.0.1:{peer}",
        *QUICK,
    )


async def becomes(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await look():  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(LOOK)


async def sample(url: str, name: str) -> float:
    async with loopback_client(timeout=WITHIN) as http:
        text = (await http.get(f"{url}/metrics")).text
    families = text_string_to_metric_families(text)
    return sum(one.value for family in families for one in family.samples if one.name == name)


async def fires(http: Http, name: str, urls: Sequence[str]) -> None:
    """As Prometheus does: it sends to every Alertmanager that it knows."""
    alert = Alert(
        fingerprint="",
        labels={"alertname": name, "severity": "critical"},
        annotations={},
        status=AlertStatus.FIRING,
        starts_at=system_clock().replace(microsecond=0),
    )
    for url in urls:
        await Alertmanager(http, url).post([alert], within=WITHIN)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_cut_apart_they_both_deliver_and_people_get_one_message(site: Any, tmp_path: Path) -> None:
    one, two = free_port(), free_port()
    async with site(1, 1) as here, relay(one) as to_one, relay(two) as to_two, Http() as http:
        here.calm()
        here.ports.update(one=free_port(), two=free_port())
        first = alertmanager(
            CONFIG.replace("PORT", str(here.ports["one"])),
            folder=tmp_path / "first",
            flags=flags(one, to_one.port, to_two.port),
        )
        second = alertmanager(
            CONFIG.replace("PORT", str(here.ports["two"])),
            folder=tmp_path / "second",
            flags=flags(two, to_two.port, to_one.port),
        )
        async with first as a, second as b:
            urls = (a.url, b.url)
            here.config["alertmanager"]["url"] = a.url
            for name in ("one", "two"):
                await here.start(name)
            replicas = [f"http://127.0.0.1:{port}" for port in here.ports.values()]

            async def members(number: int) -> bool:
                return {await sample(url, "alertmanager_cluster_members") for url in urls} == {number}

            async def told(number: int) -> bool:
                return len(here.messages()) == number

            async def delivered() -> list[float]:
                return [await sample(url, "responder_notifications_total") for url in replicas]

            await becomes(lambda: members(2))
            await fires(http, "Together", urls)
            await becomes(lambda: told(1))

            before = await delivered()
            to_one.cut_now()
            to_two.cut_now()
            await becomes(lambda: members(1))
            await fires(http, "Apart", urls)

            async def both() -> bool:
                return all(now > then for now, then in zip(await delivered(), before, strict=True))

            await becomes(both)
            await becomes(lambda: told(2))

            to_one.cut = to_two.cut = False
            await becomes(lambda: members(2))
            await fires(http, "Again", urls)
            await becomes(lambda: told(3))
            listed = await here.asked("GET", "/api/v1/incidents")
    assert sorted(one["alert"] for one in listed["incidents"]) == ["Again", "Apart", "Together"]
    assert set(here.messages().values()) == {1}
