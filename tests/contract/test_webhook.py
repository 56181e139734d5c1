"""The webhook's contract with Alertmanager: what is answered to what, and that nothing odd breaks it."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from responder.domain.alert import AlertStatus, Notification
from responder.domain.errors import Busy
from responder.engine.take_in import Taken
from responder.storage.notifications import Outcome
from responder.testing.clock import NOON, ManualClock
from responder.web.payload import read
from responder.web.webhook import PATH, AtTheDoor, Webhook

TOKEN = "s3cr3t"  # noqa: S105 - the test's own
MAX = 20_000


class Keeps:
    """Keeps what it is given, or is busy."""

    def __init__(self) -> None:
        self.accepted: list[Notification] = []
        self.rejected: list[str] = []
        self.heard_of: list[str] = []
        self.busy = False
        self.broken = False

    async def accept(self, notification: Notification) -> Taken:
        if self.broken:
            raise ZeroDivisionError("a secret")
        if self.busy:
            raise Busy("the database is locked")
        self.accepted.append(notification)
        return Taken("n1", Outcome.OPENED, ("abc",))

    async def reject(self, reason: str, message: str, body: bytes) -> None:
        self.rejected.append(reason)

    async def hear_of(self, receiver: str) -> None:
        self.heard_of.append(receiver)


@pytest.fixture
def keeps() -> Keeps:
    return Keeps()


@pytest.fixture
async def client(keeps: Keeps) -> AsyncIterator[httpx.AsyncClient]:
    door = AtTheDoor(FastAPI(), Webhook(keeps, ManualClock(), ["other", TOKEN], MAX))
    transport = httpx.ASGITransport(door)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


def payload(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="A"}',
        "receiver": "responder",
        "alerts": list(alerts or (an_alert(),)),
    } | more


def an_alert(**more: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "A"},
        "startsAt": "2026-03-02T12:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "00000000000000aa",
    } | more


async def test_what_is_kept_is_answered_202(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json=payload())
    assert answer.status_code == 202
    assert answer.json() == {"notification_id": "n1", "incidents": ["abc"]}


async def test_what_can_not_be_kept_is_to_be_sent_again(client: httpx.AsyncClient, keeps: Keeps) -> None:
    """503, never 429: Alertmanager drops what gets a 4xx."""
    keeps.busy = True
    answer = await client.post(PATH, json=payload())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"hello", "not_json"),
        (b'{"version": "4", "receiver": "\xff"}', "not_json"),              # not UTF-8
        (json.dumps(payload()).encode("utf-16"), "not_json"),               # JSON travels as UTF-8
        (b'{"version": "4", "receiver": "\xed\xa0\xbd"}', "not_json"),      # half a character, unescaped
        (b"[" * 9_000, "too_deep"),
        (b'{"a":' * 3_000, "too_deep"),
        (b'{"a":' + b"[" * 600 + b'"\\u0000"' + b"]" * 600 + b"}", "too_deep"),  # with text to be mended
        (b'{"n":' + b"9" * 5_000 + b"}", "not_json"),                       # a number nobody needs
        (b"[1]", "wrong_shape"),
        (b"{}", "wrong_version"),
        (json.dumps(payload(version="3")).encode(), "wrong_version"),
        (json.dumps(payload(version=4)).encode(), "wrong_version"),
        (json.dumps(payload() | {"alerts": []}).encode(), "no_alerts"),
        (json.dumps(payload() | {"alerts": None}).encode(), "no_alerts"),
        (json.dumps(payload() | {"alerts": "x"}).encode(), "wrong_shape"),
        (json.dumps(payload() | {"groupKey": None}).encode(), "wrong_shape"),
        (json.dumps(payload(an_alert(status="pending"))).encode(), "wrong_shape"),
        (json.dumps(payload(an_alert(labels={"a": 1}))).encode(), "wrong_shape"),
        (json.dumps(payload(an_alert(startsAt="yesterday"))).encode(), "wrong_shape"),
        (json.dumps(payload(an_alert(startsAt="2026-03-02T12:00:00"))).encode(), "wrong_shape"),  # no zone
        (json.dumps(payload(truncatedAlerts=-1)).encode(), "wrong_shape"),
        (json.dumps(payload(truncatedAlerts=True)).encode(), "wrong_shape"),
        (json.dumps(payload(truncatedAlerts="1")).encode(), "wrong_shape"),
        (json.dumps(payload(truncatedAlerts=2**63)).encode(), "wrong_shape"),  # no database keeps it
    ],
)  # fmt: skip
async def test_what_can_never_be_understood_is_answered_400_and_kept_among_the_rejected(
    client: httpx.AsyncClient, keeps: Keeps, body: bytes, reason: str
) -> None:
    answer = await client.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reason"] == reason
    assert answer.json()["detail"]
    assert keeps.rejected == [reason]


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"alertmanager:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 202),
        (f"bearer {TOKEN}", 202),       # the scheme's case doesn't matter
        (basic(TOKEN), 202),            # the token as password
        ("", 401),
        ("Bearer", 401),
        ("Bearer s3cr3", 401),
        (basic("wrong"), 401),
        ("Basic %%%", 401),
        (f"Digest {TOKEN}", 401),
    ],
)  # fmt: skip
async def test_only_who_may_send_is_heard(
    client: httpx.AsyncClient, keeps: Keeps, authorization: str, status: int
) -> None:
    answer = await client.post(PATH, json=payload(), headers={"Authorization": authorization})
    assert answer.status_code == status
    assert bool(keeps.accepted) is (status == 202)


async def test_without_a_right_token_nothing_is_kept(client: httpx.AsyncClient, keeps: Keeps) -> None:
    await client.post(PATH, content=b"x", headers={"Authorization": "Bearer wrong"})
    assert keeps.rejected == []


async def test_a_body_over_the_limit_is_refused_and_its_sender_remembered(
    client: httpx.AsyncClient, keeps: Keeps
) -> None:
    """What it held joins by the comparison with Alertmanager, for which the receiver must be known."""
    body = json.dumps({"receiver": 'on "call"', "padding": "x" * MAX} | payload(receiver='on "call"'))
    answer = await client.post(PATH, content=body)
    assert answer.status_code == 413
    assert keeps.heard_of == ['on "call"']


async def test_a_body_without_a_length_is_not_read_for_ever(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX:
            sent += 1000
            yield b"x" * 1000

    assert (await client.post(PATH, content=endless())).status_code == 413
    assert sent < 10 * MAX


def notification(*alerts: dict[str, Any], **more: Any) -> Notification:
    return read(json.dumps(payload(*alerts, **more)).encode(), NOON)


def test_unknown_keys_of_newer_versions_are_ignored() -> None:
    newer = notification(an_alert(extra=1), notification_reason="new alerts added", routeLabels={"a": "b"})
    assert len(newer.alerts) == 1


@pytest.mark.parametrize("written", ["3", "3.0"])
def test_the_number_of_those_left_out_is_read(written: str) -> None:
    body = json.dumps(payload(truncatedAlerts=7)).replace(
        '"truncatedAlerts": 7', f'"truncatedAlerts": {written}'
    )
    assert read(body.encode(), NOON).truncated == 3


def test_an_alert_that_fires_has_no_end() -> None:
    """Go's zero time is written while it fires; a start has milliseconds, as the API says it."""
    [alert] = notification().alerts
    assert alert.ends_at is None
    assert alert.starts_at.microsecond == 123_000


