"""The buttons of quick fixes in Slack's message: which there are, what each is bound to, what it asks."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from responder.domain.fix import FixState
from responder.domain.incident import Event, EventKind
from responder.domain.notice import Notice
from responder.policy.gates import Refusal
from responder.render import slack
from responder.testing.samples import WITH_FIXES, lives, seven
from responder.testing.samples.fixes import (
    answering,
    ends_soon,
    held,
    in_force,
    not_undone,
    proposed,
    raise_budget,
    silence,
    with_fixes,
)

RAISED = "Raise the budget by 500 tokens"


def blocks_of(notice: Notice) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(json.dumps(slack.message(notice).blocks))
    return found


def buttons_in(notice: Notice) -> list[dict[str, Any]]:
    """The buttons of quick fixes."""
    rows = [block["elements"] for block in blocks_of(notice) if block["type"] == "actions"]
    return [button for row in rows for button in row if button["action_id"].startswith("fix_")]


def names_in(notice: Notice) -> list[str]:
    return [button["action_id"] for button in buttons_in(notice)]


BOTH = ["fix_approve", "fix_reject"]
HOLDS = ["fix_revert", "fix_extend"]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("TokenBudgetExceeded", []),  # described only
        ("fixes proposed", [*BOTH, "fix_other"]),  # the second one has no room
        ("fix that answers", [*BOTH, *BOTH, "fix_other"]),
        ("fix refused", BOTH),  # of the one that would not be refused
        ("fix approved", ["fix_other"]),  # for another one: buttons vanish when used
        ("fix applying", ["fix_other"]),
        ("fix settling", ["fix_other"]),
        ("fix in force", [*HOLDS, "fix_other"]),
        ("fix undo waits", [*HOLDS, "fix_other"]),
        ("fix undoing", ["fix_other"]),
        ("fix outlives", HOLDS),  # the incident is over, the fix is not
        ("fix ended: reverted", []),
        ("fix ended: refused", []),
    ],
)
def test_a_fix_has_the_buttons_of_its_state(name: str, names: list[str]) -> None:
    notice = WITH_FIXES[name]() if name in WITH_FIXES else seven.token_budget_exceeded()
    assert names_in(notice) == names


def test_a_row_of_buttons_stands_below_the_line_it_is_about() -> None:
    blocks = blocks_of(answering())
    rows = [place for place, block in enumerate(blocks) if block["type"] == "actions"][:-1]
    said = [json.dumps(blocks[place - 1]) for place in rows]
    assert "Relax the gate one step" in said[0]
    assert "Use a better model" in said[1]
    pressed = [json.loads(blocks[place]["elements"][0]["value"])["fix"] for place in rows]
    assert pressed == ["fx4n7t2relax", "fx4n7t2model"]


def test_a_press_is_bound_to_what_was_shown() -> None:
    shown = raise_budget()
    changed = replace(shown, change=replace(shown.change, after=3000))
    values = [json.loads(buttons_in(with_fixes(fix))[0]["value"]) for fix in (shown, changed)]
    assert values == [{"fix": shown.id, "digest": fix.digest} for fix in (shown, changed)]
    assert values[0] != values[1]


def test_approving_asks_with_the_values_and_the_end() -> None:
    approve = buttons_in(proposed())[0]
    confirm = approve["confirm"]
    assert confirm["title"]["text"] == f"{RAISED}?"
    assert confirm["text"]["text"] == (
        "personas/backend-engineer/budget: 2000 → 2500 tokens, for 1 h from your approval, which is until "
        "14 Nov 04:04 UTC or later. Then it is undone by itself. It buys time, does not cure."
    )
    assert confirm["confirm"]["text"] == "Approve"


def test_what_is_done_once_promises_no_undoing() -> None:
    restart = silence(title="Restart Hypertool", lasts=timedelta(0))
    said = buttons_in(with_fixes(restart))[0]["confirm"]["text"]["text"]
    assert said.startswith("It is done once (TokenBudgetExceeded).")
    assert "undone" not in said


def test_undoing_asks_with_the_value_it_goes_back_to() -> None:
    undo = buttons_in(in_force())[0]
    said = undo["confirm"]["text"]["text"]
    assert "2500 → 2000 tokens, now." in said
    assert "It would end by itself at 14 Nov 04:14 UTC." in said


def test_a_screen_reader_hears_which_fix_a_button_is_of() -> None:
    said = [button["accessibility_label"] for button in buttons_in(in_force())[:2]]
    assert said == [f"Undo: {RAISED}", f"1 h longer: {RAISED}"]


def test_the_button_for_others_names_the_incident_and_stands_in_the_last_row() -> None:
    *_, other = buttons_in(answering())
    assert other["value"] == answering().incident.id


def test_where_no_fix_has_room_its_button_stays() -> None:
    """The lines went, for so many are under way; what they said is a button away."""
    full = held(FixState.APPROVED)
    under_way = [replace(full.fixes[0], id=f"fx{i}", title="word " * 19) for i in range(3)]
    crowded = replace(lives.five_hundred_alerts(), fixes=(*under_way, silence()), at=full.at)
    assert names_in(crowded) == ["fix_other"]


@pytest.mark.parametrize("sample", [lives.silenced, lives.inhibited, lives.resolved])
def test_what_needs_no_fix_has_no_button(sample: Any) -> None:
    assert names_in(with_fixes(raise_budget(), silence(), of=sample)) == []


def test_a_refused_proposal_can_not_be_pressed_not_even_among_others() -> None:
    refused = raise_budget(refusal=Refusal.COOLING_DOWN)
    assert names_in(with_fixes(refused, replace(refused, id="second", fix="second"))) == []


def test_no_button_is_told_by_colour_alone() -> None:
    for sample in WITH_FIXES.values():
        assert all(button["text"]["text"] for button in buttons_in(sample()))


class TestAReplyAboutAFix:
    def test_names_the_fix_in_a_sentence_of_its_own(self) -> None:
        notice = not_undone()
        [event] = notice.replies
        assert slack.reply(notice, event).text == (
            "[critical] backend-engineer 250 tokens over 2000: the quick fix could not be undone yet. "
            "Raise the budget by 500 tokens (2000 → 2500): Hypertool's control API: no connection"
        )

    def test_says_when_the_fix_ends(self) -> None:
        notice = ends_soon()
        [event] = notice.replies
        reply = slack.reply(notice, event)
        assert reply.text.endswith("(2000 → 2500), until 14 Nov 04:14 UTC")
        assert '"type": "date"' in json.dumps(reply.blocks)

    def test_says_no_end_where_it_may_be_another_ones(self) -> None:
        notice = ends_soon()
        two = replace(notice, fixes=(*notice.fixes, replace(notice.fixes[0], id="second")))
        [event] = notice.replies
        assert "until" not in slack.reply(two, event).text

    def test_says_why_it_did_not_work(self) -> None:
        said = f"{RAISED} (2000 → 2500): the measure is still bad"
        event = Event(kind=EventKind.FIX_DID_NOT_WORK, at=in_force().incident.opened_at, text=said, seq=3)
        assert slack.reply(in_force(), event).text.endswith(f"the quick fix did not work. {said}")
