"""The whole engine in this process, on both databases: what hangs delays no other; the API shows it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions

from responder.domain.access import May
from responder.domain.alert import WATCHDOG, Severity
from responder.domain.incident import IncidentState
from responder.engine import durable, engine
from responder.engine.durable import APPLICATION, VERSION
from responder.engine.engine import Config, Engine, Ports
from responder.engine.orders import tell, tell_queue
from responder.engine.storms.watch import LIMIT
from responder.engine.take_in import Taken
from responder.storage.database import Database
from responder.testing.engine import (
    ScriptedAssessor,
    ScriptedInvestigator,
    ScriptedNotifier,
    alert_of,
    minutes,
    notification_of,
)
from responder.testing.loopback import loopback_client, serving
from responder.web.access import Access, Token
from responder.web.factory import WebConfig, create_app

NEVER = 300.0
"""Seconds until somebody looks into a queue that nobody wakes."""


class Parts:
    """The engine with everything it works with."""

    def __init__(self, url: str) -> None:
        self.investigator = ScriptedInvestigator()
        self.assessor = ScriptedAssessor()
        self.console = ScriptedNotifier("console")
        self.slack = ScriptedNotifier("slack")
        ports = Ports(
            investigator=self.investigator, assessor=self.assessor, notifiers=[self.console, self.slack]
        )
        self.engine = Engine(Database(url), ports, Config())

    async def take(self, name: str = "A", severity: str = "warning") -> Taken:
        fires = alert_of(name.encode().hex(), name=name, severity=severity)
        return await self.engine.intake.accept(notification_of(fires, group_key=name))


@asynccontextmanager
async def working(database_url: str) -> AsyncIterator[Parts]:
    parts = Parts(database_url)
    await parts.engine.start()
    try:
        yield parts
    finally:
        await parts.engine.stop()


@pytest.fixture
async def parts(database_url: str) -> AsyncIterator[Parts]:
    async with working(database_url) as parts:
        yield parts


async def until(true: Callable[[], object], seconds: float = 15) -> None:
    """Let the engine work until it is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(0.005)


