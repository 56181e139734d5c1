"""What stands in Slack twice goes; what the receipt names stays, and so does everybody else's."""

from dataclasses import replace

import pytest

from responder.domain.errors import Refused
from responder.domain.notice import Notice, Receipt
from responder.domain.storm import StormNotice
from responder.notify.slack import SlackNotifier
from responder.testing.samples import lives, seven, storms
from responder.testing.slack import Channel, Fault, FaultKind, Workspace


async def tidied(notifier: SlackNotifier, notice: Notice, receipt: Receipt) -> int:
    return await notifier.tidy(notice.incident.id, notice.incident.opened_at, receipt)


async def test_what_two_replicas_posted_is_one_message_again(
    notifier: SlackNotifier, channel: Channel
) -> None:
    """Each posted the message and its detail; the receipt of the first is kept."""
    notice = seven.token_budget_exceeded()
    receipt = await notifier.tell(notice, None, sure=True)
    before = [message.ts for message in channel.messages]
    await notifier.tell(notice, None, sure=True)
    assert len(channel.messages) == 2 * len(before)
    assert await tidied(notifier, notice, receipt) == len(before)
    assert [message.ts for message in channel.messages] == before
    assert await tidied(notifier, notice, receipt) == 0


async def test_the_message_that_the_receipt_names_stays_also_if_it_is_the_second(
    notifier: SlackNotifier, channel: Channel
) -> None:
    notice = seven.token_budget_exceeded()
    await notifier.tell(notice, None, sure=True)
    receipt = await notifier.tell(notice, None, sure=True)
    await tidied(notifier, notice, receipt)
    assert [message.ts for message in channel.messages] == [
        receipt.data["message_ts"],
        receipt.data["detail_ts"],
    ]


async def test_of_replies_told_twice_one_stays(notifier: SlackNotifier, channel: Channel) -> None:
    """That it came back was broadcast by both."""
    first = await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
    back = lives.came_back()
    receipt = await notifier.tell(back, first, sure=True)
    once = [message.ts for message in channel.messages]
    await notifier.tell(back, first, sure=True)
    assert len(channel.messages) > len(once)
    await tidied(notifier, back, receipt)
    assert [message.ts for message in channel.messages] == once


async def test_other_incidents_and_other_people_are_left_alone(
    notifier: SlackNotifier, channel: Channel
) -> None:
    mine, slow = seven.token_budget_exceeded(), seven.slow_workflow_stage()
    other = replace(slow, incident=replace(slow.incident, id="k7m2wq9q"))
    receipt = await notifier.tell(mine, None, sure=True)
    await notifier.tell(other, None, sure=True)
    before = [message.ts for message in channel.messages]
    assert await tidied(notifier, mine, receipt) == 0
    assert [message.ts for message in channel.messages] == before


async def test_nothing_is_touched_where_the_first_message_is_gone(
    notifier: SlackNotifier, channel: Channel, workspace: Workspace
) -> None:
    """A person deleted it: what else stands there is the next to be told, or stays."""
    notice = seven.token_budget_exceeded()
    receipt = await notifier.tell(notice, None, sure=True)
    await notifier.tell(notice, None, sure=True)
    workspace.delete(channel, str(receipt.data["root_ts"]))
    assert await tidied(notifier, notice, receipt) == 0


async def test_without_the_scope_to_read_history_it_says_so(
    notifier: SlackNotifier, workspace: Workspace
) -> None:
    notice = seven.token_budget_exceeded()
    receipt = await notifier.tell(notice, None, sure=True)
    workspace.faults.add(Fault(FaultKind.REFUSE, "conversations.history", error="missing_scope"))
    with pytest.raises(Refused, match="missing_scope"):
        await tidied(notifier, notice, receipt)


async def test_a_storms_summary_stands_once(notifier: SlackNotifier, channel: Channel) -> None:
    notice: StormNotice = storms.storm()
    receipt = await notifier.tell_storm(notice, None, sure=True)
    await notifier.tell_storm(notice, None, sure=True)
    about = f"storm/{notice.storm.id}"
    assert await notifier.tidy(about, notice.storm.began_at, receipt) == 1
    assert len(channel.messages) == 1
