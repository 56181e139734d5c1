"""A storm while Slack is down: intake stays fast, memory and questions are bounded, and everything drains.

How fast intake is, is compared with what comes alone, on the same machine, just before the storm.
"""

import asyncio
import math
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from responder.diagnose.ask import VALUES
from responder.domain.storm import TOLD_SINGLY
from responder.engine.storms.course import ON_THEIR_WAY
from responder.resources import resource_dir
from responder.testing.loopback import loopback_client
from responder.testing.slack.faults import Fault, FaultKind

PATIENCE: Final = 600.0
LOOK: Final = 1.0
FLAPS: Final = 2.0
"""Seconds between an alert's end and its return."""
CONNECTIONS: Final = 16
SENT: Final = 3
"""So often at most."""
ORDINARY: Final = 10
"""Notifications that come alone, before the storm."""
SLOWER: Final = 10
"""So many times what comes in a storm may take what it takes when it comes alone."""
STANDS_STILL: Final = 5.0
"""Seconds that the machine may do something else meanwhile."""
GROUPS: Final = 50
"""Of those that hold many alerts."""
MOST_MB: Final = 300
HEARD_OF_FLAPPING: Final = 6
"""Replies: twice that it ended and that it came back, once more that it ended, and that it flaps."""
OF_THE_MEASURE: Final = 4
"""Queries about one incident: how it is now, and how the worst three were."""
INVESTIGATED: Final = 2
"""Times at most: once more where the first time failed, or more had come meanwhile."""
COUNTED: Final = re.compile(r"\] (\d+) incidents")
STORM: Final = 20


async def post(http: httpx.AsyncClient, body: Any) -> list[str]:
    """The incidents of what was accepted; sent again, as by Alertmanager, where the connection was closed."""
    for _ in range(SENT):
        with suppress(httpx.TransportError):
            answer = await http.post("/webhooks/alertmanager", json=body)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            return list(answer.json()["incidents"])
    raise AssertionError("it took no notification")


async def post_all(
    http: httpx.AsyncClient, bodies: Iterable[Any], connections: int = CONNECTIONS
) -> list[float]:
    """Over several connections; the moments at which they were accepted, from the first on, in seconds."""
    left, begun, accepted = iter(bodies), time.monotonic(), []

    async def posts() -> None:
        for body in left:
            await post(http, body)
            accepted.append(time.monotonic() - begun)

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(posts())
    return accepted


