"""The stand-in keeps PagerDuty's documented rules: what it takes, what it refuses, whom it wakes."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from responder.testing.loopback import serving
from responder.testing.pagerduty import EMAIL, ROUTING_KEY, TOKEN, Account
from responder.testing.pagerduty.webhooks import signature_of

HEADERS = {
    "authorization": f"Token token={TOKEN}",
    "accept": "application/vnd.pagerduty+json;version=2",
    "from": EMAIL,
}


def event(action: str = "trigger", key: str = "k", **changed: Any) -> dict[str, Any]:
    payload = {"summary": "it burns", "source": "test", "severity": "critical"}
    return {
        "routing_key": ROUTING_KEY,
        "event_action": action,
        "dedup_key": key,
        "payload": payload,
        **changed,
    }


async def sent(web: httpx.AsyncClient, *events: dict[str, Any]) -> None:
    for one in events:
        answer = await web.post("/v2/enqueue", json=one)
        assert answer.status_code == 202, answer.text


class TestEvents:
    async def test_a_second_trigger_on_an_open_alert_wakes_nobody(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        await sent(web, event(), event())
        [incident] = account.incidents
        assert (len(incident.alerts), incident.alerts[0].triggers) == (1, 2)

    async def test_a_trigger_after_the_end_opens_a_new_incident(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        await sent(web, event(), event("resolve"), event())
        assert [incident.status for incident in account.incidents] == ["resolved", "triggered"]

    async def test_two_integrations_of_a_service_do_not_share_keys(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        await sent(web, event(), event(routing_key=ROUTING_KEY[::-1]))
        assert len(account.incidents) == 2

    async def test_keys_are_compared_letter_by_letter(self, web: httpx.AsyncClient, account: Account) -> None:
        await sent(web, event(key="a"), event(key="A"))
        assert len(account.incidents) == 2

    async def test_an_end_without_a_beginning_is_accepted_and_does_nothing(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        await sent(web, event("resolve"), event("acknowledge"))
        assert account.incidents == []

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"routing_key": "short"}, "Invalid routing key"),
            ({"event_action": "shout"}, "event_action"),
            ({"dedup_key": "k" * 256}, "dedup_key"),
            ({"payload": None}, "'payload' is missing"),
            ({"payload": {"summary": "x", "source": "y"}}, "payload.severity"),
            ({"payload": {"summary": "x", "source": "y", "severity": "fatal"}}, "payload.severity"),
            ({"payload": {"summary": "x" * 1025, "source": "y", "severity": "info"}}, "1024"),
            ({"event_action": "resolve", "dedup_key": ""}, "dedup_key"),
            ({"links": [{"text": "nowhere"}]}, "href"),
        ],
    )
    async def test_what_is_invalid_gets_400_with_the_errors(
        self, web: httpx.AsyncClient, account: Account, wrong: dict[str, Any], said: str
    ) -> None:
        answer = await web.post("/v2/enqueue", json=event() | wrong)
        assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
        assert said in " ".join(answer.json()["errors"])
        assert account.incidents == []

    async def test_what_is_too_large_is_refused(self, web: httpx.AsyncClient) -> None:
        assert (await web.post("/v2/enqueue", content=b"x" * 512_001)).status_code == 413


class TestTheRestApi:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"authorization": "Bearer " + TOKEN}, 401),
            ({"from": "nobody@example.org"}, 400),
            ({"accept": "application/json"}, 400),
        ],
    )
    async def test_needs_token_version_and_a_user(
        self, web: httpx.AsyncClient, account: Account, headers: dict[str, str], status: int
    ) -> None:
        await sent(web, event())
        path = f"/incidents/{account.incidents[0].id}/notes"
        answer = await web.post(path, json={"note": {"content": "x"}}, headers=HEADERS | headers)
        assert (answer.status_code, account.incidents[0].notes) == (status, [])

    @pytest.mark.parametrize(
        "body", [{}, {"note": "x"}, {"note": {"content": " "}}, {"note": {"content": 7}}]
    )
    async def test_refuses_empty_notes(
        self, web: httpx.AsyncClient, account: Account, body: dict[str, Any]
    ) -> None:
        await sent(web, event())
        answer = await web.post(f"/incidents/{account.incidents[0].id}/notes", json=body, headers=HEADERS)
        assert answer.status_code == 400

    async def test_acknowledging_what_is_over_is_refused(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        await sent(web, event(), event("resolve"))
        body = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
        answer = await web.put(f"/incidents/{account.incidents[0].id}", json=body, headers=HEADERS)
        assert (answer.status_code, answer.json()["error"]["errors"]) == (400, ["Incident Already Resolved"])

    async def test_an_alert_of_a_group_is_found_by_its_key(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        account.grouping = True
        await sent(web, event(key="a"), event(key="b"))
        [incident] = account.incidents
        answer = await web.get(f"/incidents/{incident.id}/alerts", params={"alert_key": "b"}, headers=HEADERS)
        assert [alert["alert_key"] for alert in answer.json()["alerts"]] == ["b"]
        answer = await web.get("/incidents", params={"incident_key": "b"}, headers=HEADERS)
        assert answer.json()["incidents"] == []


class TestWebhooks:
    async def test_tell_what_happened_with_a_signature_for_each_secret(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        heard: list[tuple[str, bytes]] = []
        came = asyncio.Event()

        async def listener(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                headers = dict(scope["headers"])
                heard.append((headers[b"x-pagerduty-signature"].decode(), (await receive())["body"]))
                await send({"type": "http.response.start", "status": 202, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                came.set()

        async with serving(listener) as url:
            account.webhook_url, account.secrets = url, ("old", "new")
            await sent(web, event())
            async with asyncio.timeout(5):
                await came.wait()
        [(signature, body)] = heard
        assert signature == signature_of(("old", "new"), body)
        told = json.loads(body)["event"]
        assert (told["event_type"], told["data"]["incident_key"]) == ("incident.triggered", "k")
        assert account.sent[0].outcome == "202"

    async def test_that_reach_nobody_are_seen_to_have_failed(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        account.webhook_url = "http://127.0.0.1:1"
        await web.post("/_stand-in/ping")
        assert [(one.event, one.outcome) for one in account.sent] == [("pagey.ping", "not reached")]


class TestThePage:
    async def test_shows_incidents_with_notes_and_lets_people_act(
        self, web: httpx.AsyncClient, account: Account
    ) -> None:
        await sent(web, event(payload={"summary": "<b>it</b> burns", "source": "x", "severity": "info"}))
        incident = account.incidents[0]
        account.note(incident, account.users[2], "see https://x.example/1 <script>")
        page = (await web.get("/")).text
        assert "&lt;b&gt;it&lt;/b&gt; burns" in page
        assert '<a href="https://x.example/1"' in page
        assert "<script>" not in page.replace("<script src", "")
        form = {"by": account.users[1].id}
        answer = await web.post(f"/_stand-in/incidents/{incident.id}/acknowledge", data=form)
        assert answer.status_code == 303
        assert "Ben Ito has it" in (await web.get("/")).text

    async def test_pressing_what_is_over_says_so(self, web: httpx.AsyncClient, account: Account) -> None:
        await sent(web, event(), event("resolve"))
        answer = await web.post(f"/_stand-in/incidents/{account.incidents[0].id}/resolve", data={})
        assert (answer.status_code, answer.json()) == (400, {"detail": "Incident Already Resolved"})
