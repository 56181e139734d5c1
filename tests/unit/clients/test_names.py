"""A name that nobody answers for half a minute: its far side fails at its deadline, no other one waits.

The system's lookup is put in the place of one that hangs: it can't be broken off either.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
import uvloop
from fastapi import FastAPI

from responder.clients.http import Http
from responder.clients.names import Names
from responder.clients.slack import SlackClient
from responder.domain.errors import Reason, Unreachable
from responder.testing.loopback import serving
from responder.testing.slack import create_app

MANY: Final = 40
"""More than any pool of threads that the loop has by default."""
HANGS: Final = ".hangs.test"
UNKNOWN: Final = "unknown.test"
DEADLINE: Final = 0.3
FAR_TOO_LONG: Final = 20.0
"""Seconds; a machine that is busy takes long, but not as long as a lookup that hangs."""


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every name under `hangs.test` hangs; all others are this machine's."""
    released = threading.Event()
    system = socket.getaddrinfo

    def look_up(host: str, port: int, *how: Any, **more: Any) -> Any:
        if host.endswith(HANGS):
            released.wait(30)
        if host == UNKNOWN:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return system("127.0.0.1", port, *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    released.set()


async def asked(http: Http, host: str, port: int, within: float) -> int:
    return (await http.ask("Prometheus", "GET", f"http://{host}:{port}/", within=within)).status


def on_the_loop_of_the_server(coroutine: Any) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(coroutine)


def test_names_that_hang_delay_no_other_far_side() -> None:
    async def story() -> None:
        begun = time.monotonic()
        async with serving(create_app()) as slack, serving(FastAPI()) as other, Http() as http:
            port, slack_port = (int(url.rpartition(":")[2]) for url in (other, slack))
            hanging = [
                asyncio.create_task(asked(http, f"{number}{HANGS}", port, DEADLINE)) for number in range(MANY)
            ]
            await asyncio.sleep(0)
            async with SlackClient("xoxb-stand-in", f"http://slack.test:{slack_port}/api") as client:
                assert (await client.identity()).name
            assert await asked(http, "well.test", port, FAR_TOO_LONG) == 404
            late = await asyncio.gather(*hanging, return_exceptions=True)
        assert [(type(one), getattr(one, "reason", None)) for one in late] == [
            (Unreachable, Reason.TIMEOUT)
        ] * MANY
        assert time.monotonic() - begun < FAR_TOO_LONG

    on_the_loop_of_the_server(story())


async def test_a_name_that_nobody_has_is_said_to_be_none() -> None:
    async with Http() as http:
        with pytest.raises(Unreachable, match="no such host"):
            await asked(http, UNKNOWN, 9, FAR_TOO_LONG)


@pytest.mark.parametrize("host", ["two..dots.test", f"{'x' * 64}.test"])
async def test_what_can_be_no_name_is_said_to_be_none(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    async with asyncio.timeout(FAR_TOO_LONG):
        with pytest.raises(OSError, match="label empty or too long"):
            await Names().resolve(host)


async def test_it_answers_as_the_library_wants_it() -> None:
    (found,) = await Names().resolve("well.test", 80)
    assert (found["hostname"], found["host"], found["port"]) == ("well.test", "127.0.0.1", 80)
    assert found["family"] is socket.AF_INET