@dataclass
class Storm:
    """What comes: groups of one alert, as many alerts in a few groups, and twice as many in one notification.

    Everybody in it is numbered: first those, then one that flaps, then those that come before.
    """

    site: Any
    size: int

    @property
    def flapping(self) -> int:
        return 4 * self.size

    @property
    def groups(self) -> int:
        return min(GROUPS, self.size // 5)

    @property
    def incidents(self) -> int:
        """All of it, with what flaps and what came before."""
        return self.size + self.groups + 1 + 1 + ORDINARY

    async def ordinary(self, http: httpx.AsyncClient, *, ended: bool = False) -> float:
        """Seconds that one takes which comes alone."""
        numbers = range(self.flapping + 1, self.flapping + 1 + ORDINARY)
        bodies = [self.site.alerts.notification(number, ended=ended) for number in numbers]
        return (await post_all(http, bodies, 1))[-1] / ORDINARY

    async def comes(self, http: httpx.AsyncClient, alone: float, *, ended: bool = False) -> None:
        """All of it is taken in as fast as when it came alone, about; or its end is."""
        singles = [self.site.alerts.notification(number, ended=ended) for number in range(self.size)]
        accepted = await post_all(http, singles)
        late = len(singles) // 5
        assert accepted[-1] <= STANDS_STILL + SLOWER * alone * len(singles)
        assert accepted[-1] - accepted[-late] <= STANDS_STILL + SLOWER * alone * late, "it grew slower"
        firsts = range(self.size, self.size + self.groups * self._each, self._each)
        grouped = [self._of(range(first, first + self._each), ended=ended) for first in firsts]
        assert (await post_all(http, grouped))[-1] <= STANDS_STILL + SLOWER * alone * self.size / 5
        large = self._of(range(2 * self.size, 4 * self.size), ended=ended)
        assert (await post_all(http, [large], 1))[-1] <= STANDS_STILL + SLOWER * alone * 2 * self.size / 5

    def holder(self, number: int) -> int:
        """The first of those who are in the same group as this one."""
        if self.size <= number < 2 * self.size:
            return number - (number - self.size) % self._each
        return 2 * self.size if 2 * self.size <= number < self.flapping else number

    def portions(self, holder: int) -> int:
        """How many queries ask one question about all of a group."""
        return math.ceil(2 * self.size / VALUES) if holder == 2 * self.size else 1

    @property
    def _each(self) -> int:
        return self.size // self.groups

    def _of(self, numbers: range, *, ended: bool) -> dict[str, Any]:
        """One notification of all these."""
        several = [self.site.alerts.notification(number, ended=ended) for number in numbers]
        alerts = [alert for one in several for alert in one["alerts"]]
        return {**several[0], "groupKey": f"{{}}:from-{numbers[0]}", "alerts": alerts}


@dataclass
class Flapping:
    """One that ends and comes back all the time."""

    times: int = 0
    incidents: set[str] = field(default_factory=set)

    async def flap(self, http: httpx.AsyncClient, site: Any, number: int) -> None:
        while True:
            self.incidents |= set(await post(http, site.alerts.notification(number)))
            await asyncio.sleep(FLAPS / 2)
            self.incidents |= set(await post(http, site.alerts.notification(number, ended=True)))
            await asyncio.sleep(FLAPS / 2)
            self.times += 1


def people_asked_about(site: Any) -> list[int]:
    """Of each question to Prometheus the first person whom it is about."""
    found = (re.search(r'persona=~"persona-(\d+)', query) for query in site.prometheus.queries)
    return [int(one[1]) for one in found if one]


def asked_about(site: Any, storm: Storm) -> Counter[int]:
    """How many queries there were about each incident, which the first in its group stands for."""
    return Counter(map(storm.holder, people_asked_about(site)))


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


CASES: Final = [
    pytest.param("sqlite", 50, 6, id="sqlite-short"),
    *(
        pytest.param(database, size, down, id=f"{database}-{name}", marks=marks)
        for database, marks in (
            ("sqlite", [pytest.mark.soak]),
            ("postgres", [pytest.mark.soak, pytest.mark.postgres]),
        )
        for size, down, name in ((300, 20, "small"), (5_000, 60, "a-minute"), (5_000, 600, "ten-minutes"))
    ),
]


@pytest.mark.parametrize(("database_url", "size", "down"), CASES, indirect=["database_url"])
async def test_a_storm_while_slack_is_down_drains_once_it_is_back(site: Any, size: int, down: float) -> None:
    async with site(1, 4 * size + 1 + ORDINARY) as here:
        here.calm()
        here.config["storm"]["incidents"] = STORM
        here.workspace.faults.add(Fault(FaultKind.HTTP, times=10_000_000, status=503))
        storm, flapping = Storm(here, size), Flapping()
        await here.start("one")
        url = f"http://127.0.0.1:{here.ports['one']}"
        async with loopback_client(base_url=url, timeout=60) as http:
            alone = await storm.ordinary(http)
            begun = time.monotonic()
            unrest = asyncio.create_task(flapping.flap(http, here, storm.flapping))
            await storm.comes(http, alone)
            await asyncio.sleep(max(0.0, down - (time.monotonic() - begun)))
            assert here.messages() == {}
            here.workspace.faults.clear()
            unrest.cancel()
            with suppress(asyncio.CancelledError):
                await unrest

            async def all_summed_up() -> bool:
                return summed_up(here) == storm.incidents

            async def all_over() -> bool:
                told = len(here.messages())  # with the summary
                if told <= max(STORM, len(asked_about(here, storm))):
                    return False
                return not (await is_open(here) or await waiting(http) or standing(here))

            await until(all_summed_up)
            await storm.comes(http, alone, ended=True)
            await storm.ordinary(http, ended=True)
            await post(http, here.alerts.notification(storm.flapping, ended=True))
            await until(all_over)
            resident = most_resident_mb(here.replicas["one"].pid)
            minutes = (time.monotonic() - begun) / 60
        print(f"{resident:.0f} MB, alone {alone:.3f} s")  # noqa: T201 - shown where it fails
    assert resident <= MOST_MB
    assert set(Counter(key for key, _ in here.posts()).values()) == {1}
    assert_flapped_as_one(here, flapping)
    assert_asked_little(here, storm, flapping, minutes)


def assert_flapped_as_one(site: Any, flapping: Flapping) -> None:
    """It came back again and again, and is one incident, with a few words about it.

    It may be in the summary alone, where it is none of the worst while it fires.
    """
    assert flapping.times
    (incident,) = flapping.incidents
    said = [key for key, _ in site.posts() if key.startswith(f"{incident}/")]
    assert len([key for key in said if "/message/" in key]) <= 1
    assert len([key for key in said if "/reply/" in key]) <= HEARD_OF_FLAPPING


def assert_asked_little(site: Any, storm: Storm, flapping: Flapping, minutes: float) -> None:
    """What the playbook asks, and the measure each minute, of those that people are told of.

    Who waits while Slack tells nothing is let go all the same after a minute, a few at a time.
    """
    asked = asked_about(site, storm)
    assert asked, "nothing was asked"
    assert len(asked) <= STORM + TOLD_SINGLY + ON_THEIR_WAY * (1 + minutes)
    flapped = asked.pop(storm.flapping, 0)
    written = (resource_dir("playbooks") / "token-budget-exceeded.yaml").read_text(encoding="utf-8")
    once = written.count("query:") + OF_THE_MEASURE
    each_minute = OF_THE_MEASURE * (1 + minutes)
    for holder, queries in asked.items():
        assert queries <= storm.portions(holder) * (INVESTIGATED * once + each_minute)
    assert flapped <= once * (2 + flapping.times) + each_minute
