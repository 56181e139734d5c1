"""The stand-in's answers as bytes on the wire: as strict as Slack, whatever library asks."""

import json
from typing import Any

import httpx
import pytest

from responder.testing.slack import Channel, Fault, FaultKind, Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
BULKY = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
MARK = {"event_type": "e", "event_payload": {"key": "k"}}


def post_of(**arguments: Any) -> dict[str, Any]:
    return {"channel": "alerts", "text": "hello", **arguments}


async def call(web: httpx.AsyncClient, method: str, **arguments: Any) -> dict[str, Any]:
    answer = await web.post(f"/api/{method}", json=arguments)
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"blocks": "[{"}, "invalid_blocks_format"),
        ({"blocks": [TABLE, TABLE]}, "invalid_attachments"),  # one table a message
        ({"blocks": BULKY}, "msg_blocks_too_long"),  # each fits, all together don't
        ({"metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        ({"metadata": {**MARK, "event_payload": {"a": {"b": {"c": 1}}}}}, "invalid_metadata_schema"),
        ({"metadata": {**MARK, "event_payload": {"a": "x" * 8000}}}, "metadata_too_large"),
        ({"reply_broadcast": True}, "invalid_arguments"),  # broadcast of no reply
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"channel": 7}, "invalid_arguments"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_what_slack_would_refuse_is_refused_and_changes_nothing(
    web: httpx.AsyncClient, workspace: Workspace, arguments: dict[str, Any], error: str
) -> None:
    answer = await web.post("/api/chat.postMessage", json=post_of(**arguments))
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["error"]) == (False, error)
    assert workspace.revision == 0


async def test_a_refused_block_is_named_by_place(web: httpx.AsyncClient) -> None:
    said = await call(web, "chat.postMessage", **post_of(blocks=[SECTION, {"type": "header"}]))
    fault = "missing required field: text [json-pointer:/blocks/1]"
    assert said["errors"] == [fault]
    assert said["response_metadata"]["messages"] == [f"[ERROR] {fault}"]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Authorization": ""}, "not_authed"),
        ({"Authorization": "Bearer xoxb-nobody"}, "invalid_auth"),
    ],
)
async def test_a_call_needs_the_token(web: httpx.AsyncClient, headers: dict[str, str], error: str) -> None:
    answer = await web.post("/api/auth.test", headers=headers)
    assert answer.json() == {"ok": False, "error": error}


async def test_a_form_is_read_like_json(web: httpx.AsyncClient, workspace: Workspace) -> None:
    form = {
        "channel": "#alerts",
        "text": "hé & co",
        "blocks": json.dumps([SECTION]),
        "metadata": json.dumps(MARK),
    }
    answer = await web.post("/api/chat.postMessage", data=form)
    [message] = workspace.channel("C0ALERTS0").messages
    assert answer.json()["ok"]
    assert (message.now.text, message.now.blocks, message.now.metadata) == ("hé & co", (SECTION,), MARK)


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"<a/>", "application/xml", "invalid_post_type"),
    ],
)
async def test_a_body_it_cannot_read_is_refused(
    web: httpx.AsyncClient, body: bytes, kind: str, error: str
) -> None:
    answer = await web.post("/api/chat.postMessage", content=body, headers={"content-type": kind})
    assert answer.json()["error"] == error


