"""Our client against a real Alertmanager: what it is told, says and sends are the same alerts."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher, SilenceOrder
from responder.clients.alertmanager_filters import narrowing
from responder.clients.http import Http
from responder.diagnose.alerts import AlertsKind, AlertsSpec
from responder.diagnose.clients import Clients
from responder.diagnose.kind import Question
from responder.domain.alert import Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.domain.errors import Reason, Refused, Unreachable
from responder.engine.source import AlertmanagerSource
from responder.testing.servers import alertmanager

pytestmark = pytest.mark.scenario

CONFIG = """
route: {receiver: responder, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers: [{name: responder, webhook_configs: [{url: "http://WEBHOOK/"}]}]
inhibit_rules:
  - source_matchers: [alertname="TokenBudgetExceeded"]
    target_matchers: [alertname="TokenBudgetDepletionPredicted"]
    equal: [persona]
"""
NASTY = 'quo"te\\back\nline{brace}$ <!channel>'
SOON = 5


def alert(name: str, **labels: str) -> Alert:
    return Alert(
        fingerprint="",
        labels={"alertname": name, "severity": "critical", **labels},
        annotations={"summary": "It is over its budget."},
        status=AlertStatus.FIRING,
        starts_at=system_clock().replace(microsecond=0),
        generator_url="http://127.0.0.1:9090/graph",
    )


Sent = asyncio.Queue[dict[str, Any]]


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


@pytest.fixture
async def sent() -> AsyncIterator[tuple[Sent, str]]:
    """What Alertmanager sends to its webhook, and the webhook's address."""
    queue: Sent = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await queue.put(json.loads(body))

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield queue, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def client(http: Http, sent: tuple[Sent, str], tmp_path: Path) -> AsyncIterator[Alertmanager]:
    config = CONFIG.replace("WEBHOOK", sent[1])
    async with alertmanager(config, folder=tmp_path) as server:
        yield Alertmanager(http, server.url)


async def becomes(client: Alertmanager, matcher: Matcher, status: AlertStatus) -> Alert:
    """The one alert that matches, once it has that status."""
    async with asyncio.timeout(SOON):
        while True:
            found = await client.alerts([matcher], within=SOON)
            if [one.status for one in found] == [status]:
                return found[0]
            await asyncio.sleep(0.05)


async def test_an_alerts_life_as_the_api_and_the_webhook_tell_it(
    client: Alertmanager, sent: tuple[Sent, str]
) -> None:
    """One start of the server for all of it."""
    persona = Matcher("persona", NASTY)
    mine = alert("TokenBudgetExceeded", persona=NASTY)
    await client.post([mine, alert("Other")], within=SOON)

    listed = await becomes(client, persona, AlertStatus.FIRING)
    told = await webhook_alerts(sent[0], "TokenBudgetExceeded")
    assert listed.fingerprint == told[0]["fingerprint"]
    assert listed == replace(mine, fingerprint=listed.fingerprint)

    silence = await client.create_silence(order(persona), within=SOON)
    await becomes(client, persona, AlertStatus.SILENCED)
    assert await client.alerts([persona], silenced=False, within=SOON) == ()
    assert [group.labels for group in await client.groups([persona], within=SOON)] == [
        {"alertname": "TokenBudgetExceeded"}
    ]
    record = await client.silence(silence, within=SOON)
    assert (record.state, record.created_by, record.matchers) == ("active", "ada", (persona,))
    assert record in await client.silences([persona], within=SOON)

    await client.expire_silence(silence, within=SOON)
    await becomes(client, persona, AlertStatus.FIRING)
    assert (await client.silence(silence, within=SOON)).state == "expired"

    await client.post([alert("TokenBudgetDepletionPredicted", persona=NASTY)], within=SOON)
    await becomes(client, Matcher("alertname", "TokenBudgetDepletionPredicted"), AlertStatus.INHIBITED)
    await the_alerts_kind_sees_it(client)

    await client.post([mine.with_status(AlertStatus.RESOLVED, system_clock())], within=SOON)
    async with asyncio.timeout(SOON):
        while await client.alerts([Matcher("alertname", mine.name)], within=SOON):  # noqa: ASYNC110 - polls an API
            await asyncio.sleep(0.05)


async def the_alerts_kind_sees_it(client: Alertmanager) -> None:
    """Of one's own persona and of none; not of another's."""
    kind = AlertsKind.build(Clients(alertmanager=client))
    names = ("TokenBudgetDepletionPredicted", "Other")
    spec = AlertsSpec(id="related", kind="alerts", title="Related", names=names)
    seen: Callable[[str], Question] = lambda persona: Question(  # noqa: E731 - used twice, right here
        subjects=((("persona", persona),),), now=system_clock(), within=SOON
    )
    own = await kind.ask(spec, seen(NASTY))
    assert [(row.subject, row.labels["alertname"], row.values["status"]) for row in own.rows] == [
        ((("persona", NASTY),), "TokenBudgetDepletionPredicted", "inhibited"),
        ((), "Other", "firing"),
    ]
    others = await kind.ask(spec, seen("frontend-engineer"))
    assert [row.labels["alertname"] for row in others.rows] == ["Other"]


VALUES = [
    "a",
    "a|b",
    "(",
    "a.c",
    "abc",
    'quo"te\\back',
    "x-y z",
    "{brace}$",
    "über",
    "[:^alpha:]",
    "#~&,'`@%<>=",
]


async def test_filters_leave_only_what_has_the_value_or_no_such_label(client: Alertmanager) -> None:
    some = [alert("Some", persona=value) for value in VALUES]
    await client.post([*some, alert("Some")], within=SOON)
    for value in VALUES:
        wanted = {
            "persona": {value, "another"},
            "severity": {"critical"},
            "with.dots": {"a name that older ones refuse"},
        }
        found = await client.alerts(narrowing(wanted), within=SOON)
        assert {one.labels.get("persona", "") for one in found} == {value, ""}
        (same,) = await AlertmanagerSource(client).with_labels({**some[0].labels, "persona": value})
        assert same.labels["persona"] == value
    assert await AlertmanagerSource(client).with_labels({**some[0].labels, "persona": "another"}) == []


async def test_what_it_refuses_says_so(client: Alertmanager) -> None:
    missing = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(Refused) as unknown:
        await client.silence(missing, within=SOON)
    assert unknown.value.reason is Reason.NOT_FOUND
    with pytest.raises(Refused, match="matcher") as empty:
        await client.create_silence(replace(order(Matcher("a", "b")), matchers=()), within=SOON)
    assert empty.value.reason is Reason.REFUSED
    with pytest.raises(Refused, match="can't be the name"):
        await client.silence("../status", within=SOON)
    assert (await client.version(within=SOON)).count(".") == 2


async def test_one_that_is_down_is_worth_another_try(http: Http) -> None:
    with pytest.raises(Unreachable) as caught:
        await Alertmanager(http, "http://127.0.0.1:1").alerts(within=SOON)
    assert (caught.value.system, caught.value.reason) == ("Alertmanager", Reason.NO_CONNECTION)


def order(matcher: Matcher) -> SilenceOrder:
    now = system_clock().replace(microsecond=0)
    return SilenceOrder(
        matchers=(matcher,),
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_by="ada",
        comment="known, being mended",
    )


async def webhook_alerts(sent: Sent, name: str) -> list[dict[str, Any]]:
    """The alerts of the first notification about that name."""
    async with asyncio.timeout(SOON):
        while True:
            body = await sent.get()
            if body["groupLabels"]["alertname"] == name:
                return list(body["alerts"])
