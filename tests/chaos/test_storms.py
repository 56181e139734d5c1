"""A storm while Slack is down: intake stays fast, memory and questions are bounded, and everything drains."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from responder.testing.loopback import loopback_client
from responder.testing.slack.faults import Fault, FaultKind

pytestmark = pytest.mark.soak

PATIENCE: Final = 600.0
LOOK: Final = 1.0
FLAPS: Final = 2.0
"""Seconds between an alert's end and its return."""
CONNECTIONS: Final = 16
SENT: Final = 3
"""So often at most."""
FAST: Final = 10.0
"""Seconds; Alertmanager gives a webhook as long before it sends again."""
MOST_MB: Final = 300
A_SECOND: Final = 10
"""Queries of Prometheus: what is open is read again each minute, and one alert never stops to flap."""
EACH: Final = 10
"""And so many for each incident that people are told of: not for the thousands that came."""
COUNTED: Final = re.compile(r"\] (\d+) incidents")
STORM: Final = 20


async def post(http: httpx.AsyncClient, body: Any) -> float:
    """Seconds until it was accepted; sent again, as Alertmanager does, where the connection was closed."""
    begun = time.monotonic()
    for _ in range(SENT):
        with suppress(httpx.TransportError):
            answer = await http.post("/webhooks/alertmanager", json=body)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            break
    else:
        raise AssertionError("it took no notification")
    return time.monotonic() - begun


async def post_all(http: httpx.AsyncClient, bodies: Iterable[Any]) -> list[float]:
    """Over several connections; seconds that each took."""
    left, took = iter(bodies), []

    async def posts() -> None:
        took.extend([await post(http, body) for body in left])

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(posts())
    return took


async def storm(http: httpx.AsyncClient, site: Any, groups: int, *, ended: bool = False) -> list[float]:
    """So many groups of one alert, and then one group of twice as many alerts; or their end."""
    took = await post_all(http, (site.alerts.notification(number, ended=ended) for number in range(groups)))
    others = [site.alerts.notification(number, ended=ended) for number in range(groups, 3 * groups)]
    large = {
        **others[0],
        "groupKey": "{}:large",
        "alerts": [alert for one in others for alert in one["alerts"]],
    }
    return [*took, await post(http, large)]


async def flaps(http: httpx.AsyncClient, site: Any, number: int) -> None:
    while True:
        await post(http, site.alerts.notification(number))
        await asyncio.sleep(FLAPS / 2)
        await post(http, site.alerts.notification(number, ended=True))
        await asyncio.sleep(FLAPS / 2)


def summed_up(site: Any) -> int:
    """The incidents of which the storm's summary speaks."""
    (channel,) = site.workspace.channels.values()
    texts = [message.now.text for message in channel.messages if "[storm" in message.now.text]
    return max((int(found[1]) for text in texts if (found := COUNTED.search(text))), default=0)


def most_resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE) or re.search(
        r"^VmRSS:\s*(\d+) kB", status, re.MULTILINE
    )
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def standing(site: Any) -> list[str]:
    """What messages of single incidents say that don't say that it is over."""
    (channel,) = site.workspace.channels.values()
    texts = [message.now.text for message in channel.messages if message.thread_ts is None]
    return [text for text in texts if "[storm" not in text and "resolved" not in text]


async def is_open(site: Any) -> bool:
    """Whether any incident is."""
    return bool((await site.asked("GET", "/api/v1/incidents?status=open&limit=1"))["incidents"])


async def waiting(http: httpx.AsyncClient) -> float:
    """Orders that nobody is at work on yet."""
    families = text_string_to_metric_families((await http.get("/metrics")).text)
    samples: Sequence[Any] = [one for family in families for one in family.samples]
    return float(sum(one.value for one in samples if one.name == "responder_orders_waiting"))


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await true():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(LOOK)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("groups", "down"),
    [
        pytest.param(300, 20, id="small"),
        pytest.param(5_000, 60, id="a-minute"),
        pytest.param(5_000, 600, id="ten-minutes"),
    ],
)
async def test_a_storm_while_slack_is_down_drains_once_it_is_back(
    site: Any, groups: int, down: float
) -> None:
    flapping = 3 * groups
    async with site(1, flapping + 1) as here:
        here.calm()
        here.config["storm"]["incidents"] = STORM
        here.workspace.faults.add(Fault(FaultKind.HTTP, times=10_000_000, status=503))
        await here.start("one")
        url = f"http://127.0.0.1:{here.ports['one']}"
        async with loopback_client(base_url=url, timeout=60) as http:
            begun = time.monotonic()
            unrest = asyncio.create_task(flaps(http, here, flapping))
            took = await storm(http, here, groups)
            await asyncio.sleep(max(0.0, down - (time.monotonic() - begun)))
            assert here.messages() == {}
            here.workspace.faults.clear()
            unrest.cancel()

            async def all_summed_up() -> bool:
                return summed_up(here) == groups + 2

            async def all_over() -> bool:
                told = len(here.messages()) > STORM  # the worst and the summary, though all be over by then
                return told and not (await is_open(here) or await waiting(http) or standing(here))

            await until(all_summed_up)
            took += await storm(http, here, groups, ended=True)
            await post(http, here.alerts.notification(flapping, ended=True))
            await until(all_over)
            resident = most_resident_mb(here.replicas["one"].pid)
            lasted = time.monotonic() - begun
            asked = sum(1 for path, _ in here.prometheus.requests if "query" in path)
        print(f"{resident:.0f} MB, {asked} queries, slowest {max(took):.2f} s")  # noqa: T201 - shown where it fails
    assert resident <= MOST_MB
    assert max(took) <= FAST
    assert asked <= A_SECOND * lasted + EACH * len(here.messages())
    assert set(here.messages().values()) == {1}
