"""What can be asked of an incident by the API: by whom, for how long, and what is answered."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from responder.domain.access import May
from responder.engine.asking import Asking
from responder.engine.desk import Desk
from responder.engine.take_in import take_in
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of
from responder.web import asks
from responder.web.access import Access, Token
from responder.web.problem import speak_problems

TOKENS = (Token("ro", "reads", May.READ), Token("ada", "approves", May.APPROVE))
ADA = {"Authorization": "Bearer approves"}
TOO_LONG = {"minutes": 7 * 24 * 60 + 1}


@pytest.fixture
async def client(kept: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The routes, with one open incident."""
    desk = Desk(kept, Orders(), ManualClock(), ("slack",))
    with desk.work() as work:
        one = take_in(desk, work, "n", notification_of(alert_of())).incidents[0]
    app = FastAPI()
    speak_problems(app)
    app.include_router(asks.router(Asking(desk, mutes=True), Access(TOKENS)))
    transport = httpx.ASGITransport(app=app)
    base = f"http://here/api/v1/incidents/{one}"
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=ADA) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"minutes": 60, "reason": "a load test"}, 202),
        ({"duration": "1h30m"}, 202),
        ({"duration": "7d"}, 202),
        ({"minutes": 1}, 202),
        ({"minutes": 0.5}, 422),
        ({"minutes": -1}, 422),
        (TOO_LONG, 422),
        ({"minutes": 1e300}, 422),
        ({"duration": f"{10**20}y"}, 422),
        ({"duration": "soon"}, 422),
        ({"duration": "2h", "minutes": 5}, 422),  # which of them?
        ({}, 422),
        ({"minutes": 5, "reason": "x" * 501}, 422),
        ({"minutes": 5, "who": "bob"}, 422),  # nobody's name is in the body
    ],
)
async def test_a_silence_says_for_how_long(client: httpx.AsyncClient, body: Any, status: int) -> None:
    answer = await client.post("/silence", json=body)
    assert answer.status_code == status, answer.text
    if status == 202:
        silence = answer.json()["silence"]
        assert (silence["by"], silence["state"], silence["silences"]) == ("ada", "ordered", [])
    else:
        assert answer.json()["reason"] == "wrong_shape"


async def test_a_silence_can_be_ended_before_its_time(client: httpx.AsyncClient) -> None:
    none = await client.delete("/silence")
    assert (none.status_code, none.json()["reason"]) == (409, "too_late")
    await client.post("/silence", json={"minutes": 5})
    ending = await client.delete("/silence")
    assert ending.status_code == 202
    assert (ending.json()["silence"]["state"], ending.json()["silence"]["ended_by"]) == ("ending", "ada")
    assert (await client.delete("/silence", headers={"Authorization": "Bearer reads"})).status_code == 403


async def test_what_changes_nothing_is_a_problem_that_says_who_was_first(client: httpx.AsyncClient) -> None:
    await client.post("/false-alarm", json={"reason": "a test"})
    second = await client.post("/false-alarm", json={"reason": "no idea"})
    assert (second.status_code, second.json()["reason"]) == (409, "too_late")
    assert second.json()["detail"].endswith("ada called it a false alarm already")
    said = second.json()["incident"]["false_alarm"]
    assert (said["by"], said["reason"], said["at"]) == ("ada", "a test", "2026-03-02T12:00:00Z")


@pytest.mark.parametrize("what", ["investigate", "take", "silence", "false-alarm"])
async def test_who_may_only_read_may_ask_nothing(client: httpx.AsyncClient, what: str) -> None:
    reader = {"Authorization": "Bearer reads"}
    assert (await client.post(f"/{what}", headers=reader)).status_code == 403
    gone = await client.post(f"http://here/api/v1/incidents/22222222/{what}", json=_body(what))
    assert (gone.status_code, gone.json()["reason"]) == (404, "no_such_incident")


async def test_a_false_alarm_has_a_reason(client: httpx.AsyncClient) -> None:
    assert (await client.post("/false-alarm", json={"reason": ""})).status_code == 422


def _body(what: str) -> dict[str, Any]:
    bodies: dict[str, dict[str, Any]] = {"silence": {"minutes": 5}, "false-alarm": {"reason": "a test"}}
    return bodies.get(what, {})
