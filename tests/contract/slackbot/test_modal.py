"""The form with all quick fixes: what each would do, one to approve, a reason for the audit log."""

from typing import Any

import httpx
import pytest

from responder.domain.fix import FixState
from responder.policy.gates import Refusal
from responder.render.buttons import OTHER, value_of
from responder.testing.clicking import ANN, BOB, Clicking
from responder.testing.forms import submit, top, words_of
from responder.testing.loopback import loopback_client
from responder.testing.slack import Fault, FaultKind
from responder.testing.slack.payloads import view_submission
from responder.testing.slack.sending import form_of, signed_headers


async def test_it_says_what_each_would_do_and_why_one_is_refused(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.proposed(buys="+500 tokens last about 6 min", answers=False)
    clicking.proposed(title="Silence it", refusal=Refusal.TARGET_TAKEN)
    clicking.show(fix)
    await clicking.press(web, ANN, OTHER, fix.incident)
    words = words_of(top(clicking.workspace, ANN))
    for said in ("1700 → 2200 tokens", "+500 tokens last", "buys time, does not cure", "Silence it"):
        assert said in words
    assert "refused: another fix is in force there" in words
    (choice,) = [
        block for block in top(clicking.workspace, ANN).view["blocks"] if block["block_id"] == "choice"
    ]
    assert [option["value"] for option in choice["element"]["options"]] == [value_of(fix)]


async def test_the_chosen_one_is_approved_with_the_reason_and_the_form_says_so(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    first, second = clicking.proposed(), clicking.proposed(title="Another one")
    clicking.show(first)
    await clicking.press(web, ANN, OTHER, first.incident)
    await submit(
        web, top(clicking.workspace, ANN), choice=value_of(second), reason="the burst is\u202e\nplanned"
    )
    assert clicking.fix(first).state is FixState.PROPOSED
    assert clicking.written(second) == [("approved", "slack:U0ANN (ann)", "the burst is planned")]
    assert "Another one: 1700 → 2200 tokens: approved." in words_of(top(clicking.workspace, ANN))
    assert "submit" not in top(clicking.workspace, ANN).view


async def test_who_comes_second_is_told_in_the_form_who_was_first(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    clicking.approvers = (ANN, BOB)
    fix = clicking.proposed()
    clicking.show(fix)
    for user in (ANN, BOB):
        await clicking.press(web, user, OTHER, fix.incident)
    for user in (BOB, ANN):
        await submit(web, top(clicking.workspace, user), choice=value_of(fix))
    assert "approved by <@U0BOB>" in words_of(top(clicking.workspace, ANN))


async def test_who_may_not_is_told_so_before_filling_anything_in(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    assert "may not decide" in await clicking.press(web, BOB, OTHER, fix.incident)
    assert clicking.workspace.interactive.top(BOB) is None


async def test_without_anything_to_approve_it_has_no_button_to_send_it_off(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    fix = clicking.in_force()
    clicking.show(fix)
    await clicking.press(web, ANN, OTHER, fix.incident)
    assert "submit" not in top(clicking.workspace, ANN).view
    assert "no quick fix to decide about" in words_of(top(clicking.workspace, ANN))


async def test_thirty_proposals_with_the_longest_texts_are_within_slacks_limits(
    clicking: Clicking, web: httpx.AsyncClient
) -> None:
    """The stand-in refuses views that Slack would refuse."""
    for number in range(30):
        hostile = f"<!channel> {number} " + "<@U0ANN> & *x* " * 200
        refusal = Refusal.CEILING_REACHED if number % 2 else ""
        fix = clicking.proposed(title=hostile, buys=hostile, why=hostile, refusal=refusal)
    clicking.show(fix)
    assert await clicking.press(web, ANN, OTHER, fix.incident) == ""
    assert "+10 more" in words_of(top(clicking.workspace, ANN))


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"reason": {"reason": {"value": "x" * 100_000}}}, {"reason": "At most 300 characters."}),
        ({"choice": {"choice": {"selected_option": None}}}, {"choice": "Choose one."}),
        ({"choice": {}}, {"choice": "Choose one."}),
    ],
    ids=["100 KB", "nothing chosen", "no such field"],
)
async def test_what_slacks_own_form_would_not_send_is_refused_in_the_form(
    clicking: Clicking, web: httpx.AsyncClient, values: dict[str, Any], errors: dict[str, str]
) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    await clicking.press(web, ANN, OTHER, fix.incident)
    chosen = {"choice": {"choice": {"selected_option": {"value": value_of(fix)}}}}
    answer = await _submitted_raw(clicking, {**chosen, **values})
    assert answer.json() == {"response_action": "errors", "errors": errors}
    assert clicking.fix(fix).state is FixState.PROPOSED


async def _submitted_raw(clicking: Clicking, values: dict[str, Any]) -> httpx.Response:
    body = form_of(view_submission(clicking.workspace, top(clicking.workspace, ANN), values))
    signed = signed_headers(clicking.secret or "", clicking.clock().timestamp(), body)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with loopback_client() as http:
        return await http.post(f"{clicking.url}/slack/events", content=body, headers=kind | signed)


async def test_a_form_that_slack_does_not_open_is_told(clicking: Clicking, web: httpx.AsyncClient) -> None:
    fix = clicking.proposed()
    clicking.show(fix)
    clicking.workspace.faults.add(Fault(FaultKind.REFUSE, "views.open", error="expired_trigger_id"))
    assert "did not open the form" in await clicking.press(web, ANN, OTHER, fix.incident)
