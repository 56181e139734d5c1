"""What comes to `/slack/events` is Slack's, of now and new, or it is refused; never with a 500."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from responder.render.buttons import APPROVE, EXTEND, value_of
from responder.testing.clicking import ANN, CHANNEL, Clicking
from responder.testing.loopback import loopback_client
from responder.testing.slack import SECRET
from responder.testing.slack.methods import TEAM_ID
from responder.testing.slack.sending import form_of, signed_headers

FORM = "application/x-www-form-urlencoded"


def click_of(action: str, value: str, **changes: Any) -> dict[str, Any]:
    """A click as Slack tells of it, as short as it can be."""
    return {
        "type": "block_actions",
        "team": {"id": TEAM_ID},
        "user": {"id": ANN, "username": "ann"},
        "channel": {"id": CHANNEL},
        "container": {"message_ts": "1.0"},
        "trigger_id": "1.a",
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
        **changes,
    }


async def sent(clicking: Clicking, body: bytes, kind: str = FORM, **headers: Any) -> httpx.Response:
    """The answer to a body, signed now unless the headers say otherwise; None leaves one out."""
    signed = signed_headers(SECRET, clicking.clock().timestamp(), body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {
        name: value for name, value in ({"Content-Type": kind} | signed | named).items() if value is not None
    }
    async with loopback_client() as http:
        return await http.post(f"{clicking.url}/slack/events", content=body, headers=kept)


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": None},
        {"X_Slack_Request_Timestamp": None},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": b"v0=\xff\xfe"},
        {"X_Slack_Request_Timestamp": "soon"},  # the library's own check would fail on it
        {"X_Slack_Request_Timestamp": b"\xd9\xa1\xd9\xa2"},  # digits, but not Slack's
        {"X_Slack_Request_Timestamp": "9" * 400},
        {"X_Slack_Request_Timestamp": "-1"},
    ],
    ids=str,
)
async def test_what_is_not_signed_by_slack_is_refused_and_changes_nothing(
    clicking: Clicking, web: httpx.AsyncClient, headers: dict[str, Any]
) -> None:
    fix = clicking.proposed()
    answer = await sent(clicking, form_of(click_of(APPROVE, value_of(fix))), **headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert clicking.fix(fix) == fix


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (300, 200),
        (301, 401),
        (-300, 200),  # our clock may be behind, too
        (-301, 401),
    ],
)
async def test_a_request_may_be_five_minutes_old(
    clicking: Clicking, web: httpx.AsyncClient, age: int, status: int
) -> None:
    body = form_of(click_of(APPROVE, value_of(clicking.proposed())))
    headers = signed_headers(SECRET, clicking.clock().timestamp() - age, body)
    assert (await sent(clicking, body, **headers)).status_code == status


async def test_without_a_secret_nothing_is_taken_in(clicking: Clicking, web: httpx.AsyncClient) -> None:
    clicking.secret = None
    body = form_of(click_of(APPROVE, value_of(clicking.proposed())))
    answer = await sent(clicking, body, **signed_headers("", clicking.clock().timestamp(), body))
    assert answer.status_code == 401
    assert "slack.signing_secret is not set" in answer.json()["detail"]


async def test_a_replayed_request_does_nothing_again(clicking: Clicking, web: httpx.AsyncClient) -> None:
    fix = clicking.in_force()
    body = form_of(click_of(EXTEND, value_of(fix)))
    headers = signed_headers(SECRET, clicking.clock().timestamp(), body)
    first = await sent(clicking, body, **headers)
    extended = clicking.fix(fix).expires_at
    clicking.clock.forward(minutes=4)
    again = await sent(clicking, body, **headers, X_Slack_Retry_Num="1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert clicking.fix(fix).expires_at == extended != fix.expires_at


async def test_a_challenge_is_answered_only_if_it_is_signed(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "c"}).encode()
    assert (await sent(clicking, body, "application/json")).json() == {"challenge": "c"}
    assert (await sent(clicking, body, "application/json", X_Slack_Signature=None)).status_code == 401


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b""),
        (FORM, b"\xff\xfe"),
        (FORM, b"payload=%ff"),
        (FORM, b"payload=not+json"),
        (FORM, b"payload=[1]"),
        (FORM, b"payload=" + b"[" * 100_000),
        (FORM, b"&".join(b"a=b" for _ in range(1000))),
        ("application/json", b"{"),
        ("text/plain", b"{}"),
        (FORM, form_of(click_of(APPROVE, "x", actions=[]))),
        (FORM, form_of(click_of(APPROVE, "x", actions="x"))),
        (FORM, form_of(click_of(APPROVE, "x", user={"id": "U1\u0000"}))),
        (FORM, form_of(click_of(APPROVE, "x", user={"id": "\ud800"}))),
        (FORM, form_of(click_of(APPROVE, "x", user=None))),
        (FORM, form_of({"type": "view_submission", "view": {"state": {"values": []}}, "user": {"id": ANN}})),
    ],
)  # fmt: skip
async def test_a_body_that_is_none_of_slacks_is_refused(
    clicking: Clicking, web: httpx.AsyncClient, kind: str, body: bytes
) -> None:
    assert (await sent(clicking, body, kind)).status_code in {400, 403}


async def test_a_body_that_is_too_large_is_refused(clicking: Clicking, web: httpx.AsyncClient) -> None:
    assert (await sent(clicking, b"a=" + b"x" * (1 << 20))).status_code == 413


async def test_another_workspaces_payload_is_refused(clicking: Clicking, web: httpx.AsyncClient) -> None:
    fix = clicking.proposed()
    answer = await sent(clicking, form_of(click_of(APPROVE, value_of(fix), team={"id": "T0OTHER"})))
    assert answer.status_code == 403
    assert clicking.fix(fix) == fix


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
READ_BY_THE_LIBRARY = (
    *("type", "team", "user", "channel", "container", "trigger_id", "actions", "view", "authorizations"),
    *("event", "enterprise", "response_url", "response_urls", "is_enterprise_install", "message", "item"),
    *("is_ext_shared_channel", "function_data", "state"),
)
KEYS = st.sampled_from(READ_BY_THE_LIBRARY)


@example(changes={"event": None})  # such things the library's own reading fails on
@example(changes={"type": "event_callback", "event": {"type": "message", "user": []}})
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(KEYS, JSON, max_size=3))
async def test_whatever_is_signed_is_answered_without_a_failure(
    clicking: Clicking, web: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    clicking.clock.forward(seconds=1)
    answer = await sent(clicking, form_of(click_of("fix_gone", "", **changes)))
    assert answer.status_code < 500, answer.text
