"""What a channel holds after an incident was told: through all its life, and through failures on the way."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from responder.domain.errors import Reason, Unreachable
from responder.domain.incident import Ending, EventKind
from responder.domain.notice import Kin, Notice, PartlyTold, Receipt
from responder.notify.slack import SlackNotifier
from responder.testing.clock import ManualClock
from responder.testing.samples import NOTICES, lives, seven
from responder.testing.slack import Channel, Fault, FaultKind, Message, Tempo, Workspace


async def told(notifier: SlackNotifier, *notices: Notice) -> Receipt:
    """Tell one after the other without trouble."""
    receipt: Receipt | None = None
    for notice in notices:
        receipt = await notifier.tell(notice, receipt, sure=True)
    assert receipt is not None
    return receipt


async def persisted(
    notifier: SlackNotifier, clock: ManualClock, notice: Notice, receipt: Receipt | None = None
) -> Receipt:
    """Tell as the engine does: again after a failure, with what the failure handed over."""
    sure = True
    while True:
        try:
            return await notifier.tell(notice, receipt, sure=sure)
        except PartlyTold as partly:
            receipt, sure = partly.receipt, False
        except Unreachable:
            sure = False
        clock.forward(minutes=1)


def roots(channel: Channel) -> list[Message]:
    return [message for message in channel.messages if message.thread_ts is None]


def broadcasts(channel: Channel) -> list[str]:
    return [message.now.text for message in channel.messages if message.broadcast]


def quiet_replies(channel: Channel) -> list[Message]:
    return [m for m in channel.messages if m.thread_ts is not None and not m.broadcast]


def methods(workspace: Workspace, *, among: Sequence[str] = ()) -> list[str]:
    return [call.method for call in workspace.calls if not among or call.method in among]


class TestALife:
    async def test_begins_with_one_message_and_its_detail_as_a_quiet_reply(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        await told(notifier, seven.token_budget_exceeded())
        [root], [detail] = roots(channel), quiet_replies(channel)
        assert root.now.text.startswith("[critical] backend-engineer 250 tokens over 2000")
        assert detail.thread_ts == root.ts
        assert broadcasts(channel) == []

    async def test_costs_two_calls_at_first_and_never_reads_history(
        self, notifier: SlackNotifier, workspace: Workspace
    ) -> None:
        await told(notifier, seven.token_budget_exceeded())
        assert methods(workspace) == ["chat.postMessage", "chat.postMessage"]

    async def test_without_a_complete_report_has_no_detail_yet(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        await told(notifier, lives.not_investigated(), lives.partial())
        assert (len(roots(channel)), quiet_replies(channel)) == (1, [])

    async def test_goes_on_by_edits_that_notify_nobody(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        await told(notifier, lives.partial(), seven.token_budget_exceeded(), lives.resolved())
        [root], [_] = roots(channel), quiet_replies(channel)
        assert [version.text.split("]")[0] for version in root.versions] == [
            "[critical",
            "[critical",
            "[resolved",
        ]
        assert broadcasts(channel) == []

    async def test_that_changes_nothing_makes_no_call(
        self, notifier: SlackNotifier, workspace: Workspace
    ) -> None:
        receipt = await told(notifier, seven.token_budget_exceeded())
        before = len(workspace.calls)
        assert await notifier.tell(seven.token_budget_exceeded(), receipt, sure=True) == receipt
        assert len(workspace.calls) == before

    async def test_tells_everybody_once_what_an_edit_would_tell_nobody(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        receipt = await told(notifier, seven.token_budget_exceeded(), lives.came_back())
        receipt = await notifier.tell(lives.came_back(), receipt, sure=True)
        receipt = await notifier.tell(lives.resolved(Ending.RECOVERED), receipt, sure=True)
        assert broadcasts(channel) == ["[critical] backend-engineer 250 tokens over 2000: came back"]

    async def test_that_ends_because_the_series_ended_says_so_to_everybody(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        await told(notifier, seven.token_budget_exceeded(), lives.resolved(Ending.GONE))
        [said] = broadcasts(channel)
        assert "not because it got better" in said

    async def test_told_late_needs_no_replies_for_what_its_first_message_says(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        """Slack was configured, or came back, after the alert had returned: one notification is enough."""
        await told(notifier, lives.came_back())
        assert (len(roots(channel)), broadcasts(channel)) == (1, [])

    async def test_is_remembered_as_plain_json(self, notifier: SlackNotifier, channel: Channel) -> None:
        receipt = await told(notifier, seven.token_budget_exceeded())
        stored = Receipt(data=json.loads(json.dumps(dict(receipt.data))))
        await notifier.tell(lives.came_back(), stored, sure=True)
        assert (len(roots(channel)), len(broadcasts(channel))) == (1, 1)

    @pytest.mark.parametrize("name", NOTICES)
    async def test_of_every_sample_is_taken_by_slack(
        self, notifier: SlackNotifier, channel: Channel, name: str
    ) -> None:
        sample = NOTICES[name]()
        event = lives.happened(EventKind.CAME_BACK, 99)
        await told(notifier, seven.token_budget_exceeded(), replace(sample, replies=(event,)))
        assert len(broadcasts(channel)) == 1


class TestAFailure:
    @pytest.mark.parametrize(
        "kind",
        [
            FaultKind.LOST_ANSWER,  # it was posted, and we don't know
            FaultKind.HTTP,  # 500: it was not posted
            FaultKind.GARBAGE,  # a proxy's page
            FaultKind.RATE_LIMIT,
        ],
    )
    @pytest.mark.parametrize("nth", [0, 1, 2])  # the message, the reply for everybody, the detail
    async def test_at_any_post_never_makes_two_messages_of_one(  # noqa: PLR0913, PLR0917 - a table
        self,
        notifier: SlackNotifier,
        workspace: Workspace,
        channel: Channel,
        clock: ManualClock,
        kind: FaultKind,
        nth: int,
    ) -> None:
        back = lives.came_back()
        each_posts_once = (lives.partial(), replace(lives.partial(), replies=back.replies), back)
        receipt: Receipt | None = None
        for number, notice in enumerate(each_posts_once):
            if number == nth:
                workspace.faults.add(Fault(kind, "chat.postMessage"))
            receipt = await persisted(notifier, clock, notice, receipt)
        assert (len(roots(channel)), len(broadcasts(channel)), len(quiet_replies(channel))) == (1, 1, 1)

    async def test_between_post_and_receipt_is_mended_by_looking(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        """The process died after Slack had answered: nothing of it was stored."""
        await notifier.tell(lives.partial(), None, sure=True)
        await notifier.tell(seven.token_budget_exceeded(), None, sure=False)
        [root] = roots(channel)
        assert len(root.versions) == 2

    async def test_hands_over_how_far_it_came_and_when_to_go_on(
        self, notifier: SlackNotifier, workspace: Workspace
    ) -> None:
        receipt = await told(notifier, lives.partial())
        workspace.faults.add(Fault(FaultKind.RATE_LIMIT, "chat.postMessage", retry_after=30))
        with pytest.raises(PartlyTold) as partly:
            await notifier.tell(seven.token_budget_exceeded(), receipt, sure=True)
        assert isinstance(partly.value.cause, Unreachable)
        assert (partly.value.cause.reason, partly.value.cause.retry_after) == (Reason.RATE_LIMITED, 30.0)
        assert partly.value.receipt.data["message_ts"] == receipt.data["message_ts"]

    async def test_before_anything_was_said_is_the_bare_error(
        self, notifier: SlackNotifier, workspace: Workspace
    ) -> None:
        workspace.faults.add(Fault(FaultKind.HTTP, "chat.postMessage", status=503))
        with pytest.raises(Unreachable):
            await notifier.tell(seven.token_budget_exceeded(), None, sure=True)

    async def test_to_read_history_does_not_keep_an_alert_from_being_told(
        self, notifier: SlackNotifier, workspace: Workspace, channel: Channel
    ) -> None:
        """The bot lacks the scope: told twice at worst is better than not at all."""
        workspace.faults.add(Fault(FaultKind.REFUSE, "conversations.history", times=9, error="missing_scope"))
        workspace.faults.add(Fault(FaultKind.REFUSE, "conversations.list", times=9, error="missing_scope"))
        await notifier.tell(lives.partial(), None, sure=False)
        assert len(roots(channel)) == 1

    async def test_of_the_rate_is_ridden_out(
        self, notifier: SlackNotifier, workspace: Workspace, channel: Channel, clock: ManualClock
    ) -> None:
        workspace.pace.tempo = Tempo.REAL
        for number in range(6):
            base = seven.token_budget_exceeded()
            notice = replace(base, incident=replace(base.incident, id=f"incident{number}"))
            receipt: Receipt | None = None
            for _ in range(5):
                try:
                    receipt = await notifier.tell(notice, receipt, sure=receipt is None)
                    break
                except PartlyTold as partly:
                    receipt = partly.receipt
                    clock.forward(seconds=2)
                except Unreachable:
                    clock.forward(seconds=2)
        assert len(roots(channel)) == len(quiet_replies(channel)) == 6


class TestAMessageThatAPerson:
    async def test_deleted_is_posted_anew_with_its_thread(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        receipt = await told(notifier, seven.token_budget_exceeded())
        channel.messages.clear()
        receipt = await notifier.tell(lives.came_back(), receipt, sure=True)
        await notifier.tell(lives.resolved(), receipt, sure=True)
        [root], [detail] = roots(channel), quiet_replies(channel)
        assert root.now.text.startswith("[resolved]")
        assert detail.thread_ts == root.ts

    async def test_deleted_unseen_is_noticed_when_its_thread_takes_no_reply(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        """The state did not change, so no edit found out; the reply does."""
        receipt = await told(notifier, seven.token_budget_exceeded())
        channel.messages.clear()
        event = lives.happened(EventKind.SEVERITY_RAISED, 9)
        await notifier.tell(replace(seven.token_budget_exceeded(), replies=(event,)), receipt, sure=True)
        assert (len(roots(channel)), broadcasts(channel)) == (1, [])

    @pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed"])
    async def test_closed_for_edits_goes_on_in_its_thread_and_quietly(
        self, notifier: SlackNotifier, workspace: Workspace, channel: Channel, code: str
    ) -> None:
        receipt = await told(notifier, seven.token_budget_exceeded())
        workspace.faults.add(Fault(FaultKind.REFUSE, "chat.update", error=code))
        receipt = await notifier.tell(lives.silenced(), receipt, sure=True)
        await notifier.tell(lives.resolved(), receipt, sure=True)
        [root] = roots(channel)
        newest = quiet_replies(channel)[-1]
        assert root.now.text.startswith("[critical]")
        assert [v.text.split("]")[0] for v in newest.versions] == ["[critical, silenced", "[resolved"]
        assert broadcasts(channel) == []


class TestKin:
    """Incidents that grew one out of the other."""

    async def test_are_linked_to_each_others_messages(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        early = seven.token_budget_depletion_predicted()
        receipt = await told(notifier, early)
        of = Kin(
            incident=early.incident.id,
            alert_name=early.incident.alert_name,
            open=True,
            grew_from=True,
            url="https://responder.example.org/early",
            receipt=receipt,
        )
        await told(notifier, replace(seven.token_budget_exceeded(), kin=(of,)))
        shown = json.dumps(roots(channel)[1].now.blocks)
        assert "Grew from: " in shown
        assert f"/archives/{channel.id}/p{roots(channel)[0].ts.replace('.', '')}" in shown
        assert "https://responder.example.org/early" not in shown

    async def test_are_linked_to_the_page_where_there_is_no_message(
        self, notifier: SlackNotifier, channel: Channel
    ) -> None:
        page = "https://responder.example.org/late"
        of = Kin(incident="x", alert_name="TokenBudgetExceeded", open=False, grew_from=False, url=page)
        await told(notifier, replace(seven.token_budget_depletion_predicted(), kin=(of,)))
        shown = json.dumps(roots(channel)[0].now.blocks)
        assert "Grew into: " in shown
        assert page in shown
        assert ", resolved" in shown

    async def test_that_slack_does_not_find_are_linked_to_the_page(
        self, notifier: SlackNotifier, channel: Channel, workspace: Workspace
    ) -> None:
        workspace.faults.add(Fault(FaultKind.HTTP, "chat.getPermalink"))
        page = "https://responder.example.org/late"
        gone = Receipt(data={"channel": channel.id, "root_ts": "1.000000"})
        of = Kin(incident="x", alert_name="A", open=True, grew_from=True, url=page, receipt=gone)
        await told(notifier, replace(seven.token_budget_exceeded(), kin=(of,)))
        assert page in json.dumps(roots(channel)[0].now.blocks)
