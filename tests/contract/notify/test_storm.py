"""What a channel holds of a storm: one message, edited until it is over, whatever fails on the way."""

import pytest

from responder.domain.errors import AdapterError
from responder.domain.notice import PartlyTold, Receipt
from responder.notify.slack import SlackNotifier
from responder.testing.samples import storms
from responder.testing.slack import Channel, Fault, FaultKind, Workspace


async def test_it_is_one_message_edited_until_it_is_over(notifier: SlackNotifier, channel: Channel) -> None:
    receipt: Receipt | None = None
    for notice in (storms.storm(), storms.storm(), storms.storm_over()):
        receipt = await notifier.tell_storm(notice, receipt, sure=True)
    [message] = channel.messages
    assert [version.text.split("]")[0] for version in message.versions] == ["[storm", "[storm over"]
    assert message.thread_ts is None


async def test_after_a_lost_answer_it_is_found_and_not_posted_twice(
    notifier: SlackNotifier, workspace: Workspace, channel: Channel
) -> None:
    workspace.faults.add(Fault(FaultKind.LOST_ANSWER, "chat.postMessage"))
    with pytest.raises(AdapterError):
        await notifier.tell_storm(storms.storm(), None, sure=True)
    await notifier.tell_storm(storms.storm_over(), None, sure=False)
    [message] = channel.messages
    assert message.now.text.startswith("[storm over]")


async def test_after_a_crash_it_is_found_by_its_key(notifier: SlackNotifier, channel: Channel) -> None:
    await notifier.tell_storm(storms.storm(), None, sure=True)
    await notifier.tell_storm(storms.storm(), None, sure=False)
    assert len(channel.messages) == 1


async def test_one_that_a_person_deleted_is_posted_anew(notifier: SlackNotifier, channel: Channel) -> None:
    receipt = await notifier.tell_storm(storms.storm(), None, sure=True)
    channel.messages.clear()
    receipt = await notifier.tell_storm(storms.storm_over(), receipt, sure=True)
    assert [message.ts for message in channel.messages] == [receipt.data["message_ts"]]


async def test_a_message_that_is_gone_is_remembered_as_gone(
    notifier: SlackNotifier, workspace: Workspace, channel: Channel
) -> None:
    """Deleted, and then Slack failed: the next attempt does not edit what isn't there."""
    receipt = await notifier.tell_storm(storms.storm(), None, sure=True)
    channel.messages.clear()
    workspace.faults.add(Fault(FaultKind.HTTP, "chat.postMessage", status=503))
    with pytest.raises(PartlyTold) as partly:
        await notifier.tell_storm(storms.storm_over(), receipt, sure=True)
    await notifier.tell_storm(storms.storm_over(), partly.value.receipt, sure=True)
    assert len(channel.messages) == 1
