"""What a channel holds of a storm, or of a lost watchdog: one message, edited until it is over."""

from dataclasses import replace

import pytest

from responder.clients.slack import SlackClient
from responder.domain.alert import Severity
from responder.domain.audience import ChannelRule, Condition
from responder.domain.errors import AdapterError
from responder.domain.notice import PartlyTold, Receipt
from responder.domain.storm import Member, StormNotice
from responder.notify.slack import SlackNotifier
from responder.render import slack
from responder.testing.clock import ManualClock
from responder.testing.samples import losses, storms
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
    assert [message.ts for message in channel.messages] == [receipt.data["#alerts/message_ts"]]


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


async def test_a_lost_watchdog_is_one_message_edited_when_it_comes_back(
    notifier: SlackNotifier, channel: Channel
) -> None:
    receipt: Receipt | None = None
    for notice in (losses.lost(), losses.lost(), losses.came_back()):
        receipt = await notifier.tell_loss(notice, receipt, sure=True)
    [message] = channel.messages
    assert [version.text.split("]")[0] for version in message.versions] == ["[critical", "[over"]


async def test_a_lost_watchdog_is_found_after_a_lost_answer(
    notifier: SlackNotifier, workspace: Workspace, channel: Channel
) -> None:
    workspace.faults.add(Fault(FaultKind.LOST_ANSWER, "chat.postMessage"))
    with pytest.raises(AdapterError):
        await notifier.tell_loss(losses.lost(), None, sure=True)
    await notifier.tell_loss(losses.came_back(), None, sure=False)
    [message] = channel.messages
    assert message.now.text.startswith("[over]")


class TestWhereIncidentsHaveChannelsOfTheirOwn:
    """Everybody who would have been told of one of its incidents is told of the storm."""

    RULES = (
        ChannelRule(Condition(labels={"team": "agents"}), "#agents"),
        ChannelRule(Condition(category="cost"), "#money"),
        ChannelRule(Condition(severity=Severity.CRITICAL), "#critical"),
    )

    @pytest.fixture
    def workspace(self, clock: ManualClock) -> Workspace:
        return Workspace(["alerts", "agents", "money", "critical"], clock=clock)

    @pytest.fixture
    def notifier(self, client: SlackClient) -> SlackNotifier:
        return SlackNotifier(client, slack, "#alerts", self.RULES)

    @staticmethod
    def of(
        notice: StormNotice, *labels: dict[str, str], severity: Severity = Severity.WARNING
    ) -> StormNotice:
        return replace(notice, members=tuple(Member(severity=severity, labels=one) for one in labels))

    @staticmethod
    def told(workspace: Workspace) -> dict[str, list[str]]:
        """The beginning of every message's newest text, by channel."""
        names = ("alerts", "agents", "money", "critical")
        messages = {name: workspace.channel(name, by_name=True).messages for name in names}
        return {name: [one.now.text.split("]")[0] for one in said] for name, said in messages.items() if said}

    async def test_each_of_them_has_one_message_until_it_is_over(
        self, notifier: SlackNotifier, workspace: Workspace
    ) -> None:
        first = self.of(storms.storm(), {"team": "agents", "category": "cost"})
        receipt = await notifier.tell_storm(first, None, sure=True)
        assert self.told(workspace) == {"agents": ["[storm"]}
        more = self.of(storms.storm_over(), {"team": "agents", "category": "cost"}, {"category": "cost"}, {})
        await notifier.tell_storm(more, receipt, sure=True)
        over = ["[storm over"]
        assert self.told(workspace) == {"agents": over, "money": over, "alerts": over}

    async def test_a_channel_that_cant_be_told_keeps_no_other_from_it(
        self, notifier: SlackNotifier, workspace: Workspace
    ) -> None:
        workspace.faults.add(Fault(FaultKind.REFUSE, "chat.postMessage", error="not_in_channel"))
        notice = self.of(storms.storm(), {"team": "agents"}, {"category": "cost"}, severity=Severity.CRITICAL)
        with pytest.raises(PartlyTold) as partly:
            await notifier.tell_storm(notice, None, sure=True)
        assert self.told(workspace) == {"money": ["[storm"]}
        await notifier.tell_storm(notice, partly.value.receipt, sure=False)
        assert self.told(workspace) == {"agents": ["[storm"], "money": ["[storm"]}
