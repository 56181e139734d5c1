"""A replica that is frozen, or cut from the database: the others go on, and nothing stands twice afterwards.

Here a replica counts as dead after 4 seconds of silence.
"""

import json
import random
import threading
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from responder.testing.aside import aside
from responder.testing.line import Line
from responder.testing.loopback import serving
from responder.testing.slack import Fault, FaultKind, Message, Workspace, create_app
from responder.testing.slack.pace import Tempo

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

NAMES: Final = [f"Alert{number}" for number in range(6)]
TAKEN_OVER: Final = 30.0
TAKEN_AWAY: Final = 60.0


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(["alerts"], tempo=Tempo.OFF)


@pytest.fixture
def slack_url(workspace: Workspace) -> Iterator[str]:
    with aside(lambda: serving(create_app(workspace))) as url:
        yield url


def messages(workspace: Workspace) -> list[Message]:
    """What stands in the channel, without replies."""
    (channel,) = workspace.channels.values()
    return [message for message in channel.messages if message.thread_ts is None]


def opened(replica: Any) -> int:
    """How many incidents there are."""
    return len(json.loads(replica.ask("/api/v1/incidents")[1])["incidents"])


@pytest.mark.parametrize("wakes", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_what_a_frozen_replica_posts_when_it_wakes_up_is_taken_away(
    start: Any, until: Any, workspace: Workspace, slack_url: str, *, wakes: bool
) -> None:
    """Frozen with a post under way, which arrives after another replica has told the same.

    Where it never wakes up, that other one looks again after a while for what may have arrived late.
    """
    held = Fault(FaultKind.HANG, "chat.postMessage", seconds=600)
    workspace.faults.add(held)
    one = start("one", mode=f"{slack_url}/api")
    one.send("Alert")
    until(held.reached.is_set)
    one.stop()
    two = start("two", mode=f"{slack_url}/api")
    until(lambda: len(messages(workspace)) == 1, seconds=TAKEN_OVER)
    [told] = messages(workspace)
    httpx.post(f"{slack_url}/_stand-in/release").raise_for_status()
    until(lambda: len(messages(workspace)) == 2)
    if wakes:
        one.go_on()
    until(lambda: messages(workspace) == [told], seconds=TAKEN_AWAY)
    assert opened(two) == 1


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_frozen_replica_works_on_when_it_wakes_up(
    start: Any, until: Any, workspace: Workspace, slack_url: str, seed: int
) -> None:
    """Frozen at any moment under load: its work is done meanwhile, and everything stands once in the end."""
    one, two = (start(name, mode=f"{slack_url}/api") for name in ("one", "two"))
    told = {*one.send(*NAMES), *two.send("Other")}
    threading.Event().wait(random.Random(seed).uniform(0, 0.5))  # noqa: S311 - no secret
    one.stop()
    told |= {*two.send("Meanwhile")}
    until(lambda: len(messages(workspace)) >= len(told), seconds=TAKEN_OVER)
    one.go_on()
    until(lambda: one.post("Afterwards") == httpx.codes.ACCEPTED)
    until(lambda: len(messages(workspace)) == len(told) + 1, seconds=TAKEN_AWAY)
    assert opened(two) == len(told) + 1


def test_a_replica_that_is_cut_from_the_database_is_replaced(
    start: Any, ledger: Any, until: Any, line: Line, through: str
) -> None:
    """It was working on all of it; it says that it isn't ready, and takes things in again afterwards."""
    one = start("one", mode="stall", url=through)
    told = one.send(*NAMES)
    start("two")
    line.cut()
    until(lambda: set(ledger.told()) >= set(told), seconds=TAKEN_OVER)
    until(lambda: one.ask("/-/ready")[0] == httpx.codes.SERVICE_UNAVAILABLE)
    line.mend()
    until(lambda: one.ask("/-/ready")[0] == httpx.codes.OK)
    assert set(ledger.told().values()) == {1}
