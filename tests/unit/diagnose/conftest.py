"""A stand-in for Prometheus and what asks it."""

from collections.abc import AsyncIterator

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.diagnose.clients import Clients
from responder.testing.prometheus import PrometheusStandIn, prometheus_stand_in


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


@pytest.fixture
async def prometheus() -> AsyncIterator[PrometheusStandIn]:
    async with prometheus_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def clients(http: Http, prometheus: PrometheusStandIn) -> Clients:
    """Prometheus is configured, nothing else."""
    return Clients(prometheus=Prometheus(http, prometheus.url), http=http)