def test_an_end_is_read() -> None:
    [alert] = notification(an_alert(status="resolved", endsAt="2026-03-02T14:00:00+02:00")).alerts
    assert alert.status is AlertStatus.RESOLVED
    assert alert.ends_at == NOON


@pytest.mark.parametrize("labels", [{}, None])
def test_an_alert_without_labels_is_unnamed(labels: Any) -> None:
    [alert] = notification(an_alert(labels=labels)).alerts
    assert alert.name == "(unnamed)"


def test_half_characters_and_nul_are_replaced() -> None:
    """No database could keep them; written as escapes they are valid JSON."""
    body = json.dumps(
        payload(an_alert(labels={"alertname": "A", "x": "half \ud83d nul \0 whole \U0001f525"}))
    )
    [alert] = read(body.encode(), NOON).alerts
    assert alert.labels["x"] == "half \ufffd nul \ufffd whole \U0001f525"


@pytest.mark.parametrize("fingerprint", ["", "../etc", "X" * 100])
def test_a_fingerprint_that_is_none_is_made_from_the_labels(fingerprint: str) -> None:
    [one] = notification(an_alert(fingerprint=fingerprint)).alerts
    [same] = notification(an_alert(fingerprint="", startsAt="2026-03-02T13:00:00Z")).alerts
    assert one.fingerprint == same.fingerprint
    assert len(one.fingerprint) == 16


def test_alerts_of_different_labels_are_different_whatever_their_fingerprints_say() -> None:
    """One that would give all the same would have all but one of them forgotten."""
    first, other, end = an_alert(), an_alert(labels={"alertname": "B"}), an_alert(status="resolved")
    told = notification(first, other, end).alerts
    assert [alert.fingerprint == "00000000000000aa" for alert in told] == [True, False, True]
    assert told == notification(first, other, end).alerts


def test_ten_thousand_alerts_are_read() -> None:
    many = [an_alert(fingerprint=f"{number:016x}") for number in range(10_000)]
    assert len(notification(*many).alerts) == 10_000


async def test_another_method_is_told_which_one_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["status"] == 405


def test_both_ways_of_reading_a_body_agree() -> None:
    """The quick one only reads what the careful one would read alike."""
    plain = json.dumps(payload(an_alert(labels={"alertname": "A", "x": "plain"})))
    odd = plain.replace("plain", "plain\\ud83d")
    [quick], [careful] = (read(body.encode(), NOON).alerts for body in (plain, odd))
    assert replace(careful, labels={**careful.labels, "x": "plain"}) == quick


async def test_what_was_not_foreseen_is_to_be_sent_again(client: httpx.AsyncClient, keeps: Keeps) -> None:
    """And says nothing of what is inside."""
    keeps.broken = True
    answer = await client.post(PATH, json=payload(an_alert()))
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
