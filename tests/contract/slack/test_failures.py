"""Whatever Slack, its library or the way there does wrong becomes one of our errors, with one word."""

import asyncio
import socket
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from responder.clients.slack import SlackClient, marked
from responder.clients.slack_failure import LASTING, PASSING, SlackRefusal, refusal
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.testing.clock import ManualClock
from responder.testing.loopback import serving
from responder.testing.slack import TOKEN, Fault, FaultKind, Tempo, Workspace

MARK = marked("incident_message", "inc-1")


async def post(client: SlackClient, channel: str = "alerts") -> None:
    await client.post(channel, "hello", [], metadata=MARK)


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (Fault(FaultKind.HTTP, status=500), Unreachable, Reason.SERVER_ERROR),
        (Fault(FaultKind.HTTP, status=503), Unreachable, Reason.OVERLOADED),
        (Fault(FaultKind.HTTP, status=404), Refused, Reason.NOT_FOUND),  # a wrong slack.api_url
        (Fault(FaultKind.HTTP, status=403), Refused, Reason.REFUSED),  # a proxy in between
        (Fault(FaultKind.GARBAGE), Unreachable, Reason.BAD_ANSWER),  # a page with status 200
        (Fault(FaultKind.LOST_ANSWER), Unreachable, Reason.NO_CONNECTION),
        (Fault(FaultKind.RATE_LIMIT), Unreachable, Reason.RATE_LIMITED),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else None,
)
async def test_every_failure_is_translated(
    client: SlackClient, workspace: Workspace, fault: Fault, kind: type[AdapterError], reason: Reason
) -> None:
    workspace.faults.add(Fault(fault.kind, status=fault.status))
    with pytest.raises(AdapterError) as failed:
        await post(client)
    assert (type(failed.value), failed.value.reason, failed.value.system) == (kind, reason, "Slack")


@pytest.mark.parametrize("code", sorted(PASSING))
async def test_errors_that_pass_are_worth_another_try(
    client: SlackClient, workspace: Workspace, code: str
) -> None:
    workspace.faults.add(Fault(FaultKind.REFUSE, error=code))
    with pytest.raises(Unreachable) as failed:
        await post(client)
    assert failed.value.reason is PASSING[code]


@pytest.mark.parametrize("code", [*sorted(LASTING), "is_archived", "invalid_blocks", "an_error_of_tomorrow"])
async def test_other_errors_are_refusals_that_keep_slacks_word(
    client: SlackClient, workspace: Workspace, code: str
) -> None:
    workspace.faults.add(Fault(FaultKind.REFUSE, error=code))
    with pytest.raises(SlackRefusal) as refused:
        await post(client)
    assert refused.value.code == code
    assert refused.value.reason is LASTING.get(code, Reason.REFUSED)
    assert code in str(refused.value)


async def test_a_rate_limit_says_how_long_to_wait(client: SlackClient, workspace: Workspace) -> None:
    workspace.faults.add(Fault(FaultKind.RATE_LIMIT, retry_after=30))
    with pytest.raises(Unreachable) as failed:
        await post(client)
    assert failed.value.retry_after == 30


async def test_a_call_ends_at_its_deadline(base: str, workspace: Workspace) -> None:
    workspace.faults.add(Fault(FaultKind.HANG, "chat.postMessage"))
    async with SlackClient(TOKEN, f"{base}/api", deadline=0.2) as impatient:
        with pytest.raises(Unreachable) as failed:
            await post(impatient)
    assert failed.value.reason is Reason.TIMEOUT


async def test_a_call_that_hung_goes_on_when_released(client: SlackClient, workspace: Workspace) -> None:
    fault = workspace.faults.add(Fault(FaultKind.HANG, "chat.postMessage"))
    call = asyncio.create_task(post(client))
    await fault.reached.wait()
    assert not workspace.channel("C0ALERTS0").messages
    workspace.faults.release()
    await call
    assert workspace.channel("C0ALERTS0").messages


async def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with SlackClient(TOKEN, f"http://127.0.0.1:{port}/api") as client:
        with pytest.raises(Unreachable) as failed:
            await post(client)
    assert failed.value.reason is Reason.NO_CONNECTION


@pytest.mark.parametrize(
    "body",
    [
        b"[1, 2]",  # JSON, but no object
        b'{"ok": true}',  # says yes and leaves out where the message is
        b'{"ok": false}',  # says no and not why
        b"{",
        b'"\xff\xfe"',
        b"",
    ],
)
async def test_an_answer_that_is_not_slacks_is_unreachable(body: bytes) -> None:
    async with serving(_always(body)) as url, SlackClient(TOKEN, url) as client:
        with pytest.raises(Unreachable) as failed:
            await post(client)
    assert failed.value.reason is Reason.BAD_ANSWER


async def test_a_wrong_token_is_refused(base: str) -> None:
    async with SlackClient("xoxb-wrong", f"{base}/api") as client:
        with pytest.raises(SlackRefusal) as refused:
            await client.identity()
    assert (refused.value.code, refused.value.reason) == ("invalid_auth", Reason.UNAUTHORIZED)


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("nowhere", "channel_not_found"),
        ("private", "not_in_channel"),
        ("old", "is_archived"),
    ],
)
async def test_a_channel_that_cannot_be_posted_to_is_refused(
    client: SlackClient, workspace: Workspace, channel: str, code: str
) -> None:
    workspace.add_channel("private", is_member=False)
    workspace.add_channel("old", is_archived=True)
    with pytest.raises(SlackRefusal) as refused:
        await post(client, channel)
    assert refused.value.code == code


class TestTheRealTempo:
    """About one message a second and channel, with short bursts; edits share a limit of their own."""

    async def test_lets_a_burst_pass_and_then_asks_to_wait(
        self, client: SlackClient, workspace: Workspace, clock: ManualClock
    ) -> None:
        workspace.pace.tempo = Tempo.REAL
        workspace.add_channel("other")
        for _ in range(4):
            await post(client)
        with pytest.raises(Unreachable) as failed:
            await post(client)
        await post(client, "other")  # each channel has its own limit
        clock.forward(seconds=failed.value.retry_after or 0)
        await post(client)
        assert failed.value.retry_after == 1

    async def test_limits_edits_of_all_messages_together(
        self, client: SlackClient, workspace: Workspace
    ) -> None:
        workspace.pace.tempo = Tempo.REAL
        at = await client.post("alerts", "hello", [], metadata=MARK)
        for number in range(50):
            await client.update(*at, f"edit {number}", [])
        with pytest.raises(Unreachable) as failed:
            await client.update(*at, "one too many", [])
        assert failed.value.retry_after == 2


def _always(body: bytes) -> Any:
    """An application that answers everything with this body."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def test_no_redirect_is_followed() -> None:
    """A token and what is told must not travel to a place that nobody configured."""
    asked: list[str] = []

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.append(scope["path"])
            headers = {"Location": str(scope["path"]).replace("/api", "/other")}
            await Response(status_code=307, headers=headers)(scope, receive, send)

    async with serving(elsewhere) as url, SlackClient(TOKEN, f"{url}/api") as client:
        with pytest.raises(Refused, match="redirects elsewhere"):
            await post(client)
    assert asked == ["/api/chat.postMessage"]


def test_no_token_is_repeated() -> None:
    """A proxy may say which token it does not like."""
    said = refusal("invalid_auth", {"response_metadata": {"messages": ["no xoxb-1-a2 nor xapp-1-B3!"]}})
    assert str(said).endswith("no [hidden] nor [hidden]!")
