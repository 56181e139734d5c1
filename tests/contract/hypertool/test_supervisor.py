"""Our client against the supervisor that the demo runs: it tells of the process, and restarts it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from responder.clients.http import Http
from responder.clients.hypertool import Process, Supervisor
from responder.demo.supervised import LINE_LIMIT, LOG_LINES
from responder.demo.supervised import Supervisor as Watching
from responder.demo.supervisor import supervisor_app
from responder.domain.errors import Effect, Reason, Refused
from responder.hypertool import AnswersInFile
from responder.testing.clock import NOON, ManualClock
from responder.testing.orphans import IDLE

CRASHING: Final = (sys.executable, "-c", "print('out of memory'); raise SystemExit(3)")
DEAF: Final = """
import signal, sys
from responder.testing.orphans import die_with_parent
die_with_parent()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("now")
signal.pause()
"""
TOKENS: Final = {"responder": "t0ken"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def watching(clock: ManualClock) -> AsyncIterator[Watching]:
    watching = Watching(IDLE, clock)
    yield watching
    await watching.restarted()
    await watching.stop()


@pytest.fixture
async def supervisor(watching: Watching, tmp_path: Path) -> AsyncIterator[Supervisor]:
    app = supervisor_app(watching, TOKENS, AnswersInFile(tmp_path / "answers.json"))
    async with Http(httpx.ASGITransport(app)) as http:
        yield Supervisor(http, "http://supervisor", "t0ken")


async def test_it_tells_when_it_began_how_it_ended_and_its_last_words(clock: ManualClock) -> None:
    watching = Watching(CRASHING, clock)
    async with Http(httpx.ASGITransport(supervisor_app(watching, TOKENS))) as http:
        supervisor = Supervisor(http, "http://supervisor", "t0ken")
        assert await supervisor.process(within=5) == Process(running=False)
        await watching.start()
        await watching.ended()
        found = await supervisor.process(within=5)
    assert (found.running, found.exit_code, found.started_at) == (False, 3, NOON)
    assert (found.log, found.restart) == (("out of memory",), None)


async def test_a_restart_is_answered_with_the_process_before_and_seen_in_its_start(
    supervisor: Supervisor, watching: Watching, clock: ManualClock
) -> None:
    await watching.start()
    first = await supervisor.process(within=5)
    clock.forward(minutes=3)
    before = await supervisor.restart(
        reason="metrics are gone", incident="i1", idempotency_key="k1", within=5
    )
    assert (before.pid, before.started_at, before.running) == (first.pid, NOON, True)
    await watching.restarted()
    after = await supervisor.process(within=5)
    assert (after.running, after.started_at) == (True, clock.now)
    assert after.pid != before.pid
    assert after.restart is not None
    assert (after.restart.requested_at, after.restart.requested_by) == (clock.now, "responder")
    assert (after.restart.reason, after.restart.incident) == ("metrics are gone", "i1")
    assert after.restart.state == "done"


async def test_a_dead_process_is_started(supervisor: Supervisor, watching: Watching) -> None:
    before = await supervisor.restart(reason="it is down", idempotency_key="k1", within=5)
    assert not before.running
    await watching.restarted()
    assert (await supervisor.process(within=5)).running


async def test_a_restart_while_restarting_is_the_same_restart(
    supervisor: Supervisor, watching: Watching, clock: ManualClock
) -> None:
    await watching.start()
    await supervisor.restart(reason="first", idempotency_key="k1", within=5)
    clock.forward(seconds=1)
    again = await supervisor.restart(reason="second", idempotency_key="k2", within=5)
    assert again.restart is not None
    assert (again.restart.reason, again.restart.requested_at) == ("first", NOON)
    await watching.restarted()
    pid = (await supervisor.process(within=5)).pid
    await watching.restarted()
    assert (await supervisor.process(within=5)).pid == pid


async def test_a_repeat_restarts_nothing_even_after_the_supervisors_own_restart(
    supervisor: Supervisor, watching: Watching, tmp_path: Path
) -> None:
    await watching.start()
    first = await supervisor.restart(reason="incident", idempotency_key="k1", within=5)
    await watching.restarted()
    pid = (await supervisor.process(within=5)).pid
    app = supervisor_app(watching, TOKENS, AnswersInFile(tmp_path / "answers.json"))
    async with Http(httpx.ASGITransport(app)) as http:
        again = await Supervisor(http, "http://supervisor", "t0ken").restart(
            reason="incident", idempotency_key="k1", within=5
        )
    assert again == first
    await watching.restarted()
    assert (await supervisor.process(within=5)).pid == pid


async def test_a_restart_that_fails_says_so(clock: ManualClock) -> None:
    watching = Watching(("/nowhere/hypertool",), clock)
    async with Http(httpx.ASGITransport(supervisor_app(watching, TOKENS))) as http:
        supervisor = Supervisor(http, "http://supervisor", "t0ken")
        await supervisor.restart(reason="incident", idempotency_key="k1", within=5)
        await watching.restarted()
        found = await supervisor.process(within=5)
    assert (found.running, found.restart and found.restart.state) == (False, "failed")
    assert "cannot start" in found.log[-1]


@pytest.mark.parametrize("token", ["wrong", None])
async def test_nobody_restarts_anything_without_the_token(
    supervisor: Supervisor, watching: Watching, token: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        await Supervisor(supervisor.http, supervisor.url, token).restart(
            reason="mischief", idempotency_key="k1", within=5
        )
    assert (caught.value.reason, caught.value.effect) == (Reason.UNAUTHORIZED, Effect.NONE)
    assert not watching.running


async def test_a_process_that_does_not_hear_is_made_to_end(clock: ManualClock, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "deaf")
    watching = Watching((sys.executable, "-c", DEAF, str(tmp_path / "deaf")), clock, stop_seconds=0.05)
    await watching.start()
    assert await asyncio.to_thread((tmp_path / "deaf").read_text) == "now"
    await watching.stop()
    assert watching.as_json()["exit_code"] == -9


async def test_what_the_process_says_is_kept_within_bounds(clock: ManualClock) -> None:
    """Ten megabytes without a line's end, and more lines than are kept."""
    talk = "print('x' * 10_000_000); [print(number) for number in range(1000)]"
    watching = Watching((sys.executable, "-c", talk), clock)
    await watching.start()
    assert await watching.ended() == 0
    log = watching.as_json()["log"]
    assert (len(log), log[-1]) == (LOG_LINES, "999")
    watching = Watching((sys.executable, "-c", "print('x' * 10_000_000)"), clock)
    await watching.start()
    assert await watching.ended() == 0
    assert watching.as_json()["log"] == ["x" * LINE_LIMIT]
