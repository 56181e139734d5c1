"""A stand-in for PagerDuty on a real port of this machine, and our clients that speak with it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from responder.clients.http import Http
from responder.clients.pagerduty import PagerDutyApi, PagerDutyEvents
from responder.testing.clock import ManualClock
from responder.testing.loopback import loopback_client, serving
from responder.testing.pagerduty import EMAIL, ROUTING_KEY, TOKEN, Account, create_app


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def account(clock: ManualClock) -> Account:
    return Account(routing_keys=(ROUTING_KEY, ROUTING_KEY[::-1]), clock=clock)


@pytest.fixture
async def base(account: Account) -> AsyncIterator[str]:
    """Where the stand-in answers; whatever hangs is released before it is stopped."""
    async with serving(create_app(account)) as url:
        yield url
        account.faults.clear()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


@pytest.fixture
def events(base: str, http: Http) -> PagerDutyEvents:
    return PagerDutyEvents(http, base, ROUTING_KEY)


@pytest.fixture
def api(base: str, http: Http) -> PagerDutyApi:
    return PagerDutyApi(http, base, TOKEN, EMAIL)


@pytest.fixture
async def web(base: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the stand-in without any client of ours."""
    async with loopback_client(base_url=base) as web:
        yield web
