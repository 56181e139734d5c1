"""What people ask of an incident in Slack: who may, who was first, and what the forms take."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from responder.domain.alert import AlertStatus
from responder.domain.incident import Incident, absorb
from responder.domain.marks import SilenceState
from responder.domain.notice import Notice
from responder.render import slack
from responder.render.asks import AGAIN, FALSE_ALARM, SILENCE, TAKE, UNSILENCE
from responder.storage import incidents
from responder.testing.clicking import ANN, BOB, Clicking
from responder.testing.forms import submit, top, words_of
from responder.testing.slack.payloads import view_submission
from responder.testing.slack.sending import send

WHO = "slack:U0ANN (ann)"


def incident(clicking: Clicking) -> Incident:
    with clicking.desk.database.read() as connection:
        found = incidents.load(connection, clicking.incident)
    assert found is not None
    return found


def show(clicking: Clicking) -> None:
    """Post the message of an incident as it is now."""
    if not clicking.incident:
        clicking.proposed()
    message = slack.message(Notice(incident=incident(clicking), report=None, at=clicking.clock()))
    channel = clicking.workspace.channel("C0ALERTS0")
    clicking.message = clicking.workspace.post(
        clicking.workspace.apps[0], channel, message.text, message.blocks
    )


def close(clicking: Clicking) -> None:
    """Have all of its alerts resolve."""
    now = clicking.clock()
    over = [replace(one, status=AlertStatus.RESOLVED, ends_at=now) for one in incident(clicking).active]
    with clicking.desk.work() as work:
        before = incident(clicking)
        clicking.desk.keep(work, before, absorb(before, over, now, certain=True))


async def press(clicking: Clicking, web: httpx.AsyncClient, user: str, action: str) -> str:
    """Press a button of the message that is shown; what whoever pressed hears."""
    assert clicking.message is not None
    blocks = json.loads(json.dumps(clicking.message.now.blocks))
    buttons = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    value = next(one["value"] for one in buttons if one["action_id"] == action)
    return await clicking.press(web, user, action, value)


async def test_taking_it_is_for_everybody_and_the_second_is_told_who_has_it(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    show(clicking)
    clicking.approvers = ()
    assert await press(clicking, web, ANN, TAKE) == ""
    assert incident(clicking).taken_by == WHO
    assert await press(clicking, web, BOB, TAKE) == "Too late: <@U0ANN> has it."
    show(clicking)  # by now the message says who has it
    assert await press(clicking, web, BOB, TAKE) == ""
    assert incident(clicking).taken_by == "slack:U0BOB (bob)"


async def test_of_two_who_press_at_once_one_has_it(clicking: Clicking, web: httpx.AsyncClient) -> None:
    show(clicking)
    await asyncio.gather(*(press(clicking, web, user, TAKE) for user in (ANN, BOB)))
    (late,) = clicking.workspace.interactive.whispers
    assert late.user not in incident(clicking).taken_by


async def test_running_again_is_asked_for_once(clicking: Clicking, web: httpx.AsyncClient) -> None:
    show(clicking)
    assert await press(clicking, web, ANN, AGAIN) == "It is being investigated anew."
    said = await press(clicking, web, BOB, AGAIN)
    assert said == "Too late: it is being investigated anew already, asked for by <@U0ANN>."
    assert incident(clicking).revision == 2


async def test_a_silence_is_asked_for_with_duration_and_reason(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    show(clicking)
    assert await press(clicking, web, ANN, SILENCE) == ""
    await submit(web, top(clicking.workspace, ANN), **{"for": "120", "why": "the load\u202e test <!channel>"})
    silence = incident(clicking).silence
    assert silence is not None
    assert (silence.by, silence.why, silence.state) == (WHO, "the load test <!channel>", SilenceState.ORDERED)
    assert silence.until - silence.at == timedelta(hours=2)
    assert "It is being silenced" in words_of(top(clicking.workspace, ANN))


async def test_only_approvers_may_silence_and_are_asked_before_filling_anything_in(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    show(clicking)
    said = await press(clicking, web, BOB, SILENCE)
    assert said == "Nothing was done: you (U0BOB) may not silence anything here. Ask <@U0ANN>."
    await press(clicking, web, ANN, SILENCE)
    clicking.approvers = (BOB,)  # while the form was open
    await submit(web, top(clicking.workspace, ANN), **{"for": "60"})
    assert "may not silence" in words_of(top(clicking.workspace, ANN))
    assert incident(clicking).silence is None


async def test_the_second_silence_is_told_of_the_first(clicking: Clicking, web: httpx.AsyncClient) -> None:
    clicking.approvers = (ANN, BOB)
    show(clicking)
    for user in (ANN, BOB):
        await press(clicking, web, user, SILENCE)
    await submit(web, top(clicking.workspace, ANN), **{"for": "60"})
    await submit(web, top(clicking.workspace, BOB), **{"for": "60"})
    assert "it is being silenced already until 2 Mar 13:00 UTC, by <@U0ANN>." in words_of(
        top(clicking.workspace, BOB)
    )


async def test_a_form_says_which_incident_it_is_about(clicking: Clicking, web: httpx.AsyncClient) -> None:
    show(clicking)
    for action in (SILENCE, FALSE_ALARM):
        await press(clicking, web, ANN, action)
        said = words_of(top(clicking.workspace, ANN))
        assert incident(clicking).alert_name in said
        assert f"({clicking.incident})" in said


async def test_what_is_over_is_not_silenced_and_that_is_said_before_anything_is_filled_in(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    show(clicking)
    close(clicking)
    assert await press(clicking, web, ANN, SILENCE) == "Too late: the incident is over."
    assert clicking.workspace.interactive.top(ANN) is None
    assert await press(clicking, web, ANN, FALSE_ALARM) == "", "which it may turn out to have been"
    assert "False alarm" in str(top(clicking.workspace, ANN).view["title"])


async def test_a_silence_is_ended_by_its_button_once_by_approvers(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    show(clicking)
    await press(clicking, web, ANN, SILENCE)
    await submit(web, top(clicking.workspace, ANN), **{"for": "120"})
    show(clicking)  # by now the message says that it is being silenced
    assert "may not silence" in await press(clicking, web, BOB, UNSILENCE)
    assert await press(clicking, web, ANN, UNSILENCE) == ""
    silence = incident(clicking).silence
    assert silence is not None
    assert (silence.state, silence.ended_by) == (SilenceState.ENDING, WHO)
    again = await press(clicking, web, ANN, UNSILENCE)
    assert again == "Too late: its silence is being ended already, by <@U0ANN>."


async def test_a_false_alarm_wants_a_reason_and_anybody_may_say_so(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    show(clicking)
    clicking.approvers = ()
    await press(clicking, web, BOB, FALSE_ALARM)
    await submit(web, top(clicking.workspace, BOB), why="   ")
    assert top(clicking.workspace, BOB).errors == {"why": "Say in a few words why nothing was wrong."}
    await submit(web, top(clicking.workspace, BOB), why="the nightly load test")
    said = incident(clicking).false_alarm
    assert said is not None
    assert (said.by, said.why) == ("slack:U0BOB (bob)", "the nightly load test")


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"for": {"for": {"selected_option": {"value": "999999"}}}}, "for"),  # was never offered
        ({"for": {"for": {"selected_option": None}}}, "for"),
        (
            {"for": {"for": {"selected_option": {"value": "60"}}}, "why": {"why": {"value": "x" * 100_000}}},
            "why",
        ),
    ],
)
async def test_what_the_form_could_not_have_held_is_refused(
    clicking: Clicking, web: httpx.AsyncClient, values: Any, wrong: str
) -> None:
    show(clicking)
    await press(clicking, web, ANN, SILENCE)
    sent = await send(
        clicking.workspace, view_submission(clicking.workspace, top(clicking.workspace, ANN), values)
    )
    assert list(sent.answer["errors"]) == [wrong]
    assert incident(clicking).silence is None


async def test_a_value_that_is_none_of_ours_does_nothing(clicking: Clicking, web: httpx.AsyncClient) -> None:
    show(clicking)
    for action in (TAKE, AGAIN, SILENCE, FALSE_ALARM):
        words = {"type": "plain_text", "text": "x"}
        clicking.post([{"type": "button", "text": words, "action_id": action, "value": "nonsense"}])
        assert "can't be read" in await clicking.press(web, ANN, action, "nonsense")
    assert incident(clicking).taken_by == ""
