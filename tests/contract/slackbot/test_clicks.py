"""What people press decides about quick fixes, once, by those who may; everybody else is told why not."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from responder.domain.fix import FixEnd, FixMode, FixState
from responder.render.buttons import APPROVE, EXTEND, OTHER, REJECT, REVERT, value_of
from responder.storage import fixes
from responder.testing.clicking import ANN, BOB, Clicking
from responder.testing.loopback import loopback_client
from responder.testing.slack import Fault, FaultKind
from responder.testing.slack.people import GROUPS, Directory, Group

EVERYBODY = Group("S0EVERYBODY", "everybody", (ANN, BOB))


async def test_an_approval_is_kept_with_who_gave_it_and_says_nothing_more(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    assert await clicking.press(web, ANN, APPROVE, value_of(fix)) == ""
    assert clicking.fix(fix).state is FixState.APPROVED
    assert clicking.written(fix) == [("approved", "slack:U0ANN (ann)", "")]


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (APPROVE, "Too late: it is approved already, approved by <@U0ANN>."),
        (REJECT, "Too late: it is ended (rejected) already, by <@U0ANN>."),
    ],
)
async def test_the_second_click_is_told_who_was_first(
    clicking: Clicking, web: httpx.AsyncClient, first: str, words: str
) -> None:
    clicking.approvers = (ANN, BOB)
    fix = clicking.proposed()
    clicking.show(fix)
    await clicking.press(web, ANN, first, value_of(fix))
    assert await clicking.press(web, BOB, APPROVE, value_of(fix)) == words
    assert len(clicking.written(fix)) == 1


async def test_of_two_clicks_at_once_one_counts(clicking: Clicking, web: httpx.AsyncClient) -> None:
    clicking.approvers = (ANN, BOB)
    fix = clicking.proposed()
    clicking.show(fix)
    value = value_of(fix)
    await asyncio.gather(*(clicking.press(web, user, APPROVE, value) for user in (ANN, BOB)))
    (late,) = clicking.workspace.interactive.whispers
    assert late.user not in clicking.fix(fix).approved_by
    assert len(clicking.written(fix)) == 1


@pytest.mark.parametrize(
    ("approvers", "may", "words"),
    [
        ((), False, "in slack.approvers; your id is U0BOB"),  # nobody named means nobody
        ((ANN,), False, "you (U0BOB) may not decide about quick fixes here. Ask <@U0ANN>."),
        (("S0ONCALL",), False, "Ask <!subteam^S0ONCALL>."),  # ann is in it, bob isn't
        (("S0GONE",), False, "Slack did not say who is in the group"),  # fails closed
        ((BOB,), True, ""),
        ((ANN, "S0GONE", BOB), True, ""),  # who is named needs no group
        (("S0GONE", "S0EVERYBODY"), True, ""),  # one group that can't be asked for does not lock out another
    ],
)
async def test_only_who_is_named_may_and_everybody_else_is_told_so(
    clicking: Clicking, web: httpx.AsyncClient, approvers: tuple[str, ...], words: str, *, may: bool
) -> None:
    clicking.workspace.interactive.directory = Directory(groups=(*GROUPS, EVERYBODY))
    clicking.approvers = approvers
    fix = clicking.proposed()
    clicking.show(fix)
    said = await clicking.press(web, BOB, APPROVE, value_of(fix))
    assert words in said
    assert (clicking.fix(fix).state is FixState.APPROVED) is may


async def test_who_is_in_a_group_is_asked_once_a_minute(clicking: Clicking, web: httpx.AsyncClient) -> None:
    clicking.approvers = ("S0ONCALL",)
    fix = clicking.proposed()
    clicking.show(fix)
    asked = []
    for seconds in (0, 59, 1):
        clicking.clock.forward(seconds=seconds)
        await clicking.press(web, ANN, APPROVE, value_of(fix))
        calls = [call.method for call in clicking.workspace.calls]
        asked.append(calls.count("usergroups.users.list"))
    assert asked == [1, 1, 2]
    assert clicking.fix(fix).state is FixState.APPROVED


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("not json", "This button can't be read"),
        ("{}", "This button can't be read"),
        ('{"fix": "../../etc"}', "This button can't be read"),
        ('{"fix": "23456789"}', "Nothing was done: there is no such fix."),
    ],
)
async def test_a_value_that_is_none_of_ours_does_nothing(
    clicking: Clicking, web: httpx.AsyncClient, value: str, words: str
) -> None:
    clicking.post([{"type": "button", "text": _plain("x"), "action_id": APPROVE, "value": value}])
    assert words in await clicking.press(web, ANN, APPROVE, value)


async def test_a_button_nobody_knows_any_more_says_so_and_a_link_says_nothing(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    clicking.post(
        [
            {"type": "button", "text": _plain("x"), "action_id": "gone", "value": "v"},
            {"type": "button", "text": _plain("x"), "action_id": "link", "url": "http://x"},
        ]
    )
    assert "older message" in await clicking.press(web, ANN, "gone", "v")
    assert await clicking.press(web, ANN, "link", "") == ""


async def test_what_was_shown_is_what_is_approved(clicking: Clicking, web: httpx.AsyncClient) -> None:
    shown = clicking.proposed()
    other = clicking.proposed(cause="another")
    value = value_of(other).replace(other.id, shown.id)
    clicking.post([{"type": "button", "text": _plain("x"), "action_id": APPROVE, "value": value}])
    assert "what was shown is no longer so" in await clicking.press(web, ANN, APPROVE, value)
    assert clicking.fix(shown).state is FixState.PROPOSED


async def test_a_click_after_the_time_for_it_is_too_late(clicking: Clicking, web: httpx.AsyncClient) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    clicking.clock.forward(hours=1)
    assert "the time for its approval is over" in await clicking.press(web, ANN, APPROVE, value_of(fix))


async def test_fixes_that_are_not_applied_here_are_not_approved(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    clicking.mode = FixMode.SUGGEST
    fix = clicking.proposed()
    clicking.show(fix)
    assert "fixes are not applied here" in await clicking.press(web, ANN, APPROVE, value_of(fix))
    assert clicking.fix(fix).state is FixState.PROPOSED


async def test_where_fixes_are_only_described_everybody_is_told_so(clicking: Clicking) -> None:
    clicking.describes_only = True
    fix = clicking.proposed()
    clicking.show(fix)
    async with clicking.running() as url, loopback_client(base_url=url) as web:
        for action, value in ((APPROVE, value_of(fix)), (OTHER, fix.incident)):
            assert "only described here" in await clicking.press(web, ANN, action, value)


async def test_a_lease_is_extended_by_an_hour_and_undone_on_demand(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.in_force()
    clicking.show(fix)
    await clicking.press(web, ANN, EXTEND, value_of(fix))
    after = clicking.fix(fix).expires_at
    assert after is not None
    assert fix.expires_at is not None
    assert after - fix.expires_at == timedelta(hours=1)
    await clicking.press(web, ANN, REVERT, value_of(fix))
    assert (clicking.fix(fix).state, clicking.fix(fix).ends_as) == (FixState.UNDOING, FixEnd.REVERTED)


async def test_the_same_button_pressed_again_extends_no_second_time(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    """Which replica gets the second press makes no difference: what was shown is what is extended."""
    fix = clicking.in_force()
    clicking.show(fix)
    assert await clicking.press(web, ANN, EXTEND, value_of(fix)) == ""
    once = clicking.fix(fix)
    assert "Too late: it was extended already, until" in await clicking.press(web, ANN, EXTEND, value_of(fix))
    assert clicking.fix(fix).expires_at == once.expires_at
    clicking.show(once)
    assert await clicking.press(web, ANN, EXTEND, value_of(once)) == ""
    assert clicking.fix(fix).expires_at != once.expires_at


async def test_while_slack_cannot_say_whose_workspace_it_is_nothing_is_done_and_the_click_may_come_again(
    clicking: Clicking,
) -> None:
    clicking.introduced = False
    async with clicking.running() as url, loopback_client(base_url=url) as web:
        fix = clicking.proposed()
        clicking.show(fix)
        clicking.workspace.faults.add(Fault(FaultKind.HTTP, "auth.test"))
        assert "status 503" in await clicking.press(web, ANN, APPROVE, value_of(fix))
        assert clicking.fix(fix).state is FixState.PROPOSED
        assert await clicking.press(web, ANN, APPROVE, value_of(fix)) == ""
        assert clicking.fix(fix).state is FixState.APPROVED


async def test_slack_has_its_answer_in_time_however_long_the_far_side_takes(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    hang = clicking.workspace.faults.add(Fault(FaultKind.HANG, "views.open"))
    assert await clicking.press(web, ANN, OTHER, fix.incident) == ""
    assert hang.reached.is_set()


async def test_a_decision_that_takes_long_is_kept_after_slack_got_its_answer(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    with clicking.desk.database.write() as connection:
        fixes.load(connection, fix.id, for_change=True)  # somebody else is at the database
        assert await clicking.press(web, ANN, APPROVE, value_of(fix)) == "", "no trouble: it was in time"
        assert fixes.load(connection, fix.id) == fix
    async with asyncio.timeout(20):
        while clicking.fix(fix).state is not FixState.APPROVED:  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.02)


async def test_a_group_that_slack_does_not_tell_of_in_time_lets_nobody_in(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    clicking.approvers = ("S0ONCALL",)
    fix = clicking.proposed()
    clicking.show(fix)
    clicking.workspace.faults.add(Fault(FaultKind.HANG, "usergroups.users.list"))
    assert "Slack did not say who is in the group" in await clicking.press(web, ANN, APPROVE, value_of(fix))
    assert clicking.fix(fix).state is FixState.PROPOSED


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
