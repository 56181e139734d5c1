"""A stand-in for Grafana that runs, and our client to it."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.testing.grafana.app import create_app
from responder.testing.grafana.model import GrafanaStandIn, Role
from responder.testing.loopback import serving

SOURCES: Final = {"Prometheus": "prometheus", "Metrics of Europe": "prometheus", "Logs": "loki"}


@pytest.fixture
def stand_in() -> GrafanaStandIn:
    roles = {"admin": Role.ADMIN, "editor": Role.EDITOR, "viewer": Role.VIEWER}
    users = {("ops", "p@ss:word"): Role.ADMIN}
    return GrafanaStandIn(roles, users=users, data_sources=SOURCES)


@pytest_asyncio.fixture
async def url(stand_in: GrafanaStandIn) -> AsyncIterator[str]:
    async with serving(create_app(stand_in)) as address:
        yield address


@pytest_asyncio.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as client:
        yield client


@pytest.fixture
def grafana(http: Http, url: str) -> Grafana:
    """Asked with the token of an editor."""
    return Grafana(http, url, "editor")
