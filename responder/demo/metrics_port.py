"""The reference Hypertool's metrics port: usually metrics, sometimes a stranger's page, a hang or nothing."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from responder.demo.reference import Port, ReferenceHypertool
from responder.hypertool import metrics_app
from responder.testing.loopback import LOOPBACK, serving

STRANGERS_PAGE: Final = (
    "<!doctype html><title>Build cache</title><h1>Build cache</h1><p>412 objects, 3.1 GB</p>\n"
)

PROMETHEUS: Final = b"Prometheus/"

log = logging.getLogger("hypertool")


class MetricsPort:
    """What answers where Prometheus asks.

    Args:
        hypertool: whose metrics, and who says what answers.
        catch_up: called before the metrics are read.
    """

    def __init__(self, hypertool: ReferenceHypertool, catch_up: Callable[[], None]) -> None:
        self._hypertool = hypertool
        self._catch_up = catch_up
        self._metrics = metrics_app(hypertool.registry)
        self._turned = asyncio.Event()
        hypertool.port_changed = self._wake

    async def export(self, number: int, host: str = LOOPBACK) -> None:
        """Answer on this port for as long as this runs. Raises OSError if the port is taken."""
        while True:
            await self._until(lambda port: port is not Port.CLOSED)
            async with serving(self, port=number, host=host):
                log.info("metrics on port %d", number)
                await self._until(lambda port: port is Port.CLOSED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one client, as an ASGI application."""
        if scope["type"] != "http":
            return
        scrape = _is_scrape(scope)
        await self._until(lambda port: port is not Port.HANGS and not (port is Port.WALLED and scrape))
        if self._hypertool.port is Port.STRANGER:
            await HTMLResponse(STRANGERS_PAGE)(scope, receive, send)
            return
        self._catch_up()
        await self._metrics(scope, receive, send)

    async def _until(self, wanted: Callable[[Port], bool]) -> None:
        while not wanted(self._hypertool.port):
            await self._turned.wait()

    def _wake(self) -> None:
        self._turned.set()
        self._turned = asyncio.Event()


def _is_scrape(scope: Scope) -> bool:
    """Whether Prometheus asks. All of the demo is on one host, so its requests are told by what they say."""
    return any(name == b"user-agent" and value.startswith(PROMETHEUS) for name, value in scope["headers"])


class ProcessMetrics(Collector):
    """The client library's `process_…`, but started when the history began, if there is one.

    Args:
        started: seconds since 1970.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self._process = ProcessCollector(registry=None)

    def collect(self) -> Iterator[Metric]:
        for family in self._process.collect():
            if family.name != "process_start_time_seconds":
                yield family
        yield GaugeMetricFamily(
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            self._started,
        )
