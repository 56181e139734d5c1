"""What PagerDuty's webhooks are answered, and what of them is heard; nothing odd breaks it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from responder.domain.errors import Busy
from responder.domain.page import PageEvent, PageEventKind
from responder.engine.paging import Heard
from responder.testing.clock import ManualClock
from responder.testing.pagerduty.account import Account, event_of, ping
from responder.testing.pagerduty.model import Incident, Integration
from responder.testing.pagerduty.webhooks import signature_of
from responder.web.pagerduty import PATH, PagerDutyWebhook, router
from responder.web.problem import speak_problems

SECRETS = ("old secret", "new secret")
ANA = "pagerduty:PANA001 (Ana Ruiz)"
BEN = "pagerduty:PBEN002 (Ben Ito)"


class Hears:
    """Remembers what it heard, or is busy."""

    def __init__(self) -> None:
        self.events: list[PageEvent] = []
        self.busy = False

    async def hear(self, event: PageEvent) -> Heard:
        if self.busy:
            raise Busy("the database is locked")
        self.events.append(event)
        return Heard.CHANGED


@pytest.fixture
def hears() -> Hears:
    return Hears()


@pytest.fixture
def secrets() -> list[str]:
    return list(SECRETS)


@pytest.fixture
async def client(hears: Hears, secrets: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    speak_problems(app)
    app.include_router(router(PagerDutyWebhook(hears, lambda: secrets, ManualClock())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture
def page(clock: ManualClock, account: Account) -> Incident:
    return Incident("PABC123", 1, "it burns", "k", clock(), assignees=[account.users[1]])


async def posted(client: httpx.AsyncClient, body: bytes, *secrets: str) -> httpx.Response:
    headers = {"X-PagerDuty-Signature": signature_of(secrets or SECRETS[:1], body)}
    return await client.post(PATH, content=body, headers=headers)


async def sent(client: httpx.AsyncClient, event: dict[str, Any]) -> httpx.Response:
    return await posted(client, json.dumps({"event": event}).encode())


@pytest.mark.parametrize(
    ("kind", "heard", "who"),
    [
        ("incident.acknowledged", PageEventKind.ACKNOWLEDGED, ANA),
        ("incident.reassigned", PageEventKind.ASSIGNED, BEN),  # whoever got it
        ("incident.delegated", PageEventKind.ASSIGNED, BEN),
        ("incident.escalated", PageEventKind.ASSIGNED, BEN),
        ("incident.unacknowledged", PageEventKind.RELEASED, ANA),
        ("incident.resolved", PageEventKind.RESOLVED, ANA),
        ("incident.reopened", PageEventKind.REOPENED, ANA),
    ],
)
async def test_what_people_do_is_heard(  # noqa: PLR0913, PLR0917 - fixtures and the row
    client: httpx.AsyncClient,
    hears: Hears,
    account: Account,
    page: Incident,
    kind: str,
    heard: PageEventKind,
    who: str,
) -> None:
    answer = await sent(client, event_of(kind, page, account.users[0], account.clock()))
    assert (answer.status_code, answer.json()) == (202, {"outcome": "changed"})
    [event] = hears.events
    assert (event.kind, event.who, event.page, event.key) == (heard, who, "PABC123", "k")


@pytest.mark.parametrize("kind", ["incident.triggered", "incident.annotated", "incident.priority_updated"])
async def test_what_does_not_say_who_has_it_is_answered_and_forgotten(
    client: httpx.AsyncClient, hears: Hears, account: Account, page: Incident, kind: str
) -> None:
    answer = await sent(client, event_of(kind, page, account.users[0], account.clock()))
    assert (answer.status_code, answer.json()["outcome"], hears.events) == (202, "ignored", [])


async def test_what_an_integration_did_is_alertmanagers_and_comes_from_there(
    client: httpx.AsyncClient, hears: Hears, account: Account, page: Incident
) -> None:
    event = event_of("incident.resolved", page, Integration("PINT001", "k"), account.clock())
    assert (await sent(client, event)).json() == {"outcome": "ignored"}
    assert hears.events == []


async def test_a_page_that_was_merged_is_not_over(
    client: httpx.AsyncClient, hears: Hears, account: Account, page: Incident
) -> None:
    page.merged_into = Incident("PINTO", 2, "all of it", "k2", account.clock())
    event = event_of("incident.resolved", page, account.users[0], account.clock())
    assert (await sent(client, event)).json() == {"outcome": "ignored"}


async def test_a_ping_is_answered(client: httpx.AsyncClient, account: Account) -> None:
    answer = await sent(client, ping(account.clock()))
    assert (answer.status_code, answer.json()) == (202, {"outcome": "ping"})


class TestTheSignature:
    BODY = json.dumps({"event": {"id": "1", "event_type": "pagey.ping"}}).encode()

    @pytest.mark.parametrize("secret", SECRETS)
    async def test_by_any_secret_counts(self, client: httpx.AsyncClient, secret: str) -> None:
        assert (await posted(client, self.BODY, secret)).status_code == 202

    async def test_of_several_one_is_enough(self, client: httpx.AsyncClient) -> None:
        """While secrets are rotated PagerDuty signs with both, of which we may know one."""
        assert (await posted(client, self.BODY, "not yet known", SECRETS[1])).status_code == 202

    async def test_is_over_the_body_as_it_came(self, client: httpx.AsyncClient) -> None:
        odd = b'  {"event" : {"id":"1", "event_type":"pagey.ping"}}\n'
        assert (await posted(client, odd)).status_code == 202

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            (None, "unsigned"),
            ("", "unsigned"),
            ("v0=" + 64 * "0", "unsigned"),
            ("v1=" + 63 * "0", "unsigned"),
            ("v1=" + 64 * "é", "unsigned"),
            ("v1=" + 64 * "0", "forged"),
            ("v1=" + hmac.new(b"other", BODY, hashlib.sha256).hexdigest(), "forged"),
            (",".join(11 * ["v1=" + 64 * "0"]), "forged"),
        ],
    )
    async def test_that_is_none_gets_401(
        self, client: httpx.AsyncClient, hears: Hears, header: str | None, reason: str
    ) -> None:
        headers = {} if header is None else {b"X-PagerDuty-Signature": header.encode()}
        answer = await client.post(PATH, content=self.BODY, headers=headers)
        assert (answer.status_code, answer.json()["reason"], hears.events) == (401, reason, [])

    async def test_is_refused_where_no_secret_is_set(
        self, client: httpx.AsyncClient, secrets: list[str]
    ) -> None:
        secrets.clear()
        answer = await posted(client, self.BODY)
        assert (answer.status_code, answer.json()["reason"]) == (401, "not_configured")


class TestBadInput:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no json",
            b"[]",
            b"{}",
            b'{"event": null}',
            b'{"event": {"event_type": "incident.resolved"}}',
            b'{"event": {"id": "", "event_type": "incident.resolved"}}',
            b'{"event": {"id": "1", "event_type": 7}}',
            b'{"event": {"id": "1", "event_type": "x", "data": []}}',
            b'{"event": {"id": "1", "event_type": "x", "agent": "ana"}}',
            b'{"event": {"id": "1", "event_type": "x", "occurred_at": "yesterday"}}',
            b'{"event": {"id": "\\ud800", "event_type": "x"}}',
            b"[" * 100_000,
            b"\xff\xfe",
        ],
    )
    async def test_gets_400(self, client: httpx.AsyncClient, hears: Hears, body: bytes) -> None:
        answer = await posted(client, body)
        assert (answer.status_code, hears.events) == (400, [])
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_that_is_too_large_gets_413(self, client: httpx.AsyncClient) -> None:
        assert (await posted(client, b"x" * (1024 * 1024 + 1))).status_code == 413

    async def test_names_are_data(
        self, client: httpx.AsyncClient, hears: Hears, account: Account, page: Incident
    ) -> None:
        event = event_of("incident.acknowledged", page, account.users[0], account.clock())
        event["agent"]["summary"] = "<!channel> (x)\x00" + 10_000 * "y"
        await sent(client, event)
        [heard] = hears.events
        assert heard.who.startswith("pagerduty:PANA001 (<!channel> x\ufffdyyy")
        assert len(heard.who) < 130

    @pytest.mark.parametrize("user", ["", "../x", "P" * 31, "pana"])
    async def test_a_user_with_an_odd_id_is_nobody(
        self, client: httpx.AsyncClient, hears: Hears, account: Account, page: Incident, user: str
    ) -> None:
        event = event_of("incident.acknowledged", page, account.users[0], account.clock())
        event["agent"]["id"] = user
        assert (await sent(client, event)).json() == {"outcome": "ignored"}
        assert hears.events == []

    async def test_what_can_not_be_kept_is_sent_again(
        self, client: httpx.AsyncClient, hears: Hears, account: Account, page: Incident
    ) -> None:
        hears.busy = True
        answer = await sent(client, event_of("incident.resolved", page, account.users[0], account.clock()))
        assert answer.status_code == 503