async def test_an_alert_is_told_without_waiting_for_the_next_poll(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two orders one after the other, each handed out as soon as it is committed."""
    monkeypatch.setattr(durable, "POLL", NEVER)
    monkeypatch.setattr(engine, "SWEEP", timedelta(seconds=NEVER))
    async with working(database_url) as parts:
        for number in range(4):
            await parts.take(f"Alert{number}")
            await until(lambda n=number: len(parts.slack.told) == n + 1)  # type: ignore[misc] # bound at once
        assert parts.slack.told[-1].report is not None


async def test_an_incident_lives_from_the_first_message_to_its_ending(parts: Parts) -> None:
    await parts.take()
    await until(lambda: parts.slack.told)
    resolved = notification_of(alert_of("41", name="A", end=minutes(1)), group_key="A", at=minutes(1))
    await parts.engine.intake.accept(resolved)
    await until(lambda: parts.slack.told[-1].incident.ending)
    assert parts.slack.told[-1].incident.state is IncidentState.CLOSED
    assert parts.slack.told[-1].incident.ending_text == "7 then, 1 now"


async def test_a_notifier_that_hangs_delays_no_other(parts: Parts) -> None:
    """Slack answers nothing at all; all that is no storm is investigated and told on the console."""
    parts.slack.hold = asyncio.Event()
    await asyncio.gather(*(parts.take(f"Alert{number}") for number in range(LIMIT)))
    await until(lambda: len({notice.incident.id for notice in parts.console.told}) == LIMIT)
    assert parts.slack.told == []
    parts.slack.hold.set()
    await until(lambda: len({notice.incident.id for notice in parts.slack.told}) == LIMIT)


async def test_an_investigation_that_hangs_does_not_hold_the_message_back(parts: Parts) -> None:
    """After two seconds the message goes out with what is known; when the rest is there it is edited."""
    parts.investigator.hold = asyncio.Event()
    await parts.take()
    await until(lambda: parts.slack.told)
    assert parts.slack.told[0].report is None
    parts.investigator.hold.set()
    await until(lambda: parts.slack.told[-1].report)
    assert len(parts.slack.told) == 2
    assert parts.slack.previous[1] is not None


async def test_news_during_an_investigation_is_investigated_after_it(parts: Parts) -> None:
    parts.investigator.hold = asyncio.Event()
    taken = await parts.take()
    await parts.investigator.begun.wait()
    await parts.engine.intake.accept(notification_of(alert_of("b"), alert_of("c"), group_key="A"))
    parts.investigator.hold.set()
    await until(lambda: parts.slack.told and parts.slack.told[-1].incident.id == taken.incidents[0])
    await until(lambda: [incident.revision for incident in parts.investigator.asked] == [1, 2])


READER, APPROVER = "reads", "approves"


async def test_the_api_shows_what_happened_and_takes_orders(database_url: str) -> None:
    parts = Parts(database_url)
    tokens = (Token("ro", READER, May.READ), Token("ada", APPROVER, May.APPROVE))
    app = create_app(parts.engine, WebConfig(access=Access(tokens)))
    async with serving(app) as url, loopback_client(base_url=f"{url}/api/v1") as client:
        await until(lambda: not parts.engine.waiting_for)
        taken = await parts.take("A", severity="critical")
        one = taken.incidents[0]
        await until(lambda: parts.slack.told)
        reader, approver = ({"Authorization": f"Bearer {token}"} for token in (READER, APPROVER))

        listed = (
            await client.get("/incidents", params={"status": "open", "alert": "A"}, headers=reader)
        ).json()
        assert [(i["id"], i["severity"], i["firing"]) for i in listed["incidents"]] == [(one, "critical", 1)]
        assert (await client.get("/incidents", params={"alert": "B"}, headers=reader)).json()[
            "incidents"
        ] == []

        assert (await client.get("/incidents")).status_code == 401
        assert (await client.get("/incidents/nobody", headers=reader)).status_code == 404
        assert (await client.get("/incidents", params={"cursor": "%%"}, headers=reader)).status_code == 400
        assert (await client.post(f"/incidents/{one}/take", headers=reader)).status_code == 403
        assert (await client.post(f"/incidents/{one}/take", headers=approver)).json()["taken_by"] == "ada"
        assert (await client.post(f"/incidents/{one}/investigate", headers=approver)).status_code == 202
        await until(lambda: len(parts.investigator.asked) == 2)
        await until(lambda: parts.slack.told[-1].report and parts.slack.told[-1].report.revision == 2)

        found = (await client.get(f"/incidents/{one}", headers=reader)).json()
        assert found["report"]["alert_name"] == "A"
        assert {delivery["notifier"] for delivery in found["deliveries"]} == {"console", "slack"}
        happened = [event["kind"] for event in found["timeline"]]
        assert happened == ["opened", "investigated", "taken", "investigation_asked", "investigated"]

        assert (await client.get(f"{url}/-/healthy")).status_code == 200
        assert (await client.get(f"{url}/-/ready")).status_code == 200
        metrics = (await client.get(f"{url}/metrics")).text
        assert 'responder_incidents_open{severity="critical"} 1.0' in metrics


async def test_the_api_shows_whether_the_watchdog_is_heard(database_url: str) -> None:
    parts = Parts(database_url)
    async with (
        serving(create_app(parts.engine, WebConfig())) as url,
        loopback_client(base_url=url) as client,
    ):
        await until(lambda: not parts.engine.waiting_for)
        asked = await client.get("/api/v1/watchdog")
        assert asked.json() == {"expected": False, "heard_at": None, "lost_at": None}
        body = {"version": "4", "receiver": "r", "groupKey": "g", "alerts": [_firing(WATCHDOG)]}
        taken = await client.post("/webhooks/alertmanager", json=body)
        assert (taken.status_code, taken.json()["incidents"]) == (202, [])
        asked = await client.get("/api/v1/watchdog")
        assert (asked.json()["expected"], asked.json()["lost_at"]) == (True, None)
        assert asked.json()["heard_at"]
        assert (await client.get("/-/ready")).status_code == 200


async def test_an_order_that_only_a_newer_version_knows_stops_no_other(parts: Parts) -> None:
    """Two versions share one database for a while."""
    client = DBOSClient(
        system_database_engine=parts.engine.database.engine,
        application_name=APPLICATION,
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
    )
    unknown = EnqueueOptions(
        workflow_name="of the future",
        queue_name=tell_queue("slack"),
        workflow_id="future",
        app_version=VERSION,
        priority=1,
    )
    taken = await parts.take("A")
    with parts.engine.desk.work() as work:
        client.enqueue_in_transaction(work.connection, unknown)
        work.order([tell(taken.incidents[0], "slack", 1, Severity.INFO, attempt=7)])
    await until(lambda: parts.slack.told)
    await parts.take("B")
    await until(lambda: len({notice.incident.id for notice in parts.slack.told}) == 2)


async def test_while_the_database_is_away_it_says_so_and_takes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server runs, isn't ready, asks Alertmanager to send again, and stops in good order."""
    parts = Parts("postgresql://postgres@127.0.0.1:1/nothing")
    async with serving(create_app(parts.engine, WebConfig())) as url, loopback_client() as client:
        ready = await client.get(f"{url}/-/ready")
        assert (ready.status_code, ready.text) == (503, "waiting for the database\n")
        body = {"version": "4", "receiver": "r", "groupKey": "g", "alerts": [_firing()]}
        assert (await client.post(f"{url}/webhooks/alertmanager", json=body)).status_code == 503
        assert (await client.get(f"{url}/-/healthy")).status_code == 200
    assert "Traceback" not in caplog.text


def _firing(name: str = "A") -> dict[str, object]:
    return {"status": "firing", "labels": {"alertname": name}, "startsAt": "2026-03-02T12:00:00Z"}


async def test_the_first_start_makes_all_that_is_not_there(new_database_url: str) -> None:
    async with working(new_database_url) as parts:
        taken = await parts.take()
        await until(lambda: parts.slack.told)
        assert parts.slack.told[0].incident.id == taken.incidents[0]
