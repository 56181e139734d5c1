"""Which workspace is ours is asked once, however long Slack takes, and people wait for it no longer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_bolt import BoltResponse
from slack_bolt.context.async_context import AsyncBoltContext

from responder.domain.errors import Reason, Unreachable
from responder.slackbot.bolt import TEAM_WITHIN, Workspace
from responder.slackbot.intime import ACK_WITHIN

OURS = "T0OURS"
SLACK_WAITS = 3.0


@dataclass
class SlowSlack:
    """Says which workspace it is once it may, after the errors it is given."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    errors: list[Exception] = field(default_factory=list)
    asked: int = 0

    async def team_id(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        await self.may.wait()
        return OURS

    async def whisper(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> None:
        """Nobody hears it."""

    async def answer(self, url: str, said: Mapping[str, Any]) -> None:
        """Likewise."""

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Likewise."""

    async def members(self, group: str) -> frozenset[str]:
        return frozenset()


async def status(workspace: Workspace, team: str = OURS, **user: str) -> int:
    """What a request is answered that comes from there."""

    async def go_on() -> BoltResponse:
        return BoltResponse(status=200)

    context = AsyncBoltContext({"team_id": team})
    return (await workspace.only_ours(context, {"type": "block_actions", "user": user}, go_on)).status


async def test_a_slow_answer_is_waited_for_in_the_background() -> None:
    """The first request is refused in time; the question goes on, so that the next ones find it answered."""
    slack = SlowSlack()
    workspace = Workspace(slack, within=0.01)
    assert [await status(workspace) for _ in range(2)] == [503, 503]
    slack.may.set()
    await asyncio.sleep(0)
    assert await status(workspace) == 200
    assert slack.asked == 1


async def test_after_a_failure_it_is_asked_again() -> None:
    slack = SlowSlack(errors=[Unreachable("Slack", Reason.TIMEOUT)])
    slack.may.set()
    workspace = Workspace(slack)
    assert [await status(workspace) for _ in range(3)] == [503, 200, 200]
    assert slack.asked == 2


@pytest.mark.parametrize(
    ("team", "home", "expected"),
    [
        (OURS, "", 200),  # a slash command says nothing of it
        (OURS, OURS, 200),
        (OURS, "T0PARTNER", 403),  # a guest of a channel that both workspaces share
        ("T0PARTNER", "T0PARTNER", 403),
        ("T0PARTNER", OURS, 403),
    ],
)
async def test_only_people_of_our_workspace_are_heard(team: str, home: str, expected: int) -> None:
    slack = SlowSlack()
    slack.may.set()
    assert await status(Workspace(slack), team, id="U0BOB", team_id=home) == expected


def test_all_waiting_together_is_shorter_than_slacks() -> None:
    assert TEAM_WITHIN + ACK_WITHIN < SLACK_WAITS
