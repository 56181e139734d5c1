"""Odd input on its whole way, on both databases: kept, explained, and shown without harm."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from responder.app import configured, web_app
from responder.clients.http import Http
from responder.settings import Settings
from responder.storage.database import Database
from responder.testing.away import held
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving, until_ready

PATH: Final = "/webhooks/alertmanager"
MEAN: Final = "\"'\\\n\r\t{}[]()$^.*+?|`<!channel><@U1>&amp;${persona}%0a\u202e\ud83d\0"


@asynccontextmanager
async def served(database_url: str, **server: Any) -> AsyncIterator[httpx.AsyncClient]:
    nowhere = {"url": f"http://127.0.0.1:{free_port()}"}
    settings = Settings.model_validate(
        {
            "server": server,
            "database": {"url": database_url},
            "alertmanager": nowhere,
            "prometheus": nowhere,
        }
    )
    async with (
        Http() as http,
        serving(web_app(configured(lambda: settings), http, [])) as url,
        loopback_client(base_url=url, timeout=30) as client,
    ):
        await until_ready(client)
        yield client


def payload(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "4", "receiver": "responder", "groupKey": "g", "alerts": list(alerts)} | more


def firing(name: str, start: str = "2026-03-02T12:00:00Z", **labels: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": name, "severity": "critical", **labels},
        "startsAt": start,
    }


def over(alert: dict[str, Any]) -> dict[str, Any]:
    return alert | {"status": "resolved", "endsAt": "2026-03-02T12:01:00Z"}


SCRIPT: Final = "javascript:alert(1)"
ODD: Final = [
    payload(firing("TokenBudgetExceeded", persona=MEAN)),
    payload(firing("TokenBudgetExceeded", persona=MEAN * 3_000), groupKey="long"),
    payload(firing(MEAN * 3_000)),                                # as a name
    payload(firing("Receiver"), receiver=MEAN * 3_000),
    payload(firing("Group"), groupKey=MEAN * 3_000),
    payload(firing("NoGroup"), groupKey=""),
    payload(firing("Labels", **{f"label_{number}": MEAN for number in range(1_000)})),
    payload(firing("LabelName") | {"labels": {"alertname": "LabelName", MEAN: MEAN}}),
    payload(firing("Notes") | {"annotations": {"summary": MEAN * 3_000, "runbook_url": SCRIPT}}),
    payload(firing("Sources") | {"generatorURL": SCRIPT}, externalURL=SCRIPT),
    payload(firing("Early", "0001-01-01T00:00:00+14:00")),        # before there is a year to keep it in
    payload(firing("Late", "9999-12-31T23:59:59.999999999-14:00")),
    payload(firing("Nanoseconds", "2026-03-02T12:00:00.123456789+05:45")),
    payload(over(firing("Twice")), firing("Twice"), firing("Twice", persona="b")),
    payload(firing("Truncated"), truncatedAlerts=2**31 - 1),
    payload({"status": "firing", "labels": {}, "startsAt": "2026-03-02T12:00:00Z"}),
    payload(firing("New") | {"more": [{}]}, notification_reason=1, routeLabels={"a": None}, groupLabels=5),
]  # fmt: skip


async def test_what_is_odd_is_kept_and_shown(database_url: str) -> None:
    async with served(database_url) as client:
        for body in ODD:
            answer = await client.post(PATH, content=json.dumps(body))
            assert answer.status_code == 202, (body["alerts"][0]["labels"].get("alertname"), answer.text)
            (incident,) = answer.json()["incidents"]
            found = await client.get(f"/api/v1/incidents/{incident}")
            assert found.status_code == 200
            page = await client.get(f"/incidents/{incident}")
            assert page.status_code == 200
            assert 'href="javascript' not in page.text
            assert (await client.post(PATH, content=json.dumps(body))).json()["incidents"] == [incident]
        listed = (await client.get("/api/v1/incidents", params={"limit": 200})).json()
        assert len(listed["incidents"]) == len(ODD)
        assert (await client.get("/")).status_code == 200


async def test_one_fingerprint_for_several_alerts_is_kept_as_well(database_url: str) -> None:
    async with served(database_url) as client:
        names = ("A", "B", "B")
        same = [firing(name, place=str(at)) | {"fingerprint": "aa"} for at, name in enumerate(names)]
        for body in (payload(*same), payload(*same), payload(*same, groupKey="another")):
            answer = await client.post(PATH, content=json.dumps(body))
            assert answer.status_code == 202, answer.text
            assert len(set(answer.json()["incidents"])) == 2
        found = [await client.get(f"/api/v1/incidents/{one}") for one in answer.json()["incidents"]]
        held = [[alert["labels"]["alertname"] for alert in one.json()["alerts"]] for one in found]
        assert sorted(held) == [["A"], ["B", "B"]]


TEN_MB: Final = 10_000_000
MANY_SMALL: Final = [firing("Large", persona=f"p{number}", x="x" * 2_000) for number in range(5_000)]
ONE_LARGE: Final = [firing("Large") | {"annotations": {"description": "x" * TEN_MB}}]


@pytest.mark.parametrize("alerts", [MANY_SMALL, ONE_LARGE], ids=["many alerts", "one long text"])
async def test_a_body_of_ten_megabytes_is_kept(database_url: str, alerts: list[dict[str, Any]]) -> None:
    """With the limit that the product comes with; the whole of it is there afterwards."""
    async with served(database_url) as client:
        body = json.dumps(payload(*alerts)).encode()
        assert len(body) >= TEN_MB
        answer = await client.post(PATH, content=body)
        assert answer.status_code == 202, answer.text
        (incident,) = answer.json()["incidents"]
        held = (await client.get(f"/api/v1/incidents/{incident}")).json()["alerts"]
        assert len(held) == len(alerts)
        texts = [json.dumps([one["labels"], one["annotations"]]) for one in held]
        assert sum(map(len, texts)) >= TEN_MB


@pytest.mark.parametrize("receiver", [MEAN, "nul \0", "half \ud83d"])
async def test_the_sender_of_what_is_too_large_may_have_an_odd_name(database_url: str, receiver: str) -> None:
    async with served(database_url, max_body=20_000) as client:
        body = {"receiver": receiver} | payload(firing("A", more="x" * 30_000), receiver=receiver)
        answer = await client.post(PATH, content=json.dumps(body))
        assert answer.status_code == 413


@pytest.mark.parametrize("identity", ["%00", "%ed%a0%80", "%F0%9F%94%A5", "a" * 5_000])
async def test_no_path_breaks_a_question(database_url: str, identity: str) -> None:
    async with served(database_url) as client:
        for path in (
            f"/incidents/{identity}",
            f"/api/v1/incidents/{identity}",
            f"/api/v1/round-trips/{identity}",
        ):
            assert (await client.get(path)).status_code == 404


async def test_while_the_database_is_locked_it_is_to_be_sent_again(database_url: str) -> None:
    """Somebody else holds the lock: 503 and a metric; later the same is kept."""
    async with served(database_url) as client:
        body, other = json.dumps(payload(firing("A"))), Database(database_url)
        with held(other):
            refused = await client.post(PATH, content=body)
            metrics = (await client.get("/metrics")).text
        other.close()
        assert (refused.status_code, refused.json()["reason"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert 'responder_notifications_total{outcome="busy"}' in metrics
        assert (await client.get("/api/v1/incidents")).json()["incidents"] == []
        assert (await client.post(PATH, content=body)).status_code == 202


async def test_incidents_of_one_moment_are_paged_through_once_each(database_url: str) -> None:
    """One notification opens many at the very same time."""
    async with served(database_url) as client:
        body = payload(*(firing(f"A{number}") for number in range(25)))
        opened = (await client.post(PATH, content=json.dumps(body))).json()["incidents"]
        seen: list[str] = []
        cursor = None
        while True:
            more: dict[str, str] = {"cursor": cursor} if cursor else {}
            page = (await client.get("/api/v1/incidents", params={"limit": 7, **more})).json()
            seen += [one["id"] for one in page["incidents"]]
            if (cursor := page["cursor"]) is None:
                break
        assert sorted(seen) == sorted(opened)
        assert len({one["opened_at"] for one in page["incidents"]}) == 1
