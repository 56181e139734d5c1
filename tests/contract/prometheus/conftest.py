"""A stand-in for Prometheus, and our client of it."""

from collections.abc import AsyncIterator

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.testing.prometheus import PrometheusStandIn, prometheus_stand_in


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


@pytest.fixture
async def stand_in() -> AsyncIterator[PrometheusStandIn]:
    async with prometheus_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def client(http: Http, stand_in: PrometheusStandIn) -> Prometheus:
    return Prometheus(http, stand_in.url, token="t0ken")  # noqa: S106 - the stand-in takes any
