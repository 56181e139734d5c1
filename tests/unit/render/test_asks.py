"""The buttons below the message: what can be asked of an incident as it is, and in view of what."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from responder.domain.marks import AskedSilence, FalseAlarm, SilenceState
from responder.domain.notice import Notice
from responder.render import slack
from responder.render.lines import PHONE_LINES
from responder.render.text import message_text
from responder.testing.samples import WITH_FIXES, lives, seven

HOUR = timedelta(hours=1)


def row(notice: Notice) -> list[dict[str, Any]]:
    blocks = json.loads(json.dumps(slack.message(notice).blocks))
    found = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [one for elements in found for one in elements if one["action_id"].startswith("incident_")]


def texts(notice: Notice) -> list[str]:
    return [button["text"]["text"] for button in row(notice)]


def at_of(notice: Notice) -> datetime:
    return notice.at or notice.incident.opened_at


def silenced(notice: Notice, state: SilenceState = SilenceState.MADE, **more: Any) -> Notice:
    now = at_of(notice)
    silence = AskedSilence(id="s", by="slack:U0ANN (ann)", at=now, until=now + HOUR, state=state, **more)
    return replace(notice, incident=replace(notice.incident, silence=silence), at=now)


def called_false(notice: Notice) -> Notice:
    said = FalseAlarm(by="slack:U0BOB (bob)", at=at_of(notice), why="the nightly load test")
    return replace(notice, incident=replace(notice.incident, false_alarm=said))


def taken(notice: Notice) -> Notice:
    return replace(notice, incident=replace(notice.incident, taken_by="slack:U0ANN (ann)"))


FIRING = seven.token_budget_exceeded


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (FIRING(), ["Take it", "Run again", "Silence", "False alarm"]),
        (taken(FIRING()), ["Take over", "Run again", "Silence", "False alarm"]),
        (silenced(FIRING()), ["Take it", "Run again", "End silence", "False alarm"]),
        (
            silenced(FIRING(), SilenceState.ORDERED),
            ["Take it", "Run again", "End silence", "False alarm"],
        ),
        (silenced(FIRING(), SilenceState.ENDING, ended_by="bob"), ["Take it", "Run again", "False alarm"]),
        (silenced(FIRING(), SilenceState.ENDED), ["Take it", "Run again", "Silence", "False alarm"]),
        (silenced(FIRING(), SilenceState.FAILED), ["Take it", "Run again", "Silence", "False alarm"]),
        (called_false(FIRING()), ["Take it", "Run again", "Silence"]),
        (lives.resolved(), ["False alarm"]),
        (called_false(lives.resolved()), []),
    ],
)
def test_what_is_done_has_no_button(notice: Notice, expected: list[str]) -> None:
    assert texts(notice) == expected


def test_once_a_silence_is_over_the_next_can_be_asked_for() -> None:
    notice = silenced(FIRING())
    assert "Silence" in texts(replace(notice, at=at_of(notice) + HOUR))
    assert "silenced" not in message_text(replace(notice, at=at_of(notice) + HOUR))


def test_a_press_says_in_view_of_what_it_was_made() -> None:
    values = {one["action_id"]: json.loads(one["value"]) for one in row(taken(FIRING()))}
    incident = FIRING().incident
    assert values["incident_take"] == {"incident": incident.id, "taken_by": "slack:U0ANN (ann)"}
    assert values["incident_again"] == {"incident": incident.id, "revision": incident.revision}
    assert values["incident_silence"] == {"incident": incident.id}


def test_a_screen_reader_hears_what_a_button_is_about() -> None:
    assert row(FIRING())[0]["accessibility_label"] == "Take it: backend-engineer 250 tokens over 2000"


def test_where_presses_do_not_reach_us_there_are_no_buttons() -> None:
    for notice in (FIRING(), WITH_FIXES["fixes proposed"]()):
        message = slack.Voice(pressable=False).message(notice)
        assert not [block for block in message.blocks if block["type"] == "actions"]


def test_with_its_buttons_it_still_fits_a_phone() -> None:
    message = slack.message(lives.five_hundred_alerts())
    assert message.blocks[-1]["type"] in {"actions", "context"}
    assert len(message_text(lives.five_hundred_alerts()).splitlines()) <= PHONE_LINES


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (lambda: silenced(FIRING(), why="known"), "Muted: silenced by ann until 14 Nov 04:02 UTC: known"),
        (
            lambda: silenced(FIRING(), SilenceState.ORDERED),
            "Muted: being silenced, by ann, until 14 Nov 04:02 UTC",
        ),
        (
            lambda: silenced(FIRING(), SilenceState.ENDING, ended_by="slack:U0BOB (bob)"),
            "Muted: silenced by ann; bob has that ended",
        ),
        (
            lambda: silenced(FIRING(), failure="Alertmanager: refused"),
            "Muted: silenced by ann until 14 Nov 04:02 UTC; could not be ended: Alertmanager: refused",
        ),
        (
            lambda: silenced(FIRING(), SilenceState.FAILED, failure="Alertmanager: refused"),
            "Muted: not, though ann wanted it silenced: Alertmanager: refused",
        ),
        (lambda: called_false(FIRING()), "False alarm: says bob: the nightly load test"),
        (lambda: called_false(lives.resolved()), "False alarm: says bob: the nightly load test"),
    ],
)
def test_everybody_sees_what_was_said(made: Callable[[], Notice], line: str) -> None:
    assert line in message_text(made()).splitlines()
