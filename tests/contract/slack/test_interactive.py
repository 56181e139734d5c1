"""What people do in the stand-in is as bounded as in Slack: triggers, answer addresses, forms, patience."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from responder.testing.clock import ManualClock
from responder.testing.loopback import serving
from responder.testing.slack import Workspace
from responder.testing.slack.interactive import Hook

PLAIN: Final = {"type": "plain_text", "text": "x"}
INPUT: Final = {"type": "input", "label": PLAIN, "element": {"type": "plain_text_input", "action_id": "a"}}
VIEW: Final = {"type": "modal", "title": PLAIN, "submit": PLAIN, "blocks": [INPUT]}
BUTTON: Final = {"type": "button", "text": PLAIN, "action_id": "go", "value": "v"}


async def call(web: httpx.AsyncClient, method: str, **arguments: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await web.post(f"/api/{method}", json=arguments)).json()
    return body


@pytest.fixture
async def answers(workspace: Workspace) -> AsyncIterator[dict[str, Any]]:
    """What the app answers to the next requests; it remembers the last one."""
    answers: dict[str, Any] = {"body": b"", "status": 200, "hold": None}
    app = FastAPI()

    @app.post("/")
    async def take(request: Request) -> Response:
        answers["request"] = request.headers, await request.body()
        if answers["hold"]:
            await answers["hold"].wait()
        return Response(answers["body"], answers["status"], media_type="application/json")

    async with serving(app) as url:
        workspace.interactive.request_url = f"{url}/"
        yield answers


@pytest.mark.parametrize(
    "case",
    [
        (3, 1, None),
        (4, 1, "expired_trigger_id"),
        (0, 2, "exchanged_trigger_id"),  # one modal a click
    ],
)
async def test_a_trigger_is_good_for_three_seconds_and_one_modal(
    web: httpx.AsyncClient, workspace: Workspace, clock: ManualClock, case: tuple[int, int, str | None]
) -> None:
    """A case is: seconds, uses, the error."""
    seconds, uses, error = case
    trigger = workspace.interactive.trigger("U0ANN", clock)
    clock.forward(seconds=seconds)
    said = [await call(web, "views.open", trigger_id=trigger, view=VIEW) for _ in range(uses)]
    assert said[-1].get("error") == error


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"title": {"type": "plain_text", "text": "x" * 25}}, "/view/title/text"),
        ({"title": {"type": "mrkdwn", "text": "x"}}, "/view/title/type"),
        ({"submit": None}, "/view/submit/type"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"blocks": [INPUT] * 101}, "/blocks"),
        ({"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}]}, "/blocks/0/type"),
        ({"unknown": 1}, "/view"),
        ({"type": "home"}, "/view/type"),
    ],
    ids=str,
)
async def test_a_view_that_slack_would_not_show_is_refused(
    web: httpx.AsyncClient, workspace: Workspace, change: dict[str, Any], fault: str
) -> None:
    trigger = workspace.interactive.trigger("U0ANN", workspace.clock)
    said = await call(web, "views.open", trigger_id=trigger, view={**VIEW, **change})
    assert said["error"] == "invalid_arguments"
    assert f"[json-pointer:{fault}]" in said["errors"][0]


@pytest.mark.parametrize(
    "case",
    [(30, 5, None), (31, 1, "expired_url"), (0, 6, "used_url")],
)
async def test_an_answer_address_is_good_for_five_answers_within_half_an_hour(
    web: httpx.AsyncClient, workspace: Workspace, clock: ManualClock, case: tuple[int, int, str | None]
) -> None:
    """A case is: minutes, uses, the error."""
    minutes, uses, error = case
    message = workspace.post(workspace.apps[0], workspace.channel("C0ALERTS0"), "hello")
    name = workspace.interactive.hook(Hook("U0ANN", "C0ALERTS0", message.ts, clock()))
    clock.forward(minutes=minutes)
    for _ in range(uses):
        answer = await web.post(f"/_stand-in/hooks/{name}", json={"text": "hi", "replace_original": True})
    if error is None:
        assert message.now.text == "hi"
    else:
        assert (answer.status_code, answer.json()["error"]) == (404, error)


async def test_only_one_person_hears_a_whisper(web: httpx.AsyncClient, workspace: Workspace) -> None:
    said = {"channel": "C0ALERTS0", "text": "psst, ann"}
    assert (await call(web, "chat.postEphemeral", user="U0NOBODY", **said))["error"] == "user_not_found"
    assert (await call(web, "chat.postEphemeral", user="U0ANN", **said))["ok"]
    assert "psst, ann" in (await web.get("/")).text
    await web.put("/_stand-in/me", json={"user": "U0BOB"})
    assert "psst, ann" not in (await web.get("/")).text


async def test_people_and_groups_can_be_asked_for(web: httpx.AsyncClient) -> None:
    assert (await call(web, "usergroups.users.list", usergroup="S0ONCALL"))["users"] == ["U0ANN"]
    assert (await call(web, "usergroups.users.list", usergroup="S0GONE"))["error"] == "no_such_subteam"
    assert (await call(web, "users.info", user="U0BOB"))["user"]["name"] == "bob"


@pytest.mark.parametrize(
    ("answer", "error", "open_still"),
    [
        (b"", {}, False),
        (b'{"response_action":"errors","errors":{"b0":"too much"}}', {"b0": "too much"}, True),
        (b'{"response_action":"clear"}', {}, False),
        (b'{"response_action":"update","view":{"type":"modal"}}', "The app's answer can't be shown.", True),
    ],
    ids=["close", "errors", "clear", "no view"],
)
async def test_a_form_does_what_the_app_answers(  # noqa: PLR0913 - a table's columns beside the fixtures
    web: httpx.AsyncClient,
    workspace: Workspace,
    answers: dict[str, Any],
    answer: bytes,
    error: Any,
    *,
    open_still: bool,
) -> None:
    trigger = workspace.interactive.trigger("U0ANN", workspace.clock)
    opened = await call(web, "views.open", trigger_id=trigger, view=VIEW)
    answers["body"] = answer
    await web.post("/_stand-in/submit", json={"view": opened["view"]["id"], "values": {"b0": "said"}})
    modal = workspace.interactive.top("U0ANN")
    assert (modal is not None) is open_still
    if modal:
        assert modal.errors == error or error in modal.errors[""]


async def test_a_required_field_never_reaches_the_app_empty(
    web: httpx.AsyncClient, workspace: Workspace, answers: dict[str, Any]
) -> None:
    trigger = workspace.interactive.trigger("U0ANN", workspace.clock)
    opened = await call(web, "views.open", trigger_id=trigger, view=VIEW)
    await web.post("/_stand-in/submit", json={"view": opened["view"]["id"], "values": {}})
    assert "request" not in answers
    assert "Please complete" in (await web.get("/")).text


async def test_an_app_that_does_not_answer_well_or_in_time_is_told_of(
    web: httpx.AsyncClient, workspace: Workspace, answers: dict[str, Any]
) -> None:
    channel = workspace.channel("C0ALERTS0")
    message = workspace.post(workspace.apps[0], channel, "x", [{"type": "actions", "elements": [BUTTON]}])
    press = {"channel": channel.id, "ts": message.ts, "action_id": "go", "value": "v"}
    answers["status"] = 500
    assert "status 500" in (await web.post("/_stand-in/press", json=press)).json()["trouble"]
    answers["hold"] = asyncio.Event()
    late = await web.post("/_stand-in/press", json=press, timeout=20)
    answers["hold"].set()
    assert "within 3 seconds" in late.json()["trouble"]


async def test_a_button_that_was_never_there_cannot_be_pressed(
    web: httpx.AsyncClient, workspace: Workspace, answers: dict[str, Any]
) -> None:
    channel = workspace.channel("C0ALERTS0")
    message = workspace.post(workspace.apps[0], channel, "x", [{"type": "actions", "elements": [BUTTON]}])
    press = {"channel": channel.id, "ts": message.ts, "action_id": "go", "value": "forged"}
    assert (await web.post("/_stand-in/press", json=press)).status_code == 404
    assert "request" not in answers
