"""kill -9 between a slash command's acknowledgement and its answer: it is answered all the same, once."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from responder.testing.loopback import loopback_client, serving, until_ready
from responder.testing.slack import Workspace, create_app

REPLICA: Final = Path(__file__).with_name("asking_replica.py")
BOB: Final = "U0BOB"
CHANNEL: Final = "C0ALERTS0"
DIAGNOSE: Final = "/hypertool diagnose TokenBudgetExceeded persona=backend-engineer"
PATIENCE: Final = 30.0
POLL: Final = 0.02


@asynccontextmanager
async def life(database_url: str, slack_url: str, workspace: Workspace, mode: str) -> AsyncIterator[Process]:
    """A responder that people can ask, until it is killed, at the latest when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, REPLICA, database_url, f"{slack_url}/api", mode, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http"), "it did not start"
        workspace.interactive.request_url = f"{url}/slack/events"
        async with loopback_client(base_url=url) as client:
            await until_ready(client)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def write(slack_url: str, text: str) -> None:
    order = {"channel": CHANNEL, "user": BOB, "text": text}
    async with loopback_client(base_url=slack_url, timeout=PATIENCE) as http:
        (await http.post("/_stand-in/command", json=order)).raise_for_status()


async def heard(workspace: Workspace, number: int) -> list[str]:
    """What bob was told, once that is so many things."""
    async with asyncio.timeout(PATIENCE):
        while len(workspace.interactive.whispers) < number:  # noqa: ASYNC110 - another process
            await asyncio.sleep(POLL)
    return [one.text for one in workspace.interactive.whispers]


async def test_what_was_acknowledged_is_answered_once(database_url: str) -> None:
    """What is asked after that shows that nothing more was said of it."""
    workspace = Workspace(["alerts"])
    async with serving(create_app(workspace)) as slack_url:
        async with life(database_url, slack_url, workspace, "stall") as dying:
            await write(slack_url, DIAGNOSE)
            dying.kill()
            await dying.wait()
            assert workspace.interactive.whispers == []
        async with life(database_url, slack_url, workspace, "answer"):
            await heard(workspace, 1)
            await write(slack_url, "/hypertool fixes")
            told = await heard(workspace, 2)
    assert [text.split(":")[0][:24] for text in told] == ["[asked] backend-engineer", "Quick fixes"]
