"""What the message has besides words: a chart that may be refused, people who are mentioned, its channel."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from responder.clients.slack import SlackClient
from responder.clients.slack_failure import SlackRefusal
from responder.domain.alert import Severity
from responder.domain.audience import ChannelRule, Condition, MentionRule
from responder.domain.errors import Reason, Unreachable
from responder.domain.incident import EventKind
from responder.domain.notice import Notice
from responder.notify.slack import SlackNotifier
from responder.render.slack import Voice
from responder.testing.loopback import serving
from responder.testing.samples import lives, seven
from responder.testing.slack import TOKEN, Channel, Fault, FaultKind, Message, Workspace, create_app

CRITICAL = Condition(severity=Severity.CRITICAL)
VOICE = Voice(mentions=(MentionRule(CRITICAL, ("S0ONCALL", "U0ANN")),))

Notifiers = Callable[..., SlackNotifier]


@pytest.fixture
async def notifiers(workspace: Workspace) -> AsyncIterator[Notifiers]:
    """Makes notifiers of one workspace."""
    async with (
        serving(create_app(workspace)) as url,
        SlackClient(TOKEN, f"{url}/api", deadline=60.0) as client,
    ):
        yield lambda voice=VOICE, rules=(): SlackNotifier(client, voice, "#alerts", rules)
        workspace.faults.clear()


def kinds(message: Message) -> list[str]:
    return [str(block["type"]) for block in message.now.blocks]


def named(value: Any) -> list[str]:
    """The ids of everybody whom a message mentions."""
    if isinstance(value, dict):
        own = [value[name] for name in ("user_id", "usergroup_id") if name in value]
        return own + [one for inner in value.values() for one in named(inner)]
    return [one for inner in value for one in named(inner)] if isinstance(value, list | tuple) else []


def worse(notice: Notice) -> Notice:
    """The same with something new to say."""
    return replace(notice, incident=replace(notice.incident, taken_by="ada"))


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_a_chart_that_slack_does_not_take_is_left_out_and_tried_with_the_next_edit(
    notifiers: Notifiers, workspace: Workspace, channel: Channel, code: str
) -> None:
    """As with a picture that is not processed yet: the words go out first, it joins by an edit."""
    workspace.faults.add(Fault(FaultKind.REFUSE, "chat.postMessage", error=code))
    notifier = notifiers()
    receipt = await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
    assert "data_visualization" not in kinds(channel.messages[0])
    workspace.faults.add(Fault(FaultKind.REFUSE, "chat.update", error=code))
    receipt = await notifier.tell(worse(seven.token_budget_exceeded()), receipt, sure=True)
    assert "data_visualization" not in kinds(channel.messages[0])
    assert "ada has it" in str(channel.messages[0].now.blocks)
    await notifier.tell(worse(seven.token_budget_exceeded()), receipt, sure=True)
    assert "data_visualization" in kinds(channel.messages[0])
    assert [message.thread_ts is None for message in channel.messages] == [True, False]


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_where_slack_takes_no_blocks_the_alert_is_told_in_words(
    notifiers: Notifiers, workspace: Workspace, channel: Channel, code: str
) -> None:
    """Slack's rules may change, and an alert must be told all the same; the next edit tries all of it."""
    workspace.faults.add(Fault(FaultKind.REFUSE, "chat.postMessage", error=code, times=2))
    notifier, notice = notifiers(), seven.token_budget_exceeded()
    receipt = await notifier.tell(notice, None, sure=True)
    root = channel.messages[0]
    assert root.now.text.startswith("[critical] backend-engineer 250 tokens over 2000")
    assert kinds(root) == []
    await notifier.tell(worse(notice), receipt, sure=True)
    assert "header" in kinds(root)
    assert [message.thread_ts is None for message in channel.messages] == [True, False]


async def test_with_its_chart_too_it_is_found_again_after_a_lost_answer(
    notifiers: Notifiers, workspace: Workspace, channel: Channel
) -> None:
    workspace.faults.add(Fault(FaultKind.LOST_ANSWER, "chat.postMessage"))
    notifier, notice = notifiers(), seven.token_budget_exceeded()
    with pytest.raises(Unreachable):
        await notifier.tell(notice, None, sure=True)
    await notifier.tell(notice, None, sure=False)
    (root,) = [message for message in channel.messages if message.thread_ts is None]
    assert "data_visualization" in kinds(root)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("channel_not_found", Reason.NOT_FOUND),
        ("not_in_channel", Reason.REFUSED),
        ("token_revoked", Reason.UNAUTHORIZED),
        ("invalid_auth", Reason.UNAUTHORIZED),
    ],
)
async def test_what_a_person_has_to_mend_is_refused_once_with_what_to_do(
    notifiers: Notifiers, workspace: Workspace, channel: Channel, code: str, reason: Reason
) -> None:
    workspace.faults.add(Fault(FaultKind.REFUSE, "chat.postMessage", error=code))
    with pytest.raises(SlackRefusal, match=f"{code}: ") as refused:
        await notifiers().tell(seven.token_budget_exceeded(), None, sure=True)
    assert refused.value.reason is reason
    assert [call.method for call in workspace.calls] == ["chat.postMessage"]
    assert channel.messages == []


async def test_people_are_mentioned_as_configured_and_by_nothing_else(
    notifiers: Notifiers, channel: Channel
) -> None:
    await notifiers().tell(lives.nasty(), None, sure=True)  # its labels are full of mentions
    await notifiers().tell(seven.token_budget_exceeded(), None, sure=True)
    roots = [message for message in channel.messages if message.thread_ts is None]
    critical = [named(message.now.blocks) for message in roots]
    assert critical[1] == ["S0ONCALL", "U0ANN"]
    assert set(critical[0]) <= {"S0ONCALL", "U0ANN"}


async def test_a_rise_in_severity_mentions_whom_it_concerns_by_now(
    notifiers: Notifiers, channel: Channel
) -> None:
    before = seven.token_budget_exceeded()
    calm = replace(before, incident=replace(before.incident, severity=Severity.WARNING))
    notifier = notifiers()
    receipt = await notifier.tell(calm, None, sure=True)
    assert named(channel.messages[0].now.blocks) == []
    risen = replace(before, replies=(lives.happened(EventKind.SEVERITY_RAISED, 2),))
    await notifier.tell(risen, receipt, sure=True)
    (reply,) = [message for message in channel.messages if message.broadcast]
    assert named(reply.now.blocks) == ["S0ONCALL", "U0ANN"]


async def test_an_incident_goes_on_where_it_was_told_first(
    notifiers: Notifiers, workspace: Workspace, channel: Channel
) -> None:
    own = workspace.add_channel("cost")
    cost = ChannelRule(CRITICAL, "#cost")
    notice = seven.token_budget_exceeded()
    receipt = await notifiers(rules=(cost,)).tell(notice, None, sure=True)
    assert (len(own.messages), len(channel.messages)) == (2, 0)
    await notifiers(rules=()).tell(worse(notice), receipt, sure=True)  # the configuration was changed
    assert (len(own.messages), len(channel.messages)) == (2, 0)
    assert "ada has it" in str(own.messages[0].now.blocks)
