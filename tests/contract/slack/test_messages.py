"""What the responder does with Slack, spoken through the real client library over real HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from responder.clients.slack import PAGE, Posted, SlackClient, marked
from responder.clients.slack_failure import SlackRefusal
from responder.domain.errors import Reason, Unreachable
from responder.testing.clock import NOON, ManualClock
from responder.testing.slack import Channel, Fault, FaultKind, Workspace

KIND = "incident_message"
BLOCKS: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}]


def alerts(workspace: Workspace) -> Channel:
    return workspace.channel("alerts", by_name=True)


class TestAMessage:
    @pytest.mark.parametrize("name", ["alerts", "#alerts", "C0ALERTS0"])
    async def test_is_posted_by_name_or_id_and_answers_the_channels_id(
        self, client: SlackClient, workspace: Workspace, name: str
    ) -> None:
        channel, ts = await client.post(name, "hello", BLOCKS, metadata=marked(KIND, "inc-1"))
        [message] = alerts(workspace).messages
        assert (channel, ts) == ("C0ALERTS0", message.ts)
        assert (message.now.text, list(message.now.blocks)) == ("hello", BLOCKS)

    async def test_is_edited_in_place_without_a_mark_and_without_a_notification(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        at = await client.post("alerts", "first", BLOCKS, metadata=marked(KIND, "inc-1"))
        await client.update(*at, "second", BLOCKS)
        [message] = alerts(workspace).messages
        assert [version.text for version in message.versions] == ["first", "second"]
        assert not message.edited
        assert message.now.metadata == marked(KIND, "inc-1")

    async def test_has_a_ts_of_its_own_even_within_one_moment(self, client: SlackClient) -> None:
        posted = [await client.post("alerts", "x", [], metadata=marked(KIND, str(n))) for n in range(3)]
        moments = [float(at.ts) for at in posted]
        assert moments == sorted(set(moments))

    async def test_has_an_address_that_leads_to_the_page(
        self, client: SlackClient, web: Any, base: str
    ) -> None:
        at = await client.post("alerts", "x", [], metadata=marked(KIND, "k"))
        link = await client.permalink(*at)
        answer = await web.get(link)
        assert link.startswith(f"{base}/archives/C0ALERTS0/p")
        assert answer.headers["location"] == f"/?channel=C0ALERTS0#m{at.ts}"

    async def test_of_somebody_else_cannot_be_edited(self, client: SlackClient, workspace: Workspace) -> None:
        theirs = workspace.post(workspace.apps[1], alerts(workspace), "theirs")
        with pytest.raises(SlackRefusal) as refused:
            await client.update("C0ALERTS0", theirs.ts, "ours", BLOCKS)
        assert refused.value.code == "cant_update_message"

    async def test_that_somebody_deleted_is_said_to_be_gone(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        at = await client.post("alerts", "x", BLOCKS, metadata=marked(KIND, "k"))
        workspace.delete(alerts(workspace), at.ts)
        with pytest.raises(SlackRefusal) as refused:
            await client.update(*at, "y", BLOCKS)
        assert refused.value.code == "message_not_found"


class TestAThread:
    async def test_keeps_its_replies_out_of_the_channel(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        parent = await client.post("alerts", "parent", BLOCKS, metadata=marked(KIND, "p"))
        reply = await client.post("alerts", "reply", [], metadata=marked(KIND, "r"), thread_ts=parent.ts)
        assert [message.ts for message in alerts(workspace).timeline()] == [parent.ts]
        assert [message.ts for message in alerts(workspace).replies(parent.ts)] == [reply.ts]

    async def test_shows_a_broadcast_reply_in_both_places_and_on_the_phone(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        parent = await client.post("alerts", "parent", BLOCKS, metadata=marked(KIND, "p"))
        reply = await client.post(
            "alerts", "worse now", [], metadata=marked(KIND, "r"), thread_ts=parent.ts, broadcast=True
        )
        await client.update(*parent, "edited later", BLOCKS)
        newest = workspace.notified()
        assert [message.ts for message in alerts(workspace).timeline()] == [parent.ts, reply.ts]
        assert newest is not None
        assert newest[1].posted.text == "worse now"

    @pytest.mark.parametrize(
        ("thread_ts", "code"),
        [
            ("soon", "invalid_thread_ts"),
            ("1700000000.000001", "thread_not_found"),  # deleted by somebody
        ],
    )
    async def test_must_exist(self, client: SlackClient, thread_ts: str, code: str) -> None:
        with pytest.raises(SlackRefusal) as refused:
            await client.post("alerts", "reply", [], metadata=marked(KIND, "r"), thread_ts=thread_ts)
        assert refused.value.code == code

    async def test_does_not_grow_on_a_reply(self, client: SlackClient) -> None:
        parent = await client.post("alerts", "parent", BLOCKS, metadata=marked(KIND, "p"))
        reply = await client.post("alerts", "reply", [], metadata=marked(KIND, "r"), thread_ts=parent.ts)
        with pytest.raises(SlackRefusal, match="cannot_reply_to_message"):
            await client.post("alerts", "x", [], metadata=marked(KIND, "x"), thread_ts=reply.ts)


class TestFinding:
    """Slack has no idempotency key: a message is found again by the key in its metadata."""

    async def test_finds_what_was_posted_although_the_answer_was_lost(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        workspace.faults.add(Fault(FaultKind.LOST_ANSWER, "chat.postMessage"))
        with pytest.raises(Unreachable) as lost:
            await client.post("#alerts", "hello", BLOCKS, metadata=marked(KIND, "inc-1"))
        found = await client.find("#alerts", KIND, "inc-1", oldest=NOON)
        [message] = alerts(workspace).messages
        assert lost.value.reason is Reason.NO_CONNECTION
        assert found == Posted("C0ALERTS0", message.ts)

    @pytest.mark.parametrize(
        ("kind", "key"),
        [
            (KIND, "inc-2"),  # another incident
            ("fix_message", "inc-1"),  # another kind of message
        ],
    )
    async def test_takes_no_other_message_for_it(self, client: SlackClient, kind: str, key: str) -> None:
        await client.post("alerts", "hello", BLOCKS, metadata=marked(KIND, "inc-1"))
        assert await client.find("C0ALERTS0", kind, key, oldest=NOON) is None

    async def test_does_not_trust_a_key_in_somebody_elses_message(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        workspace.post(workspace.apps[1], alerts(workspace), "mine", metadata=marked(KIND, "inc-1"))
        assert await client.find("C0ALERTS0", KIND, "inc-1", oldest=NOON) is None

    async def test_reads_page_after_page(self, client: SlackClient, workspace: Workspace) -> None:
        at = await client.post("alerts", "hello", BLOCKS, metadata=marked(KIND, "inc-1"))
        for number in range(PAGE):
            workspace.post(workspace.apps[0], alerts(workspace), f"message {number}")
        assert await client.find("C0ALERTS0", KIND, "inc-1", oldest=NOON) == at
        asked = [call for call in workspace.calls if call.method == "conversations.history"]
        assert len(asked) == 2

    async def test_looks_back_no_further_than_asked(self, client: SlackClient, clock: ManualClock) -> None:
        await client.post("alerts", "hello", BLOCKS, metadata=marked(KIND, "inc-1"))
        assert await client.find("alerts", KIND, "inc-1", oldest=NOON + timedelta(minutes=10)) is None

    async def test_in_a_thread_finds_replies_and_in_the_channel_does_not(self, client: SlackClient) -> None:
        parent = await client.post("alerts", "parent", BLOCKS, metadata=marked(KIND, "p"))
        reply = await client.post("alerts", "r", [], metadata=marked(KIND, "r"), thread_ts=parent.ts)
        assert await client.find("alerts", KIND, "r", oldest=NOON, thread_ts=parent.ts) == reply
        assert await client.find("alerts", KIND, "r", oldest=NOON) is None

    async def test_of_a_channel_that_does_not_exist_is_refused(self, client: SlackClient) -> None:
        with pytest.raises(SlackRefusal) as refused:
            await client.find("#nowhere", KIND, "k", oldest=NOON)
        assert refused.value.code == "channel_not_found"


async def test_identity_says_who_slack_takes_us_for(client: SlackClient) -> None:
    me = await client.identity()
    assert (me.team, me.user_id, me.bot_id) == ("Hypertool", "U0RESPONDER", "B0RESPONDER")
