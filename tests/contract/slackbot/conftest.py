"""A workspace on one port and the responder's Slack side on another, which decides in a real database."""

from collections.abc import AsyncIterator

import httpx
import pytest

from responder.engine.desk import Desk
from responder.storage.database import Database
from responder.testing.clicking import Clicking
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders
from responder.testing.loopback import loopback_client
from responder.testing.slack import Workspace


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(kept: Database, clock: ManualClock) -> Desk:
    return Desk(kept, Orders(), clock, ("slack",))


@pytest.fixture
def clicking(desk: Desk, clock: ManualClock) -> Clicking:
    return Clicking(Workspace(["alerts"], clock=clock), desk, clock)


@pytest.fixture
async def web(clicking: Clicking) -> AsyncIterator[httpx.AsyncClient]:
    """The page of the workspace; its buttons work."""
    async with clicking.running() as url, loopback_client(base_url=url) as web:
        yield web
