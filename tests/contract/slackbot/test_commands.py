"""`/hypertool` is answered within Slack's 3 seconds, where it was asked, once, and after a crash as well."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from responder.domain.command import AskedState
from responder.domain.errors import Reason, Unreachable
from responder.domain.watchdog import Watch
from responder.engine import desk
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.slackbot.words import SHARED
from responder.storage import incidents
from responder.storage.leases import Claim
from responder.testing.asked import AskedWorld
from responder.testing.away import Course, held
from responder.testing.clicking import ANN, BOB, CHANNEL, Clicking
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import Orders, minutes
from responder.testing.loopback import loopback_client
from responder.testing.slack import SECRET, Fault, FaultKind, Workspace
from responder.testing.slack.methods import TEAM_ID
from responder.testing.slack.sending import signed_headers

SOON = 20.0
DIAGNOSE = "/hypertool diagnose TokenBudgetExceeded persona=backend-engineer"


@pytest.fixture
def world(desk: Desk) -> AskedWorld:
    assert isinstance(desk.book, Orders)
    return AskedWorld(desk, desk.book)


@pytest.fixture
def clicking(desk: Desk, clock: ManualClock, world: AskedWorld) -> Clicking:
    return Clicking(Workspace(["alerts"], clock=clock), desk, clock, asked=world)


def whispered(clicking: Clicking) -> list[dict[str, Any]]:
    """What was shown to one person, as JSON."""
    return [
        {"user": one.user, "text": one.text, "blocks": json.dumps(one.blocks)}
        for one in clicking.workspace.interactive.whispers
    ]


def posted(clicking: Clicking) -> list[str]:
    """What stands in the channel, as JSON."""
    return [json.dumps(one.now.blocks) for one in clicking.workspace.channel(CHANNEL).messages]


async def test_an_answer_is_shown_to_whoever_asked_alone(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    assert await clicking.write(web, BOB, DIAGNOSE) == ""
    assert whispered(clicking) == []
    assert await world.answer() == ["answered"]
    (told,) = whispered(clicking)
    assert told["user"] == BOB
    assert "[asked] backend-engineer" in told["text"]
    assert "Show to the channel" in told["blocks"]
    assert posted(clicking) == []
    assert world.diagnosed == [("TokenBudgetExceeded", {"persona": "backend-engineer"})]


async def test_the_word_share_shows_it_to_everybody_with_who_asked(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    await clicking.write(web, BOB, f"{DIAGNOSE} share")
    await world.answer()
    (told,) = posted(clicking)
    assert "bob asked: /hypertool diagnose TokenBudgetExceeded" in told
    assert "Show to the channel" not in told


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        (Watch(expected=True, heard_at=minutes(-2), lost_at=None), "Watchdog: fine: came 2 min ago"),
        (Watch(expected=True, heard_at=minutes(-12), lost_at=NOON), "Watchdog: NOT FINE: does not come any"),
    ],
)
async def test_status_says_how_it_stands_with_the_watchdog(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld, watch: Watch, said: str
) -> None:
    world.watch = watch
    await clicking.write(web, BOB, "/hypertool status")
    await world.answer()
    (told,) = whispered(clicking)
    assert said in told["blocks"]
    assert ("not fine: Watchdog" in told["text"]) is not watch.fine


async def test_the_button_shares_exactly_what_was_seen(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    await clicking.write(web, BOB, DIAGNOSE)
    await world.answer()
    (said,) = clicking.workspace.interactive.whispers
    button = said.blocks[-1]["elements"][0]
    order = {"channel": CHANNEL, "ts": said.ts, "user": BOB, "action_id": button["action_id"]}
    answer = await web.post("/_stand-in/press", json={**order, "value": button["value"]})
    assert answer.json() == {"trouble": ""}
    assert await world.answer() == ["answered"]
    (told,) = posted(clicking)
    assert json.dumps(list(said.blocks[:-1]))[1:-1] in told
    assert "bob asked" in told
    assert len(world.diagnosed) == 1


async def test_what_could_not_be_shown_can_be_asked_for_again(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    await clicking.write(web, BOB, "/hypertool fixes")
    await world.answer()
    (said,) = clicking.workspace.interactive.whispers
    button = said.blocks[-1]["elements"][0]
    order = {"channel": CHANNEL, "ts": said.ts, "user": BOB, "action_id": button["action_id"]}
    press = {**order, "value": button["value"]}
    clicking.workspace.faults.add(Fault(FaultKind.REFUSE, "chat.postMessage", error="not_in_channel"))
    await web.post("/_stand-in/press", json=press)
    clicking.clock.forward(minutes=31)  # the answer address is of no use any more
    assert await world.answer() == ["failed"]
    assert posted(clicking) == []
    await web.post("/_stand-in/press", json=press)
    assert await world.answer() == ["answered"]
    await web.post("/_stand-in/press", json=press)
    assert (world.orders.take(Move.ANSWER), len(posted(clicking))) == ([], 1)


async def test_pressed_twice_it_is_shown_once(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    """Two clicks have two names at Slack, and may reach two replicas."""
    await clicking.write(web, BOB, "/hypertool fixes")
    await world.answer()
    (said,) = clicking.workspace.interactive.whispers
    button = said.blocks[-1]["elements"][0]
    order = {"channel": CHANNEL, "ts": said.ts, "user": BOB, "action_id": button["action_id"]}
    presses = (web.post("/_stand-in/press", json={**order, "value": button["value"]}) for _ in range(2))
    await asyncio.gather(*presses)
    assert await world.answer() == ["answered"]
    assert len(posted(clicking)) == 1
    assert whispered(clicking)[-1]["text"] == SHARED


async def test_a_form_is_acknowledged_in_time_also_while_the_database_is_busy(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld, desk: Desk
) -> None:
    """A writer that holds it longer than Slack waits: whoever asked hears of it by the answer address."""
    await clicking.write(web, BOB, "/hypertool diagnose TokenBudgetExceeded")
    modal = clicking.workspace.interactive.top(BOB)
    assert modal is not None
    with held(desk.database):
        values = {"persona": "backend-engineer"}
        await web.post("/_stand-in/submit", json={"view": modal.id, "values": values})
    assert clicking.workspace.interactive.top(BOB) is None


async def test_what_takes_longer_than_slack_waits_is_said_where_the_bot_is_no_member(
    clicking: Clicking, web: httpx.AsyncClient, desk: Desk
) -> None:
    clicking.workspace.faults.add(Fault(FaultKind.REFUSE, "chat.postEphemeral", error="not_in_channel"))
    with held(desk.database):
        assert await clicking.write(web, ANN, "/hypertool pause") == ""
    async with asyncio.timeout(SOON):
        while not clicking.workspace.interactive.whispers:  # noqa: ASYNC110 - the other side's answer
            await asyncio.sleep(0.01)
    assert "are paused" in clicking.workspace.interactive.whispers[-1].text


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("/hypertool stauts", 'did you mean "status"?'),
        ("/hypertool diagnose TokenBudgetExceded", 'did you mean "TokenBudgetExceeded"?'),
        ("/hypertool", "What can be asked"),
        ("/hypertool pause", "you (U0BOB) may not decide"),
        ("/hypertool resume", "you (U0BOB) may not decide"),
        ("/hypertool fix", "you (U0BOB) may not decide"),
        ("/hypertool silence k7m2wq9p", "you (U0BOB) may not silence"),
        ("/hypertool silence", "id of one incident"),
        ("/hypertool silence k7m2wq9p soon", '"soon" is not how long a silence lasts'),
        ("/hypertool silence k7m2wq9p 30m", "you (U0BOB) may not silence"),
        ("/hypertool unsilence k7m2wq9p", "you (U0BOB) may not silence"),
        ("/hypertool <!channel> `x` <@U0ANN> https://x.example", 'there is no "&lt;!channel&gt;"'),
    ],
)
async def test_what_is_known_at_once_is_said_at_once(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld, written: str, heard: str
) -> None:
    assert heard in await clicking.write(web, BOB, written)
    assert world.orders.take(Move.ANSWER) == []


async def test_where_no_fix_waits_it_is_said_what_holds_and_whether_all_are_paused(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    assert await clicking.write(web, ANN, "/hypertool fix") == "No quick fix waits for a decision."
    fix = clicking.in_force()
    await clicking.write(web, ANN, "/hypertool pause")
    assert await clicking.write(web, ANN, "/hypertool fix") == (
        "No quick fix waits for a decision: all are paused, and /hypertool status says why. "
        f"Under way or in force: {fix.title} (incident {fix.incident}); /hypertool fixes says more."
    )


async def test_approvers_pause_and_resume(clicking: Clicking, web: httpx.AsyncClient) -> None:
    assert "are paused" in await clicking.write(web, ANN, "/hypertool pause the release goes out")
    assert (await clicking.people().breaker()).why == "the release goes out"
    assert "applied again" in await clicking.write(web, ANN, "/hypertool resume")
    assert not (await clicking.people().breaker()).open


async def test_an_approver_silences_an_incident_in_a_form(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    fix = clicking.proposed()
    assert await clicking.write(web, ANN, f"/hypertool silence {fix.incident}") == ""
    modal = clicking.workspace.interactive.top(ANN)
    assert modal is not None
    await web.post("/_stand-in/submit", json={"view": modal.id, "values": {"for": "30", "why": "a test"}})
    (order,) = world.orders.take(Move.SILENCE)
    assert order.args[0] == fix.incident
    said = await clicking.write(web, ANN, f"/hypertool unsilence {fix.incident}")
    assert said == "Its silence is being ended; the message shows when that is done."
    assert [order.args[0] for order in world.orders.take(Move.SILENCE)] == [fix.incident]


async def test_an_approver_silences_an_incident_by_words_alone(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    fix = clicking.proposed()
    said = await clicking.write(web, ANN, f"/hypertool silence {fix.incident} 30m a load test")
    assert said == "It is being silenced; the message shows when that is done."
    assert clicking.workspace.interactive.top(ANN) is None
    assert [order.args[0] for order in world.orders.take(Move.SILENCE)] == [fix.incident]
    with clicking.desk.database.read() as connection:
        incident = incidents.load(connection, fix.incident)
    assert incident is not None
    silence = incident.silence
    assert silence is not None
    assert (silence.until - silence.at, silence.why) == (timedelta(minutes=30), "a load test")


async def test_nobody_fills_in_a_form_for_an_incident_that_there_is_not(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    assert "no such incident" in await clicking.write(web, ANN, "/hypertool silence k7m2wq9p")
    assert clicking.workspace.interactive.top(ANN) is None
    assert "no such incident" in await clicking.write(web, ANN, "/hypertool unsilence k7m2wq9p")


async def test_a_form_asks_for_missing_labels_with_the_values_known_now(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    await clicking.write(web, BOB, "/hypertool diagnose SlowWorkflowStage workflow=bug-fix")
    modal = clicking.workspace.interactive.top(BOB)
    assert modal is not None
    assert [block["block_id"] for block in modal.view["blocks"] if block["type"] == "input"] == ["stage"]
    options = modal.view["blocks"][-1]["element"]["options"]
    assert [option["value"] for option in options] == ["implement", "review"]
    await web.post("/_stand-in/submit", json={"view": modal.id, "values": {"stage": "review"}})
    assert clicking.workspace.interactive.top(BOB) is None
    assert await world.answer() == ["answered"]
    assert world.diagnosed == [("SlowWorkflowStage", {"workflow": "bug-fix", "stage": "review"})]
    assert len(whispered(clicking)) == 1


async def test_without_prometheus_the_form_lets_people_write(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    world.values = Unreachable("Prometheus", Reason.TIMEOUT)
    await clicking.write(web, BOB, "/hypertool diagnose TokenBudgetExceeded")
    modal = clicking.workspace.interactive.top(BOB)
    assert modal is not None
    assert modal.view["blocks"][-1]["element"]["type"] == "plain_text_input"


async def test_a_hundred_kilobytes_in_a_form_are_refused_in_its_field(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    world.values = {}
    await clicking.write(web, BOB, "/hypertool diagnose TokenBudgetExceeded")
    modal = clicking.workspace.interactive.top(BOB)
    assert modal is not None
    state = {"values": {"persona": {"persona": {"type": "plain_text_input", "value": "x" * 100_000}}}}
    payload = {
        "type": "view_submission",
        "team": {"id": TEAM_ID},
        "user": {"id": BOB, "username": "bob"},
        "trigger_id": "1.a",
        "view": {**modal.view, "state": state},
    }
    answer = await posted_to(clicking, urlencode({"payload": json.dumps(payload)}))
    assert answer.json() == {"response_action": "errors", "errors": {"persona": "At most 1000 characters."}}
    assert world.orders.take(Move.ANSWER) == []


async def posted_to(clicking: Clicking, body: str, **headers: str) -> httpx.Response:
    signed = signed_headers(SECRET, clicking.clock().timestamp(), body.encode())
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with loopback_client() as http:
        return await http.post(
            f"{clicking.url}/slack/events", content=body, headers={**kind, **signed, **headers}
        )


def command_of(**changes: str) -> dict[str, str]:
    return {
        "command": "/hypertool",
        "text": "status",
        "team_id": TEAM_ID,
        "channel_id": CHANNEL,
        "user_id": BOB,
        "user_name": "bob",
        "response_url": "https://hooks.slack.com/commands/T0/1/abc",
        "trigger_id": "1.2.abc",
    } | changes


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"team_id": "T0OTHER"}, 403),
        ({"user_id": "<!channel>"}, 400),
        ({"channel_id": "../x"}, 400),
        ({"trigger_id": ""}, 400),
        ({"response_url": "x" * 501}, 400),
        ({"text": "x" * 100_000}, 400),
        ({"command": "/other"}, 404),
    ],
)
async def test_a_command_of_another_shape_or_workspace_is_refused(
    clicking: Clicking, world: AskedWorld, changes: dict[str, str], status: int
) -> None:
    answer = await posted_to(clicking, urlencode(command_of(**changes)))
    assert answer.status_code == status
    assert world.orders.take(Move.ANSWER) == []


@pytest.mark.usefixtures("web")
async def test_forged_and_expired_commands_are_refused_and_a_replay_is_kept_once(
    clicking: Clicking, world: AskedWorld
) -> None:
    body = urlencode(command_of())
    assert (await posted_to(clicking, body, **{"X-Slack-Signature": "v0=" + "0" * 64})).status_code == 401
    old = str(int(clicking.clock().timestamp()) - 301)
    assert (await posted_to(clicking, body, **{"X-Slack-Request-Timestamp": old})).status_code == 401
    assert [(await posted_to(clicking, body)).status_code for _ in range(2)] == [200, 200]
    clicking.clock.forward(seconds=2)  # another replica sees it signed anew
    assert (await posted_to(clicking, body)).status_code == 200
    assert len(world.orders.take(Move.ANSWER)) == 1


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/x",
        "http://169.254.169.254/latest",
        "https://hooks.slack.com@evil.example/x",
        "file:///etc/passwd",
    ],
)
async def test_an_answer_goes_to_no_other_address_but_to_the_channel(
    clicking: Clicking, world: AskedWorld, url: str
) -> None:
    """Only Slack can sign a command; an address of somebody else is not followed all the same."""
    await posted_to(clicking, urlencode(command_of(response_url=url)))
    assert await world.answer() == ["answered"]
    assert [call.method for call in clicking.workspace.calls][-1] == "chat.postEphemeral"


async def test_when_the_answer_address_is_too_old_the_bot_answers(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    await clicking.write(web, BOB, "/hypertool status")
    clicking.clock.forward(minutes=31)
    assert await world.answer() == ["answered"]
    assert clicking.workspace.calls[-1].method == "chat.postEphemeral"
    assert len(whispered(clicking)) == 1


async def test_an_answer_survives_a_crash_and_is_the_same(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    """Worked out, kept, and the process dies before anybody is told: what was kept is told by the next."""
    await clicking.write(web, BOB, DIAGNOSE)
    clicking.workspace.interactive.hooks.clear()  # the address is refused, and the bot is not heard either
    clicking.workspace.faults.add(Fault(FaultKind.HTTP, "chat.postEphemeral"))
    assert await world.answer() == ["retrying"]
    order = next(iter(world.orders.placed.values()))
    kept = world.kept(order)
    assert (kept.state, kept.answer_url != "") == (AskedState.ASKED, True)
    assert await world.answer() == ["answered"]
    assert len(world.diagnosed) == 1
    assert len(whispered(clicking)) == 1
    assert world.kept(order).answer_url == ""


async def test_nobody_is_answered_twice(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld
) -> None:
    """The same order run again after a crash finds it done."""
    await clicking.write(web, BOB, "/hypertool fixes")
    order = next(iter(world.orders.placed.values()))
    assert [await world.answer_by(order) for _ in range(2)] == ["answered", "not_due"]
    assert len(whispered(clicking)) == 1


async def test_what_another_replica_answered_meanwhile_is_not_said_again(
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While this one waited for the database its lease ended, and the other had the same order."""
    await clicking.write(web, BOB, "/hypertool fixes")
    order = next(iter(world.orders.placed.values()))
    monkeypatch.setattr(desk, "INSISTS_EVERY", 0.0)
    monkeypatch.setattr(Claim, "holds", lambda *_: False)
    coming = Course(world.desk.database)
    coming(".x.")
    assert await world.answer_by(order) == "not_due"
    assert coming.coming == []
    assert whispered(clicking) == []


@pytest.mark.parametrize(
    ("course", "outcome"),
    [("?..", "answered"), (".xx..", "answered"), ("..xxx", "answered"), ("..?", "not_due")],
)
async def test_while_the_database_goes_away_people_are_answered_once(  # noqa: PLR0913, PLR0917 - a table
    clicking: Clicking, web: httpx.AsyncClient, world: AskedWorld, monkeypatch: pytest.MonkeyPatch,
    course: str, outcome: str,
) -> None:  # fmt: skip
    await clicking.write(web, BOB, "/hypertool fixes")
    order = next(iter(world.orders.placed.values()))
    monkeypatch.setattr(desk, "INSISTS_EVERY", 0.0)
    coming = Course(world.desk.database)
    coming(course)
    assert await world.answer_by(order) == outcome
    assert coming.coming == []
    assert world.kept(order).state is AskedState.ANSWERED
    assert len(whispered(clicking)) == 1
