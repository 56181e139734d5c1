"""Doctor and composition: which notifier the settings make, and what is to mend."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.diagnose.clients import Clients
from responder.domain.clock import system_clock
from responder.engine import doctor, pager
from responder.engine.doctor import Examined, Verdict
from responder.engine.ports import LossTeller, StormTeller, Tidier
from responder.notify.pagerduty import PageNotes
from responder.notify.pagerduty_events import OwnPages, PageEvents
from responder.notify.pagerduty_watchdog import WatchingPager
from responder.settings import PagerDuty
from responder.storage.database import Database
from responder.testing.loopback import serving
from responder.testing.pagerduty import EMAIL, ROUTING_KEY, TOKEN

TOGETHER = """
route: {receiver: oncall}
receivers: [{name: oncall, webhook_configs: [{url: <secret>}], pagerduty_configs: [{routing_key: <secret>}]}]
"""
APART = """
route: {receiver: us, routes: [{receiver: oncall, continue: true}, {receiver: us}]}
receivers: [{name: us, webhook_configs: [{url: <secret>}]}, {name: oncall, pagerduty_configs: [{url: x}]}]
"""
NOBODY = """
route: {receiver: us}
receivers: [{name: us, webhook_configs: [{url: <secret>}]}]
"""


@pytest.fixture
def configuration() -> dict[str, str]:
    return {"original": TOGETHER}


@pytest.fixture
async def alertmanager(http: Http, configuration: dict[str, str]) -> AsyncIterator[Alertmanager]:
    app = FastAPI()

    @app.get("/api/v2/status")
    async def status() -> dict[str, object]:
        return {"config": configuration, "versionInfo": {"version": "0.25"}}

    async with serving(app) as url:
        yield Alertmanager(http, url)


def settings(base: str, **more: object) -> PagerDuty:
    said = {"routing_key": ROUTING_KEY, "api_url": base, "events_url": base, **more}
    return PagerDuty.model_validate(said)


Ask = Callable[..., Awaitable[Examined]]


@pytest.fixture
def ask(http: Http, base: str, alertmanager: Alertmanager) -> Ask:
    """What the doctor says of these settings."""

    async def call(**more: object) -> Examined:
        configured = settings(base, **more)
        clients = Clients(alertmanager=alertmanager, http=http)
        examine = doctor.pages(clients, configured, pager.api_of(configured, http))
        return await doctor.examined("PagerDuty", "pagerduty", examine)

    return call


async def test_a_token_and_one_receiver_are_fine(ask: Ask) -> None:
    found = await ask(api_token=TOKEN, from_email=EMAIL)
    assert found.verdict is Verdict.FINE
    assert found.said == (
        "notes are from Hypertool Responder; Alertmanager pages by oncall, which send to us as well"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"api_token": "wrong", "from_email": EMAIL}, "unauthorized: 401"),
        ({"api_token": TOKEN, "from_email": "nobody@example.org"}, "no user has the address nobody@"),
    ],
)
async def test_a_wrong_token_and_an_address_of_nobody_are_to_mend(
    ask: Ask, more: dict[str, str], said: str
) -> None:
    found = await ask(**more)
    assert (found.verdict, said in found.said) == (Verdict.MEND, True)


@pytest.mark.parametrize(
    ("original", "said"),
    [
        (APART, "oncall pages by a route of its own, so that its pages have other keys"),
        (NOBODY, "no receiver of it has pagerduty_configs"),
    ],
)
async def test_pages_that_have_other_keys_or_are_not_there_are_to_mend(
    ask: Ask, configuration: dict[str, str], original: str, said: str
) -> None:
    configuration["original"] = original
    found = await ask()
    assert (found.verdict, said in found.said) == (Verdict.MEND, True)


async def test_pages_of_our_own_need_no_receiver_that_pages(ask: Ask, configuration: dict[str, str]) -> None:
    configuration["original"] = NOBODY
    found = await ask(mode="page")
    assert (found.verdict, found.said) == (
        Verdict.FINE,
        "pages by our routing key; no token: no notes",
    )


async def test_without_key_and_token_it_is_not_configured(ask: Ask) -> None:
    found = await ask(routing_key=None)
    assert found.verdict is Verdict.NOT_CONFIGURED


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        ({"routing_key": None}, []),
        ({}, [PageEvents]),
        ({"api_token": TOKEN, "from_email": EMAIL}, [PageNotes]),
        ({"routing_key": None, "api_token": TOKEN, "from_email": EMAIL}, [PageNotes]),
        ({"mode": "page"}, [OwnPages]),
        ({"mode": "page", "api_token": TOKEN, "from_email": EMAIL}, [OwnPages]),
    ],
)
async def test_the_settings_choose_the_notifier(
    http: Http, tmp_path: Path, more: dict[str, object], kinds: list[type]
) -> None:
    database = Database(f"sqlite:///{tmp_path}/responder.db")
    alertmanager = Alertmanager(http, "http://127.0.0.1:1")
    made = pager.pagers(settings("http://127.0.0.1:1", **more), http, database, alertmanager, system_clock)
    assert [type(one.incidents if isinstance(one, WatchingPager) else one) for one in made] == kinds
    can_page = bool(made) and more.get("routing_key", True) is not None
    assert any(isinstance(one, LossTeller) for one in made) is can_page
    assert all(isinstance(one, StormTeller) and isinstance(one, Tidier) for one in made)
    assert all(one.name == "pagerduty" for one in made)