class TestAnEdit:
    @pytest.fixture
    def channel(self, workspace: Workspace) -> Channel:
        channel = workspace.channel("C0ALERTS0")
        workspace.post(workspace.apps[0], channel, "hello", [SECTION], metadata=MARK)
        return channel

    @pytest.mark.parametrize(
        ("arguments", "blocks", "edited"),
        [
            ({"text": "new"}, (), True),  # text without blocks takes the blocks away, and marks
            ({"text": "new", "blocks": [SECTION]}, (SECTION,), False),
            ({"blocks": [SECTION, SECTION]}, (SECTION, SECTION), False),
        ],
    )
    async def test_of_text_alone_takes_the_blocks_away(
        self, web: httpx.AsyncClient, channel: Channel, arguments: Any, blocks: Any, edited: Any
    ) -> None:
        [message] = channel.messages
        said = await call(web, "chat.update", channel=channel.id, ts=message.ts, **arguments)
        assert said["ok"]
        assert (message.now.blocks, message.edited) == (blocks, edited)

    @pytest.mark.parametrize(
        ("arguments", "kept"),
        [
            ({}, MARK),
            ({"metadata": {}}, None),  # an empty object takes it away
            ({"metadata": {**MARK, "event_type": "f"}}, {**MARK, "event_type": "f"}),
        ],
    )
    async def test_keeps_metadata_unless_it_is_given(
        self, web: httpx.AsyncClient, channel: Channel, arguments: Any, kept: Any
    ) -> None:
        [message] = channel.messages
        await call(web, "chat.update", channel=channel.id, ts=message.ts, text="new", **arguments)
        assert message.now.metadata == kept

    async def test_takes_no_channel_by_name_and_no_unknown_message(
        self, web: httpx.AsyncClient, channel: Channel
    ) -> None:
        by_name = await call(web, "chat.update", channel="alerts", ts=channel.messages[0].ts, text="x")
        unknown = await call(web, "chat.update", channel=channel.id, ts="1700000000.000001", text="x")
        assert (by_name["error"], unknown["error"]) == ("channel_not_found", "message_not_found")

    async def test_is_refused_once_the_channel_is_archived(
        self, web: httpx.AsyncClient, channel: Channel
    ) -> None:
        channel.is_archived = True
        said = await call(web, "chat.update", channel=channel.id, ts=channel.messages[0].ts, text="x")
        assert said["error"] == "is_inactive"


async def test_metadata_is_read_back_only_when_asked_for(
    web: httpx.AsyncClient, workspace: Workspace
) -> None:
    channel = workspace.channel("C0ALERTS0")
    workspace.post(workspace.apps[0], channel, "hello", metadata=MARK)
    without = await web.get("/api/conversations.history", params={"channel": channel.id})
    asked = {"channel": channel.id, "include_all_metadata": "1"}
    with_it = await web.get("/api/conversations.history", params=asked)
    assert "metadata" not in without.json()["messages"][0]
    assert with_it.json()["messages"][0]["metadata"] == MARK


async def test_state_shows_edits_and_replies(web: httpx.AsyncClient, workspace: Workspace) -> None:
    channel, app = workspace.channel("C0ALERTS0"), workspace.apps[0]
    parent = workspace.post(app, channel, "first")
    workspace.update(app, channel, parent.ts, text="second")
    workspace.post(app, channel, "reply", thread_ts=parent.ts, broadcast=True)
    [shown] = (await web.get("/_stand-in/state")).json()["channels"]
    [message] = shown["messages"]
    assert (message["text"], message["edits"][0]["text"]) == ("second", "first")
    assert (message["replies"][0]["text"], message["replies"][0]["broadcast"]) == ("reply", True)


async def test_faults_are_ordered_over_http_and_end_after_so_many_calls(
    web: httpx.AsyncClient, workspace: Workspace
) -> None:
    order = {"kind": "http", "method": "chat.postMessage", "status": 502, "times": 2}
    await web.post("/_stand-in/faults", json=order)
    answers = [await web.post("/api/chat.postMessage", json=post_of()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [502, 502, 200]
    assert [call.outcome for call in workspace.calls] == ["http_502", "http_502", "ok"]


async def test_a_fault_of_one_method_spares_the_others(web: httpx.AsyncClient, workspace: Workspace) -> None:
    workspace.faults.add(Fault(FaultKind.REFUSE, "chat.update"))
    assert (await call(web, "chat.postMessage", **post_of()))["ok"]
